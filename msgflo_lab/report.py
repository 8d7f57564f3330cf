"""The network in words: aligned text for terminals, notebooks and logs.

Pure layer. Names may hold any character and are shown on one line, printable.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from unicodedata import combining, east_asian_width

from .diagnosis import Finding
from .graph import (
    Change,
    EdgeAdded,
    EdgeChanged,
    EdgeRemoved,
    ExportAdded,
    ExportChanged,
    ExportRemoved,
    GroupAdded,
    GroupChanged,
    GroupRemoved,
    InitialRemoved,
    InitialSet,
    NodeAdded,
    NodeChanged,
    NodeRemoved,
    NodeRenamed,
    PropertiesChanged,
)
from .message import as_text, shortened
from .names import listed, shown
from .network import EdgeState, EdgeTraffic, EdgeView, NetworkView, RoleState, RoleView

Traffic = Mapping[Any, EdgeTraffic]
"""By the four names of an edge."""

_WAITING = (EdgeState.PENDING, EdgeState.STOPPED)


def count_of(number: int, noun: str) -> str:
    """`1 edge`, `2 edges`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def rate_of(rate: float) -> str:
    """Messages a second, as short as it can be told: `2.0/s`, `40/s`."""
    return f"{rate:.0f}/s" if rate >= 10 else f"{rate:.1f}/s"


def table(rows: Iterable[Sequence[str]], head: Sequence[str]) -> str:
    """Left-aligned columns under a head line; no trailing spaces."""
    cells = [list(head), *(list(row) for row in rows)]
    widths = [max(columns(row[at]) for row in cells) for at in range(len(head))]
    lines = (
        "  ".join(
            cell + " " * (width - columns(cell)) for cell, width in zip(row, widths, strict=True)
        )
        for row in cells
    )
    return "\n".join(line.rstrip() for line in lines)


def columns(text: str) -> int:
    """How many columns of a terminal a text takes: wide characters two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text
    )


def participants(view: NetworkView) -> str:
    """One line for each role: state, component, ports."""
    if not view.roles:
        return "nobody is here yet"
    return table(
        (
            (
                shown(role.role) + (f" ×{role.workers}" if role.workers > 1 else ""),
                shown(role.component),
                shown(role.note or role.state.value),
                _ports_in(role),
                ", ".join(shown(port.id) for port in role.outports),
            )
            for role in view.roles
        ),
        head=("role", "component", "state", "inports", "outports"),
    )


def network(view: NetworkView, traffic: Traffic | None = None) -> str:
    """The graph as text: a line for each edge, then for each role that has none."""
    lines = [_edge(edge, (traffic or {}).get(edge.key)) for edge in view.edges]
    linked = {role for edge in view.edges for role in (edge.source, edge.target)}
    lines += [f"{shown(role.role)}  (no edges)" for role in view.roles if role.role not in linked]
    return "\n".join(lines) or "nobody is here yet"


def summary(roles: Iterable[str], edges: Iterable[str], rate: float = 0.0) -> str:
    """`6 participants · 5 edges · 3.5 msg/s`, and what is wrong, if anything is.

    Args:
        roles: The state of each role.
        edges: The state of each edge.
        rate: Messages a second on all edges together.
    """
    role_states, edge_states = Counter(roles), Counter(edges)
    parts = [count_of(role_states.total(), "participant"), count_of(edge_states.total(), "edge")]
    if rate > 0:
        parts.append(f"{rate_of(rate).removesuffix('/s')} msg/s")
    if role_states[RoleState.ERROR]:
        parts.append(count_of(role_states[RoleState.ERROR], "error"))
    parts += [
        f"{role_states[s]} {s}" for s in (RoleState.STALE, RoleState.ABSENT) if role_states[s]
    ]
    parts += [f"{edge_states[s]} {s}" for s in _WAITING if edge_states[s]]
    return " · ".join(parts)


def edits(changes: Iterable[Change]) -> str:
    """What an edit did, in words: `added 2 nodes (a, b) and 1 edge (a.out -> b.in); removed ...`.

    Changes that follow from others (an edge goes with its node) are counted like all.
    """
    done: dict[str, dict[str, list[str]]] = {"added": {}, "removed": {}, "changed": {}}
    for change in changes:
        verb, noun, name = _told(change)
        done[verb].setdefault(noun, []).append(name)
    return "; ".join(f"{verb} {_counted(things)}" for verb, things in done.items() if things)


def findings(found: Iterable[Finding]) -> str:
    """One line for each: what sort of thing, where, and what to do."""
    rows = [(each.kind.value, each.where, each.text) for each in found]
    return table(rows, head=("what", "where", "why")) if rows else "nothing to complain about"


def value(payload_value: object, limit: int = 200) -> str:
    """A message's value on one line."""
    text = payload_value if isinstance(payload_value, str) else as_text(payload_value)
    return shown(shortened(text, limit), limit)


def _counted(things: Mapping[str, Sequence[str]]) -> str:
    parts = [
        noun if noun == PROPERTIES else f"{count_of(len(names), noun)} ({listed(names, 3)})"
        for noun, names in things.items()
    ]
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


PROPERTIES = "what the graph says of itself"


def _told(change: Change) -> tuple[str, str, str]:
    """What a change did, to what sort of thing, of which name."""
    match change:
        case NodeAdded(node):
            return "added", "node", node.role
        case NodeRemoved(node):
            return "removed", "node", node.role
        case NodeChanged(_, node):
            return "changed", "node", node.role
        case NodeRenamed(before, after):
            return "changed", "node", f"{before}, now {after}"
        case EdgeAdded(edge):
            return "added", "edge", str(edge)
        case EdgeRemoved(edge):
            return "removed", "edge", str(edge)
        case EdgeChanged(edge):
            return "changed", "edge", str(edge)
        case InitialSet(initial, earlier):
            verb = "added" if earlier is None else "changed"
            return verb, "initial packet", f"{initial.role}.{initial.inport}"
        case InitialRemoved(initial):
            return "removed", "initial packet", f"{initial.role}.{initial.inport}"
        case ExportAdded(export):
            return "added", "exported port", export.public
        case ExportRemoved(export):
            return "removed", "exported port", export.public
        case ExportChanged(_, export):
            return "changed", "exported port", export.public
        case GroupAdded(group):
            return "added", "group", group.name
        case GroupRemoved(group):
            return "removed", "group", group.name
        case GroupChanged(_, group):
            return "changed", "group", group.name
        case PropertiesChanged():
            return "changed", PROPERTIES, ""


def _edge(edge: EdgeView, traffic: EdgeTraffic | None) -> str:
    arrow = ".." if edge.state in _WAITING else "->"
    text = f"{shown(edge.source)}.{shown(edge.outport)} {arrow} "
    text += f"{shown(edge.target)}.{shown(edge.inport)}"
    if edge.state in _WAITING:
        return f"{text}  ({edge.state})"
    if edge.state is EdgeState.SHARED:
        text += "  (same queue)"
    if traffic is not None and traffic.count:
        text += f"  {count_of(traffic.count, 'message')}"
        text += f", {rate_of(traffic.rate)}" if traffic.rate else ""
    return text


def _ports_in(role: RoleView) -> str:
    return ", ".join(
        shown(port.id) + (f"={shown(port.literal, 20)}" if port.literal is not None else "")
        for port in role.inports
    )


__all__ = [
    "Traffic",
    "columns",
    "count_of",
    "edits",
    "findings",
    "network",
    "participants",
    "rate_of",
    "summary",
    "table",
    "value",
]
