"""Reads a text of the graph language, statement by statement, from its beginning to its end.

Pure. What is accepted, and what it gives, is what the reference (npm `fbp` 1.8) makes of it. Two
patterns take the lines that most texts consist of; the rest goes through `_statement`, which
follows the reference's grammar without its backtracking: an element in front of an arrow is read in
the only way that can succeed, since whatever the reference falls back to fails further on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Literal

from . import diagnosis, grammar
from .literals import NotJson, leading_number, read_json, whole

Subject = tuple[Literal["node", "edge", "inport", "outport"], Any]
"""What a statement is about: a node's or public port's name, or a connection's index."""


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment that may be an annotation of ours.

    Attributes:
        subject: The statement in front of it, on its line.
        before: How many connections the text has in front of it.
    """

    text: str
    offset: int
    subject: Subject | None
    before: int


@dataclass(slots=True)
class Reading:
    """All that was read off a text, with the offsets of it.

    Attributes:
        suspicions: What is allowed and probably not meant, each with its offset.
    """

    case_sensitive: bool
    inports: dict[str, dict[str, Any]] = field(default_factory=dict)
    outports: dict[str, dict[str, Any]] = field(default_factory=dict)
    processes: dict[str, dict[str, Any]] = field(default_factory=dict)
    connections: list[dict[str, Any]] = field(default_factory=list)
    properties: dict[str, Any] | None = None
    mentioned: dict[str, int] = field(default_factory=dict)
    connected_at: list[int] = field(default_factory=list)
    inports_at: dict[str, int] = field(default_factory=dict)
    outports_at: dict[str, int] = field(default_factory=dict)
    comments: list[Comment] = field(default_factory=list)
    suspicions: list[tuple[str, int]] = field(default_factory=list)


def read(text: str, *, case_sensitive: bool) -> Reading:
    """Read a whole text.

    Raises:
        Misread: The language does not allow it.
    """
    reader = _Reader(text, case_sensitive)
    reader.run()
    return reader.reading


class _Reader:
    def __init__(self, text: str, case_sensitive: bool) -> None:
        self._text = text
        self._cased = case_sensitive
        self._default_in = self._default_out = ""
        self._set_default("IN", "IN")
        self._set_default("OUT", "OUT")
        self._anonymous: dict[str, int] = {}
        self._subject: Subject | None = None
        self._joined = False  # to the statement in front, by nothing
        self.reading = Reading(case_sensitive)

    def run(self) -> None:
        text, size, at = self._text, len(self._text), 0
        edge, declaration = grammar.EDGE.match, grammar.DECLARATION.match
        while at < size:
            if found := edge(text, at):
                self._edge(found)
            elif found := declaration(text, at):
                self._declaration(found)
            else:
                at = self._statement(at)
                continue
            at = found.end()

    # -- what most lines are --

    def _edge(self, found: re.Match[str]) -> None:
        (source, made, outport, out_at, data, inport, in_at, target, of) = found.groups()
        reading = self.reading
        connection: dict[str, Any] = {}
        if source is None:
            connection["data"] = data
            begin = found.start(5) - 1
        else:
            begin = found.start(1)
            if made is not None:
                self._add(source, made, None, begin)
            elif source not in reading.mentioned:
                reading.mentioned[source] = begin
            port = self._default_out if outport is None else self._case(outport)
            connection["src"] = {"process": source, "port": port}
            if out_at is not None:
                connection["src"]["index"] = whole(out_at)
        if of is not None:
            self._add(target, of, None, found.start(8))
        elif target not in reading.mentioned:
            reading.mentioned[target] = found.start(8)
        port = self._default_in if inport is None else self._case(inport)
        connection["tgt"] = {"process": target, "port": port}
        if in_at is not None:
            connection["tgt"]["index"] = whole(in_at)
        reading.connections.append(connection)
        reading.connected_at.append(begin)

    def _declaration(self, found: re.Match[str]) -> None:
        name, component, metadata = found.groups()
        self._add(name, component, metadata, found.start(1))

    # -- every other line --

    def _statement(self, at: int) -> int:
        text = self._text
        if found := grammar.ANNOTATION.match(text, at):
            self._annotation(*found.groups())
            return found.end()
        if found := grammar.COMMENT.match(text, at):
            self.reading.comments.append(
                Comment(found[1], found.start(1), None, len(self.reading.connections))
            )
            return found.end()
        if found := grammar.BLANK.match(text, at):
            return found.end()
        self._subject = None
        if found := grammar.EXPORT.match(text, at):
            self._export(found)
            return self._end(found.end())
        if found := grammar.DEFAULT.match(text, at):
            self._set_default(*found.groups())
            return self._end(found.end())
        if grammar.SETTING.match(text, at):
            raise diagnosis.of_setting(text, at)
        return self._end(self._connection(at))

    def _end(self, at: int) -> int:
        found = grammar.END.match(self._text, at)
        assert found is not None  # it may be empty
        if found[2] is not None:
            before = len(self.reading.connections)
            comment = Comment(found[2], found.start(2), self._subject, before)
            self.reading.comments.append(comment)
        alone = found.end() == len(self._text) or any(found.groups())
        if not alone and not self._joined:
            # `a(A) b(B)`: said once for a line.
            self._suspect(
                "a statement begins here, behind another one: is `->` missing?", found.end()
            )
        self._joined = not alone
        return found.end()

    def _connection(self, at: int) -> int:
        """A chain of elements with arrows between them, or one element."""
        text, arrow = self._text, grammar.ARROW.match
        blanks = len(text)
        while at < blanks and text[at] == " ":
            at += 1
        pending: tuple[dict[str, Any], int] | None = None
        begin = at
        while True:
            scanned = _scan(text, at)
            if scanned is None:
                following, source = self._packet(at, chained=pending is not None)
                if pending is not None:
                    self._lost(pending[1])
                pending = (source, at)
                at = following
                continue
            inport, node, outport, end = scanned
            if found := arrow(text, end):
                pending = self._element(inport, node, outport, pending)
                at = found.end()
                continue
            return self._target(at, begin, pending)

    def _packet(self, at: int, *, chained: bool) -> tuple[int, dict[str, Any]]:
        """An initial packet with its arrow: where that ends, and the connection to be."""
        text = self._text
        data: Any
        if found := grammar.QUOTED.match(text, at):
            data, end = found[1].replace("\\'", "'"), found.end()
        else:
            try:
                data, end = read_json(text, at)
            except NotJson as error:
                raise diagnosis.of_element(text, at, error, chained=chained) from error
        if found := grammar.ARROW.match(text, end):
            return found.end(), {"data": data}
        raise diagnosis.no_arrow(text, at, end)

    def _element(
        self,
        inport: re.Match[str] | None,
        node: re.Match[str],
        outport: re.Match[str] | None,
        pending: tuple[dict[str, Any], int] | None,
    ) -> tuple[dict[str, Any], int]:
        """Take an element in front of an arrow; returns the connection that begins there."""
        name, begin = self._node(node)
        if inport is None and _component(node) is None:
            # Only where it starts: the reference has no inport for a bare name between arrows.
            if pending is not None:
                self._lost(pending[1])
        elif pending is not None:
            self._connect(pending, inport, name)
        elif inport is not None:
            self._suspect("nothing leads to this inport", inport.start())
        port: dict[str, Any] = {"process": name, "port": self._default_out}
        if outport is not None:
            _set_port(port, self._case(outport[1]), outport[2])
        return {"src": port}, begin

    def _target(self, at: int, begin: int, pending: tuple[dict[str, Any], int] | None) -> int:
        """The last element of a statement; without an arrow in front it only names a node."""
        inport = grammar.INPORT.match(self._text, at)
        node = grammar.NODE.match(self._text, at if inport is None else inport.end())
        if node is None:
            raise diagnosis.of_target(self._text, at, chained=pending is not None)
        name, _ = self._node(node)
        if pending is not None:
            self._connect(pending, inport, name)
            return node.end()
        self._subject = ("node", name)
        if self._joined:
            pass  # that an arrow may be missing explains the rest
        elif _component(node) is None:
            self._suspect("this alone says nothing: neither a component nor `->`", begin)
        elif inport is not None:
            self._suspect("nothing leads to this inport: is `->` missing?", begin)
        return node.end()

    # -- what they say --

    def _connect(
        self, pending: tuple[dict[str, Any], int], inport: re.Match[str] | None, name: str
    ) -> None:
        connection, begin = pending
        target: dict[str, Any] = {"process": name, "port": self._default_in}
        if inport is not None:
            _set_port(target, self._case(inport[1]), inport[2])
        connection["tgt"] = target
        self._subject = ("edge", len(self.reading.connections))
        self.reading.connections.append(connection)
        self.reading.connected_at.append(begin)

    def _node(self, found: re.Match[str]) -> tuple[str, int]:
        name, component, metadata, without_name, its_metadata = found.groups()
        if name is None:
            assert without_name is not None
            stem = re.sub("[^a-zA-Z0-9]+", "_", without_name, count=1)
            count = self._anonymous[stem] = self._anonymous.get(stem, 0) + 1
            name, component, metadata = f"_{stem}_{count}", without_name, its_metadata
        begin = found.start()
        if component is not None:
            self._add(name, component, metadata, begin)
        else:
            self.reading.mentioned.setdefault(name, begin)
        return name, begin

    def _add(self, name: str, component: str, metadata: str | None, at: int) -> None:
        reading = self.reading
        process = reading.processes.get(name)
        if process is None:
            process = reading.processes[name] = {}
            reading.mentioned.setdefault(name, at)
        if component:
            if process.get("component", component) != component:
                self._suspect(f"`{name}` had another component, `{process['component']}`", at)
            process["component"] = component
        if metadata is not None:
            process["metadata"] = self._metadata(metadata, at)

    def _metadata(self, text: str, at: int) -> dict[str, Any]:
        metadata: dict[str, Any] = {}
        for item in text.split(","):
            key, *values = item.split("=")
            if not values:
                metadata["routes"] = key
            elif key in ("x", "y"):
                metadata[key] = leading_number(values[0])
                if metadata[key] is None:
                    self._suspect(f"`{values[0]}` is not a number", at)
            else:
                metadata[key] = values[0]
        return metadata

    def _annotation(self, key: str, value: str) -> None:
        if self.reading.properties is None:
            self.reading.properties = {}
        if key == "runtime":
            self.reading.properties["environment"] = {"type": value}
        else:
            self.reading.properties[key] = value

    def _export(self, found: re.Match[str]) -> None:
        node = grammar.NODE.match(self._text, found.start(1) + len(found[1]) + len("PORT="))
        assert node is not None  # it was found as a part of the whole
        name, _ = self._node(node)
        inward = found[1] == "IN"
        ports = self.reading.inports if inward else self.reading.outports
        places = self.reading.inports_at if inward else self.reading.outports_at
        public = self._case(found[8])
        if public in ports:
            self._suspect(f"`{public}` was exported before, which is lost", found.start(1))
        ports[public] = {"process": name, "port": self._case(found[7])}
        places[public] = found.start(1)
        self._subject = ("inport" if inward else "outport", public)

    def _set_default(self, direction: str, port: str) -> None:
        if direction == "IN":
            self._default_in = self._case(port)
        else:
            self._default_out = self._case(port)

    def _case(self, port: str) -> str:
        return port if self._cased else port.lower()

    def _suspect(self, problem: str, at: int) -> None:
        self.reading.suspicions.append((problem, at))

    def _lost(self, at: int) -> None:
        self._suspect("this leads nowhere: what follows the arrow has no inport", at)


def _scan(
    text: str, at: int
) -> tuple[re.Match[str] | None, re.Match[str], re.Match[str] | None, int] | None:
    """Inport, node, outport and end of an element in front of an arrow; None for a literal."""
    inport = grammar.INPORT.match(text, at)
    if inport is not None and (node := grammar.NODE.match(text, inport.end())):
        outport = grammar.OUTPORT.match(text, node.end())
        if outport is not None or _component(node) is not None:
            return inport, node, outport, (outport or node).end()
    node = grammar.NODE.match(text, at)
    if node is None:
        return None
    outport = grammar.OUTPORT.match(text, node.end())
    return None, node, outport, (outport or node).end()


def _component(node: re.Match[str]) -> str | None:
    component: str | None = node[2] if node[1] is not None else node[4]
    return component


def _set_port(entry: dict[str, Any], port: str, index: str | None) -> None:
    entry["port"] = port
    if index is not None:
        entry["index"] = whole(index)
