"""What the language cannot say, said in comments: `# @lab {...}`, which other tools skip.

Pure. Each stands near what it is about, and is made for people who edit the text around it: it
says what something *in the text* stands for, or adds to it, and what the text says itself wins. So
one that is left behind finds nothing, changes nothing, and leads to a notice.

    # @lab {"node": "n2floor", "is": "2floor"}            a node's name; so for "port", "component"
    # @lab {"component": "none", "is": null}              nodes without a component
    # @lab {"component": "missing", "absent": true}       nodes that are mentioned, and not there
    a(A) # @lab {"add": {"metadata": {"label": "One"}}}   behind a node, connection or export
    # @lab {"properties": {"description": "so, so"}}
    # @lab {"group": {"name": "g", "nodes": ["a"]}}       "unknown" lists nodes that never were
    # @lab {"connection": {"tgt": {"process": "a"}}}      one with parts missing, at its place
    # @lab {"inport": "in", "is": {"process": "a"}}       the same for exports; also "outport"
    # @lab {"without": ["groups"]}                        keys that the dictionary does not have
    # @lab {"caseSensitive": true}                        above the first statement
"""

from __future__ import annotations

import re
from typing import Any

from ..errors import InvalidGraph
from . import structure
from .grammar import NEWLINE
from .limits import MAX_DEPTH
from .literals import NotJson, read_json
from .reader import Comment, Reading

LAB = "@lab"
_DEPTH = MAX_DEPTH + 5
"""Of what an annotation says, around what the graph may hold."""
_OURS = re.compile(rf"# *+{LAB} *+(?=\{{)")
_NEARLY = re.compile("#[ \t]*@[a-zA-Z]")
_VALUE = re.compile(r"# +@[a-zA-Z0-9_-]+ +(.*)")
_STRANGE = re.compile("[^a-zA-Z0-9_ .-]")
_HEAD = re.compile(f"(?:(?:#[^{NEWLINE}]*+)?[{NEWLINE}])*")
_LINE_END = re.compile(f"[{NEWLINE}]")
_EMPTY: tuple[Any, ...] = ({}, [], False, None)


def says_case_sensitive(text: str) -> bool:
    """Whether an annotation above the first statement says that capitals make a difference."""
    head = _HEAD.match(text)
    if head is None or LAB not in head[0]:
        return False
    payloads = (_payload(line) for line in _LINE_END.split(head[0]))
    return any(each is not None and each.get("caseSensitive") is True for each in payloads)


def _payload(comment: str) -> dict[str, Any] | None:
    """What an annotation of ours says; None for other comments, empty where it is broken."""
    found = _OURS.match(comment)
    if found is None:
        return None
    try:
        value, end = read_json(comment, found.end(), _DEPTH)
        structure.check_json(value, LAB, _DEPTH)
    except (NotJson, InvalidGraph):
        return {}
    return value if isinstance(value, dict) and not comment[end:].strip() else {}


def restore(reading: Reading) -> dict[str, Any]:
    """The graph of a text, with what its annotations say. Adds to the reading's suspicions."""
    restorer = _Restorer(reading)
    for comment in reading.comments:
        payload = _payload(comment.text)
        if payload is not None:
            restorer.take(payload, comment)
        elif comment.subject is None and _NEARLY.match(comment.text):
            restorer.suspect(f"this stays a comment: {_why_not(comment.text)}", comment)
    return restorer.graph()


def _why_not(comment: str) -> str:
    """Why this is no annotation of the language, though it looks like one."""
    found = _VALUE.match(comment)
    if found is not None and (strange := _STRANGE.search(found[1])):
        sign = f"`{strange[0]}`" if strange[0].isprintable() else repr(strange[0])
        return f"a value in an annotation has no {sign}"
    return "an annotation is `# @key value`, at the beginning of its line and with a line break"


