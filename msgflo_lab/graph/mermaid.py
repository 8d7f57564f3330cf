"""A graph as Mermaid, for documents: code hosts and notebooks draw it. Pure."""

from __future__ import annotations

import json

from ..names import Role, shown
from .model import Graph

_LITERAL = 20
"""Characters of an initial packet that are shown."""


def mermaid_of(graph: Graph) -> str:
    """A flowchart from left to right: nodes with role and component, edges with their ports."""
    ids = {role: f"n{number}" for number, role in enumerate(_roles(graph))}
    lines = ["flowchart LR"]
    for role, name in ids.items():
        node = graph.nodes.get(role)
        component = (
            f"<br/><small>{_text(node.component)}</small>" if node and node.component else ""
        )
        left, right = ("{{", "}}") if graph.junction(role) is not None else ("[", "]")
        lines.append(f'  {name}{left}"{_text(role)}{component}"{right}')
    for edge in graph.edges:
        arrow = "-.->" if graph.is_dead_letter(edge) else "-->"
        label = f"{_text(edge.outport)} → {_text(edge.inport)}"
        lines.append(f'  {ids[edge.source]} {arrow}|"{label}"| {ids[edge.target]}')
    for number, initial in enumerate(graph.initials.values()):
        value = shown(json.dumps(initial.value, ensure_ascii=False, default=repr), _LITERAL)
        literal = f'i{number}(["{_text(value)}"])'
        lines.append(f'  {literal} -->|"{_text(initial.inport)}"| {ids[initial.role]}')
    return "\n".join(lines) + "\n"


def _roles(graph: Graph) -> list[Role]:
    named = [role for edge in graph.edges for role in (edge.source, edge.target)]
    packets = [initial.role for initial in graph.initials.values()]
    return list(dict.fromkeys([*graph.nodes, *named, *packets]))


def _text(text: str) -> str:
    """What may stand between quotation marks there: everything else is written as an entity."""
    return "".join(
        char if char.isalnum() or char in " _-./:=,+*()→…" else f"#{ord(char)};"
        for char in shown(text)
    )
