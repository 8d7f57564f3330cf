"""A network as Graphviz's DOT, for documents: tables whose rows are ports, and edges. Pure.

Labels are the HTML-like ones (https://graphviz.org/doc/info/shapes.html#html), so that edges end at
ports. Names have any letters: an id is always quoted, as https://graphviz.org/doc/info/lang.html
has it, and a label is XML. Colours are those of our own picture, in the light.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from html import escape
from itertools import repeat, zip_longest

from ..definition import Side
from ..graph import Group
from ..names import Role, shown
from ..network import EdgeView, NetworkView, PortView, RoleView
from .palette import LIGHT
from .svg import clean

FONT, MONO = "Helvetica", "Courier"
_LITERAL = 24
"""Characters of an initial packet that are shown."""
_HEAD = f"""\
  graph [rankdir=LR, nodesep=0.35, ranksep=0.9, pad=0.3, bgcolor="{LIGHT["canvas"]}"];
  graph [fontname="{FONT}", fontsize=11, fontcolor="{LIGHT["muted"]}", labeljust=l, style=rounded];
  graph [color="{LIGHT["line"]}"];
  node [shape=plain, fontname="{FONT}", fontsize=10, fontcolor="{LIGHT["muted"]}"];
  edge [color="{LIGHT["edge"]}", penwidth=1.3, arrowsize=0.6];
"""


def dot_of(view: NetworkView, groups: Iterable[Group] = ()) -> str:
    """A digraph from left to right. The same network is the same text.

    Args:
        groups: Are clusters. A node of several is in the first of them, by name: clusters cannot
            overlap.
    """
    lines = [f"digraph {_quoted(view.name or 'network')} {{\n{_HEAD}"]
    roles = {role.role: role for role in sorted(view.roles, key=lambda each: each.role)}
    free = dict(roles)
    for number, group in enumerate(sorted(groups, key=lambda each: each.name)):
        members = [found for role in sorted(group.nodes) if (found := free.pop(role, None))]
        if members:
            label = f"label=<{_text(group.name)}>; margin=14;"
            lines += [f"  subgraph cluster_{number} {{", f"    {label}"]
            lines += [f"    {_node(role)}" for role in members]
            lines.append("  }")
    lines += [f"  {_node(role)}" for role in free.values()]
    lines += [f"  {_edge(edge, roles)}" for edge in sorted(view.edges, key=lambda e: e.key)]
    return "\n".join(lines) + "\n}\n"


def _node(role: RoleView) -> str:
    fill = LIGHT["field" if role.is_junction else "card"]
    title = _font(_text(role.role), bold=True, size=12, color=LIGHT["ink"])
    what = role.label or role.component
    below = f"<br/>{_text(what)}" if what else ""
    rows = [f'<tr><td colspan="2" align="left" balign="left">{title}{below}</td></tr>']
    sides = [map(_cell, role.ports(side), _named(role, side), repeat(side)) for side in Side]
    for number, (into, out_of) in enumerate(zip_longest(*sides, fillvalue="<td></td>")):
        rows.append(f"{'' if number else '<hr/>'}<tr>{into}{out_of}</tr>")
    table = (
        f'<table border="1" color="{LIGHT["line"]}" bgcolor="{fill}" style="rounded" '
        f'cellborder="0" cellspacing="0" cellpadding="4">{"".join(rows)}</table>'
    )
    return f"{_quoted(role.role)} [label=<{table}>];"


def _cell(port: PortView, name: str, side: Side) -> str:
    packet = ""
    if port.literal is not None:
        text = _font(_text(shown(port.literal, _LITERAL)), face=MONO, color=LIGHT["ink"])
        packet = f"&#160; {text}"
    align = "left" if side is Side.IN else "right"
    return f'<td port="{name}" align="{align}">{_text(port.id)}{packet}</td>'


def _named(role: RoleView, side: Side) -> list[str]:
    """What the ports are called in ids: by number, since a name may be any text."""
    return [f"{side.value}{number}" for number in range(len(role.ports(side)))]


def _edge(edge: EdgeView, roles: Mapping[Role, RoleView]) -> str:
    source = _end(edge.source, edge.outport, Side.OUT, roles)
    target = _end(edge.target, edge.inport, Side.IN, roles)
    look = f' [color="{LIGHT["dead"]}", style=dashed, tooltip="dead letters"]' if edge.dead else ""
    return f"{source} -> {target}{look};"


def _end(role: Role, port: str, side: Side, roles: Mapping[Role, RoleView]) -> str:
    found = roles[role].ports(side) if role in roles else ()
    number = next((at for at, each in enumerate(found) if each.id == port), None)
    if number is None:
        return _quoted(role)
    return f"{_quoted(role)}:{side.value}{number}:{'w' if side is Side.IN else 'e'}"


def _quoted(name: str) -> str:
    """An id: JSON's text is one of DOT's, and different names stay different."""
    return json.dumps(name, ensure_ascii=not name.isprintable())


def _text(name: str) -> str:
    return escape(clean(shown(name)), quote=True)


def _font(text: str, *, color: str, bold: bool = False, size: int = 10, face: str = "") -> str:
    looks = f'color="{color}" point-size="{size}"' + (f' face="{face}"' if face else "")
    return f"<font {looks}>{f'<b>{text}</b>' if bold else text}</font>"
