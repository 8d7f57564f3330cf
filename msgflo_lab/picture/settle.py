"""The smallest change to a layout when the network changes: what is there stays where it is.

Pure layer. Rules, in this order:

- A removed role leaves a hole. A role whose position was set goes there and is pinned.
- A card that has grown keeps its distance to its targets, and pushes aside what it would cover.
- A role without edges is *parked*: it stands in a row beside or below the rest. With its first
  edge it goes to its natural place, as a new role does: right of its sources, left of its targets,
  ports at the same height, in the nearest free slot.
- A role behind all others that would make the picture too wide begins a new row below.
- A role between a source and a target goes between them. If the gap is too narrow, the target is
  pushed right, and pushes what it would then touch in its row; never left, never vertically.
- Nothing else moves a card that had edges, and nothing ever moves a pinned one.
- If most roles are new, everything that is not pinned is laid out anew.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from msgspec.structs import replace

from ..network import EdgeView
from .geometry import DENSE_ABOVE, Shape, dense_width
from .layout import EdgeKey, Layout, Place, drawn, full, groups, put_part, without_lanes
from .routes import Path
from .table import Table
from .tracks import Lane

MANY_NEW = 12
"""With more new roles than this, and more than there were, everything is laid out anew."""


def dense_anew(roles: Collection[str]) -> int:
    """`Layout.dense` of a picture of these roles that is laid out anew."""
    return dense_width(roles) if len(roles) > DENSE_ABOVE else 0


def is_anew(before: Layout, roles: Collection[str]) -> bool:
    """True if so much is new that the whole picture is laid out anew."""
    kept = sum(role in before.places for role in roles)
    return not kept or len(roles) - kept > max(MANY_NEW, kept)


def settled(
    before: Layout,
    shapes: Mapping[str, Shape],
    edges: Sequence[EdgeView],
    *,
    edges_before: Collection[EdgeKey] = (),
    pins: Mapping[str, tuple[float, float]] | None = None,
    paths: Mapping[EdgeKey, Path] | None = None,
) -> Layout:
    """The layout after a change of the network.

    Args:
        before: The layout so far.
        shapes: Of all roles there are now, in the order of appearance.
        edges: The edges there are now, each between roles and ports that `shapes` has.
        edges_before: Those the layout was made for.
        pins: Positions that were set since, by hand or by the graph.
        paths: Of the edges that were drawn so far; what is parked keeps off them.
    """
    pins = pins or {}
    if is_anew(before, shapes):
        fixed = {r: (p.x, p.y) for r, p in before.places.items() if p.pinned and r in shapes}
        return full(shapes, edges, dense=dense_anew(shapes), pins={**fixed, **pins})
    table = Table(shapes, edges, before.spacing, paths or {})
    loose = _take_over(table, before, shapes, edges, edges_before, pins)
    lanes = dict(before.lanes)
    _place_all(table, loose, before.places, edges, lanes)
    known: set[EdgeKey] = {edge.key for edge in edges}
    places = {role: table.places[role] for role in shapes}
    moved = {role for role, old in before.places.items() if places.get(role) != old}
    kept: dict[EdgeKey, Lane] = {key: lane for key, lane in lanes.items() if key in known}
    return without_lanes(Layout(before.dense, places, kept), moved)


def _take_over(
    table: Table,
    before: Layout,
    shapes: Mapping[str, Shape],
    edges: Sequence[EdgeView],
    edges_before: Collection[EdgeKey],
    pins: Mapping[str, tuple[float, float]],
) -> list[str]:
    """Puts the cards that stay on the table; returns those that are to be placed."""
    wired = {role for key in edges_before if key[0] != key[2] for role in (key[0], key[2])}
    linked = {e.source for e in edges if e.source != e.target}
    linked |= {e.target for e in edges if e.source != e.target}
    fresh = [edge for edge in edges if edge.key not in edges_before]
    inserted = _inserted(edges, fresh, edges_before)
    loose: list[str] = []
    grew: list[str] = []
    for role, shape in shapes.items():
        old = before.places.get(role)
        if role in pins:
            row = old.row if old else 0
            table.put(role, Place(*pins[role], shape.w, shape.h, pinned=True, row=row))
            if old is None:
                grew.append(role)
        elif old is None:
            loose.append(role)
        else:
            table.put(role, replace(old, w=shape.w, h=shape.h))
            if shape.w > old.w or shape.h > old.h:
                grew.append(role)
            first = role in linked and role not in wired
            if (first or role in inserted) and not old.pinned:
                loose.append(role)
    for role in grew:
        place = before.places.get(role)
        if place is not None and shapes[role].w > place.w:
            table.widen(role, place)
    for role in grew:
        table.grow(role)
    return loose


def _inserted(
    edges: Sequence[EdgeView], fresh: Sequence[EdgeView], edges_before: Collection[EdgeKey]
) -> set[str]:
    """Roles that had one edge and now stand in the middle of an edge that is or was there."""
    if not fresh:
        return set()
    pairs = {(key[0], key[2]) for key in edges_before}
    degree: dict[str, int] = {}
    for key in edges_before:
        degree[key[0]] = degree.get(key[0], 0) + 1
        degree[key[2]] = degree.get(key[2], 0) + 1
    sources: dict[str, list[str]] = {}
    targets: dict[str, list[str]] = {}
    for edge in edges:
        sources.setdefault(edge.target, []).append(edge.source)
        targets.setdefault(edge.source, []).append(edge.target)
    return {
        role
        for edge in fresh
        for role in (edge.source, edge.target)
        if degree.get(role, 0) == 1
        and any((s, t) in pairs for s in sources.get(role, ()) for t in targets.get(role, ()))
    }


def _place_all(
    table: Table,
    loose: Sequence[str],
    before: Mapping[str, Place],
    edges: Sequence[EdgeView],
    lanes: dict[EdgeKey, Lane],
) -> None:
    """Places the loose cards, those with placed neighbours first, then whole new parts."""
    waiting = dict.fromkeys(loose)
    among = [e for e in edges if e.source in waiting and e.target in waiting]
    for group in groups(list(loose), among):
        # Where they are now: placing another group may have moved them.
        settled_in = {role: table.places[role] for role in group if role in before}
        for role in settled_in:
            table.take(role)
        if settled_in and not any(table.neighbours(role) for role in group):
            anchor, place = next(iter(settled_in.items()))
            table.put(anchor, place)
            del waiting[anchor]
        left = [role for role in group if role in waiting]
        while left:
            role = max(left, key=table.neighbours)
            if not table.neighbours(role):
                break
            table.add(role)
            left.remove(role)
            del waiting[role]
    for group in groups(list(waiting), [e for e in among if e.source in waiting]):
        _place_part(table, group, among, lanes)


def _place_part(
    table: Table, group: Sequence[str], edges: Sequence[EdgeView], lanes: dict[EdgeKey, Lane]
) -> None:
    """Parks a part that has no edge to the rest: one card, or several laid out by themselves."""
    members = set(group)
    part = drawn(group, [e for e in edges if e.source in members], table.shapes, table.spacing)
    x, y = table.park(*part.size)
    places: dict[str, Place] = {}
    put_part(part, x, y, table.shapes, places, lanes)
    for role, place in places.items():
        table.put(role, place)
