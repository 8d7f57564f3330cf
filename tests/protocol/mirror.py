"""A graph as a client has it that knows only what it is told.

It forgives nothing: what is told of something that is not there, or is there already, fails.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from msgflo_lab.graph import Graph, json_of


def key(value: Any) -> str:
    """A JSON value as something to look up."""
    return json.dumps(value, sort_keys=True)


class Mirror:
    """Plain dictionaries, edited by messages of the sub-protocol `graph`."""

    def __init__(self, graph: Mapping[str, Any] | None = None) -> None:
        """`graph`: a JSON graph to begin with."""
        self.nodes: dict[str, Any] = {}
        self.edges: dict[str, Any] = {}
        self.initials: dict[str, Any] = {}
        self.ports: dict[str, dict[str, Any]] = {"inport": {}, "outport": {}}
        self.groups: dict[str, Any] = {}
        if graph is not None:
            self._load(graph)

    def hear(self, command: str, said: Mapping[str, Any]) -> None:
        """Do as one message says."""
        for side in ("inport", "outport"):
            if command.endswith(side):
                self._port(command.removesuffix(side), side, said)
                return
        getattr(self, f"_{command}")(said)

    def plain(self) -> dict[str, Any]:
        """What is in it, in no particular order."""
        return {
            "nodes": self.nodes,
            "edges": self.edges,
            "initials": self.initials,
            "ports": self.ports,
            "groups": self.groups,
        }

    def _load(self, graph: Mapping[str, Any]) -> None:
        for name, node in graph["processes"].items():
            self._addnode({"id": name, **node})
        for each in graph["connections"]:
            ends = {side: _end(each[side]) for side in ("src", "tgt") if side in each}
            if "src" in each:
                self._addedge({**each, **ends})
            else:
                self._addinitial({**each, **ends, "src": {"data": each["data"]}})
        for side in ("inport", "outport"):
            for public, each in graph[f"{side}s"].items():
                node = each["process"]
                self._port("add", side, {"public": public, **each, "node": node})
        for group in graph["groups"]:
            self._addgroup(group)

    def _addnode(self, said: Mapping[str, Any]) -> None:
        _put(self.nodes, said["id"], [said["component"], said.get("metadata") or {}])

    def _removenode(self, said: Mapping[str, Any]) -> None:
        name = said["id"]
        del self.nodes[name]
        used = [e for e in self.edges.values() if name in (e["src"]["node"], e["tgt"]["node"])]
        used += [i for i in self.initials.values() if i["tgt"]["node"] == name]
        assert not used, f"{name} is gone, and still used by {used}"
        # Of what leaves with a node clients have their own idea, and so we tell them before.
        assert all(name not in group["nodes"] for group in self.groups.values())
        for ports in self.ports.values():
            for public in [p for p, each in ports.items() if each["node"] == name]:
                del ports[public]

    def _renamenode(self, said: Mapping[str, Any]) -> None:
        before, after = said["from"], said["to"]
        assert after not in self.nodes or before == after
        self.nodes[after] = self.nodes.pop(before)
        for each in [*self.edges.values(), *self.initials.values()]:
            for end in (each["src"], each["tgt"]):
                if end.get("node") == before:
                    end["node"] = after
        self.edges = {_ends(edge): edge for edge in self.edges.values()}
        self.initials = {_at(each["tgt"]): each for each in self.initials.values()}
        for ports in self.ports.values():
            for port in ports.values():
                port["node"] = after if port["node"] == before else port["node"]
        for group in self.groups.values():
            group["nodes"] = [after if node == before else node for node in group["nodes"]]

    def _changenode(self, said: Mapping[str, Any]) -> None:
        self.nodes[said["id"]][1] = said["metadata"]

    def _addedge(self, said: Mapping[str, Any]) -> None:
        edge = {k: dict(said[k]) for k in ("src", "tgt")}
        assert edge["src"]["node"] in self.nodes
        assert edge["tgt"]["node"] in self.nodes
        _put(self.edges, _ends(edge), {**edge, "metadata": said.get("metadata") or {}})

    def _removeedge(self, said: Mapping[str, Any]) -> None:
        del self.edges[_ends(said)]

    def _changeedge(self, said: Mapping[str, Any]) -> None:
        self.edges[_ends(said)]["metadata"] = said["metadata"]

    def _addinitial(self, said: Mapping[str, Any]) -> None:
        assert said["tgt"]["node"] in self.nodes
        initial = {"src": dict(said["src"]), "tgt": dict(said["tgt"])}
        initial["metadata"] = said.get("metadata") or {}
        _put(self.initials, _at(said["tgt"]), initial)

    def _removeinitial(self, said: Mapping[str, Any]) -> None:
        gone = self.initials.pop(_at(said["tgt"]))
        assert said["src"] == gone["src"]

    def _port(self, how: str, side: str, said: Mapping[str, Any]) -> None:
        ports = self.ports[side]
        if how == "add":
            assert said["node"] in self.nodes
            metadata = said.get("metadata") or {}
            ports[said["public"]] = {
                "node": said["node"],
                "port": said["port"],
                "metadata": metadata,
            }
        elif how == "remove":
            del ports[said["public"]]
        else:
            assert said["to"] not in ports or said["to"] == said["from"]
            ports[said["to"]] = ports.pop(said["from"])

    def _addgroup(self, said: Mapping[str, Any]) -> None:
        group = {"nodes": list(said["nodes"]), "metadata": said.get("metadata") or {}}
        _put(self.groups, said["name"], group)

    def _removegroup(self, said: Mapping[str, Any]) -> None:
        del self.groups[said["name"]]

    def _renamegroup(self, said: Mapping[str, Any]) -> None:
        assert said["to"] not in self.groups or said["to"] == said["from"]
        self.groups[said["to"]] = self.groups.pop(said["from"])

    def _changegroup(self, said: Mapping[str, Any]) -> None:
        self.groups[said["name"]]["metadata"] = said["metadata"]


def seen(graph: Graph) -> dict[str, Any]:
    """A graph of the lab, as a mirror has it."""
    return Mirror(json.loads(json.dumps(json_of(graph)))).plain()


def _put(entries: dict[str, Any], name: str, entry: Any) -> None:
    # Who asks for what is there already is told what is there; that is no news.
    assert entries.get(name, entry) == entry, f"{name} is there already, and otherwise"
    entries[name] = entry


def _end(end: Mapping[str, Any]) -> dict[str, Any]:
    return {"node" if k == "process" else k: value for k, value in end.items()}


def _ends(edge: Mapping[str, Any]) -> str:
    return key([edge["src"], edge["tgt"]])


def _at(end: Mapping[str, Any]) -> str:
    return key([end["node"], end["port"]])