class _Restorer:
    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._tables: dict[str, dict[str, tuple[Any, Comment]]] = {
            "node": {},
            "port": {},
            "component": {},
        }
        self._absent: set[str] = set()
        self._ghosts: set[str] = set()
        self._connections: list[tuple[dict[str, Any], Comment]] = []
        self._exports: list[tuple[str, dict[str, Any], Comment]] = []
        self._groups: list[tuple[dict[str, Any], Comment]] = []
        self._without: list[str] = []

    def suspect(self, problem: str, comment: Comment) -> None:
        self._reading.suspicions.append((problem, comment.offset))

    # -- first: what each says --

    def take(self, says: dict[str, Any], comment: Comment) -> None:
        """Take in one annotation. Nothing is raised, whatever somebody made of it."""
        known = False
        for kind, table in self._tables.items():
            if isinstance(alias := says.get(kind), str):
                known = self._take_alias(kind, table, alias, says, comment) or known
        if isinstance(added := says.get("add"), dict):
            known = True
            if not self._add(added, comment):
                self.suspect("this annotation is not about what stands in front of it", comment)
        properties = says.get("properties")
        if isinstance(properties, dict) and _valid({"properties": properties}):
            known = True
            self._reading.properties = _merge(self._reading.properties or {}, properties)
        for kind in ("inport", "outport"):
            if isinstance(says.get(kind), str) and isinstance(says.get("is"), dict):
                known = True
                self._exports.append((kind, says, comment))
        if isinstance(group := says.get("group"), dict) and _valid({"groups": [group]}):
            known = True
            self._groups.append((says, comment))
        connection = says.get("connection")
        if isinstance(connection, dict) and _valid({"connections": [connection]}):
            known = True
            self._connections.append((connection, comment))
        if isinstance(without := says.get("without"), list):
            known = True
            self._without += [key for key in without if isinstance(key, str)]
        if "caseSensitive" in says and self._reading.case_sensitive:
            known = True
        if not known:
            self.suspect("an annotation that says nothing here, and is skipped", comment)

    def _take_alias(
        self,
        kind: str,
        table: dict[str, tuple[Any, Comment]],
        alias: str,
        says: dict[str, Any],
        comment: Comment,
    ) -> bool:
        if kind == "component" and says.get("absent") is True:
            self._absent.add(alias)
        elif isinstance(says.get("is"), str) or (
            kind == "component" and "is" in says and says["is"] is None
        ):
            table[alias] = (says["is"], comment)
        else:
            return False
        return True

    def _add(self, added: dict[str, Any], comment: Comment) -> bool:
        """Merge into what stands in front of the comment; whether that fits."""
        if comment.subject is None:
            return False
        kind, which = comment.subject
        reading = self._reading
        if kind == "edge":
            return _add_to_connection(reading.connections[which], added)
        if not _valid({"processes": {"": added}}):
            return False
        entry: dict[str, Any] | None
        fixed: tuple[str, ...]
        if kind == "node":
            entry, fixed = reading.processes.get(which), ("component",)
        else:
            ports = reading.inports if kind == "inport" else reading.outports
            entry, fixed = ports.get(which), ("process", "port")
        if entry is None:
            return False
        _merge(entry, {key: value for key, value in added.items() if key not in fixed})
        return True

    # -- then: all of it together --

    def graph(self) -> dict[str, Any]:
        """The graph, with all that was taken in."""
        reading = self._reading
        if self._absent or self._tables["component"]:
            self._rename_components()
        self._rename_nodes()
        self._rename_ports()
        self._insert_connections()
        self._insert_exports()
        graph: dict[str, Any] = {
            "inports": reading.inports,
            "outports": reading.outports,
            "groups": [self._group(*each) for each in self._groups],
            "processes": reading.processes,
            "connections": reading.connections,
        }
        if reading.properties is not None:
            graph["properties"] = reading.properties
        graph["caseSensitive"] = reading.case_sensitive
        for key in self._without:
            if key in graph and graph[key] in _EMPTY:
                del graph[key]
        return graph

    def _rename_components(self) -> None:
        processes, table = self._reading.processes, self._tables["component"]
        for name, process in list(processes.items()):
            component = process.get("component")
            if component in self._absent:
                del processes[name]
                self._ghosts.add(name)
            elif component in table:
                real, _ = table[component]
                if real is None:
                    del process["component"]
                else:
                    process["component"] = real

    def _rename_nodes(self) -> None:
        reading = self._reading
        names: dict[str, str] = {}
        taken = set(reading.mentioned)
        for alias, (real, comment) in self._tables["node"].items():
            if alias not in reading.mentioned:
                self.suspect(f"there is no node `{alias}` any more", comment)
            elif real in taken:
                self.suspect(f"there is another node `{real}`", comment)
            else:
                names[alias] = real
                taken.add(real)
        if not names:
            return
        for entry in [*_ends(reading), *reading.inports.values(), *reading.outports.values()]:
            entry["process"] = names.get(entry["process"], entry["process"])
        reading.processes = {names.get(k, k): v for k, v in reading.processes.items()}
        reading.mentioned = {names.get(k, k): v for k, v in reading.mentioned.items()}
        self._ghosts = {names.get(name, name) for name in self._ghosts}

    def _rename_ports(self) -> None:
        names = {alias: real for alias, (real, _) in self._tables["port"].items()}
        if not names:
            return
        reading = self._reading
        for entry in [*_ends(reading), *reading.inports.values(), *reading.outports.values()]:
            entry["port"] = names.get(entry["port"], entry["port"])
        reading.inports = {names.get(k, k): v for k, v in reading.inports.items()}
        reading.inports_at = {names.get(k, k): v for k, v in reading.inports_at.items()}
        reading.outports = {names.get(k, k): v for k, v in reading.outports.items()}
        reading.outports_at = {names.get(k, k): v for k, v in reading.outports_at.items()}

    def _there(self, entry: dict[str, Any], comment: Comment) -> bool:
        """Whether a node named in an annotation is (still) in the text."""
        name = entry.get("process")
        if name is None or name in self._reading.processes or name in self._ghosts:
            return True
        self.suspect(
            f"there is no node `{name}` any more; what this says of it is skipped", comment
        )
        return False

    def _insert_connections(self) -> None:
        if not self._connections:
            return
        reading, old, places = self._reading, self._reading.connections, self._reading.connected_at
        reading.connections, reading.connected_at = [], []
        done = 0
        for connection, comment in self._connections:
            if self._there(connection.get("src", {}), comment) and self._there(
                connection.get("tgt", {}), comment
            ):
                reading.connections += [*old[done : comment.before], connection]
                reading.connected_at += [*places[done : comment.before], comment.offset]
                done = comment.before
        reading.connections += old[done:]
        reading.connected_at += places[done:]

    def _insert_exports(self) -> None:
        for kind, says, comment in self._exports:
            public, entry = says[kind], says["is"]
            ports, places = (
                (self._reading.inports, self._reading.inports_at)
                if kind == "inport"
                else (self._reading.outports, self._reading.outports_at)
            )
            if not _valid({f"{kind}s": {public: entry}}):
                self.suspect("this is not an exported port, and is skipped", comment)
            elif public not in ports and self._there(entry, comment):
                ports[public] = entry
                places[public] = comment.offset

    def _group(self, says: dict[str, Any], comment: Comment) -> dict[str, Any]:
        group: dict[str, Any] = says["group"]
        strangers = says.get("unknown")
        if not isinstance(strangers, list):
            strangers = []

        def stays(name: str) -> bool:
            return name in self._reading.processes or name in strangers

        gone = [name for name in group.get("nodes", ()) if not stays(name)]
        if gone:
            self.suspect(f"there is no node `{gone[0]}` any more to be in this group", comment)
            group["nodes"] = [name for name in group["nodes"] if stays(name)]
        return group


def _ends(reading: Reading) -> list[dict[str, Any]]:
    return [each[key] for each in reading.connections for key in ("src", "tgt") if key in each]


def _valid(part: dict[str, Any]) -> bool:
    try:
        structure.check(part)
    except InvalidGraph:
        return False
    return True


def _add_to_connection(connection: dict[str, Any], added: dict[str, Any]) -> bool:
    known = {key: value for key, value in added.items() if key in ("src", "tgt", "metadata")}
    for key in ("src", "tgt"):
        if key in known:
            end = known[key]
            if key not in connection or not isinstance(end, dict) or {*end} != {"index"}:
                return False
    if not known or not _valid({"connections": [known]}):
        return False
    _merge(connection, known)
    return True


def _merge(into: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """Add what is missing, inside of objects too. What is there stays."""
    for key, value in more.items():
        if key not in into:
            into[key] = value
        elif isinstance(into[key], dict) and isinstance(value, dict):
            _merge(into[key], value)
    return into
