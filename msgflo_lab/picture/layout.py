"""The layout of a whole picture: parts laid out one by one and packed.

Pure layer. Gives every role its place and every edge its lane; `settle` changes such a layout as
little as possible when the network changes.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from itertools import count

import msgspec
from msgspec.structs import replace

from ..network import EdgeView
from .boxes import Box, BoxIndex, grown
from .geometry import DENSE, GRID, HIGH, ROOMY, WIDE, Shape, Spacing, snapped
from .layered import Drawing, layered
from .proper import Link
from .tracks import Lane

EdgeKey = tuple[str, str, str, str]


class Place(msgspec.Struct, frozen=True):
    """Where a card is.

    `pinned`: the user has put it there, nothing else moves it. `row`: of its part, if that is so
    long that it was cut into rows.
    """

    x: float
    y: float
    w: int
    h: int
    pinned: bool = False
    row: int = 0

    @property
    def box(self) -> Box:
        """Left, top, right, bottom."""
        return (self.x, self.y, self.x + self.w, self.y + self.h)


class Layout(msgspec.Struct, frozen=True):
    """Places of the roles and lanes of the edges that have one.

    `dense` is the common width of the cards of a dense picture, 0 for a roomy one; it stays until
    everything is laid out anew.
    """

    dense: int = 0
    places: Mapping[str, Place] = {}
    lanes: Mapping[EdgeKey, Lane] = {}

    @property
    def spacing(self) -> Spacing:
        """The distances that this layout keeps."""
        return DENSE if self.dense else ROOMY


def without_lanes(layout: Layout, roles: Container[str]) -> Layout:
    """The layout without the lanes of the edges from or to these roles: their cards have moved."""
    return replace(
        layout,
        lanes={k: v for k, v in layout.lanes.items() if k[0] not in roles and k[2] not in roles},
    )


class Part(msgspec.Struct, frozen=True):
    """Roles that are connected with each other, drawn from their own origin."""

    roles: tuple[str, ...]
    edges: tuple[EdgeView, ...]
    drawing: Drawing

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in model pixels, lanes included."""
        return self.drawing.size


def groups(roles: Sequence[str], edges: Sequence[EdgeView]) -> list[list[str]]:
    """The weakly connected components, by first appearance."""
    root = {role: role for role in roles}

    def find(role: str) -> str:
        while root[role] != role:
            root[role] = root[root[role]]
            role = root[role]
        return role

    for edge in edges:
        a, b = find(edge.source), find(edge.target)
        if a != b:
            root[b] = a
    found: dict[str, list[str]] = {}
    for role in roles:
        found.setdefault(find(role), []).append(role)
    return list(found.values())


def drawn(
    roles: Sequence[str],
    edges: Sequence[EdgeView],
    shapes: Mapping[str, Shape],
    spacing: Spacing,
) -> Part:
    """Lays out one part by itself."""
    number = {role: i for i, role in enumerate(roles)}
    links = [
        Link(
            number[edge.source],
            shapes[edge.source].outports[edge.outport],
            number[edge.target],
            shapes[edge.target].inports[edge.inport],
        )
        for edge in edges
    ]
    sizes = [(shapes[role].w, shapes[role].h) for role in roles]
    return Part(tuple(roles), tuple(edges), layered(sizes, links, spacing))


def shelves(sizes: Sequence[tuple[int, int]], gap: int) -> tuple[list[tuple[int, int]], int, int]:
    """Upper left corners of rectangles packed on shelves, and the whole's width and height.

    Of several shelf widths the one is taken whose whole fits best into the window.
    """
    if not sizes:
        return [], 0, 0
    turns = sorted(range(len(sizes)), key=lambda i: (-sizes[i][1], i))
    widest = max(w for w, _ in sizes)
    area = sum((w + gap) * (h + gap) for w, h in sizes)
    ideal = (area * WIDE / HIGH) ** 0.5
    best: tuple[float, list[tuple[int, int]], int, int] | None = None
    for percent in (80, 90, 100, 110, 120, 135, 150, 170, 200):
        room = max(widest, ideal * percent / 100)
        corners = [(0, 0)] * len(sizes)
        x = y = shelf = right = 0
        for i in turns:
            w, h = sizes[i]
            if x and x + w > room:
                x, y, shelf = 0, y + shelf + gap, 0
            corners[i] = (x, y)
            right, shelf = max(right, x + w), max(shelf, h)
            x += w + gap
        misfit = max(right / WIDE, (y + shelf) / HIGH)
        if best is None or misfit < best[0] - 1e-9:
            best = (misfit, corners, right, y + shelf)
    assert best is not None
    return best[1], best[2], best[3]


def _rows(
    roles: Sequence[str], shapes: Mapping[str, Shape], room: float, spacing: Spacing
) -> dict[str, tuple[int, int]]:
    """Corners of unconnected roles in rows of at most `room` pixels, on common columns."""
    pitch = max(shapes[role].w for role in roles) + spacing.column
    per_row = max(1, int((room + spacing.column) // pitch))
    corners: dict[str, tuple[int, int]] = {}
    y = 0
    for start in range(0, len(roles), per_row):
        row = roles[start : start + per_row]
        for i, role in enumerate(row):
            corners[role] = (i * pitch, y)
        y += max(shapes[role].h for role in row) + spacing.row
    return corners


def full(
    shapes: Mapping[str, Shape],
    edges: Sequence[EdgeView],
    *,
    dense: int = 0,
    pins: Mapping[str, tuple[float, float]] | None = None,
) -> Layout:
    """Lays out everything anew.

    Args:
        shapes: Of all roles, in the order of their appearance.
        edges: Each between two of these roles and two of their ports, each once.
        dense: The common width of the cards of a dense picture; 0: keep the large distances.
        pins: Roles that are put exactly here; what was laid out where they are moves aside.
    """
    spacing = DENSE if dense else ROOMY
    by_role: dict[str, list[EdgeView]] = {}
    for edge in edges:
        by_role.setdefault(edge.source, []).append(edge)
    linked = {edge.source for edge in edges} | {edge.target for edge in edges}
    parts = [
        drawn(group, [e for role in group for e in by_role.get(role, ())], shapes, spacing)
        for group in groups(list(shapes), edges)
        if group[0] in linked
    ]
    corners, wide, high = shelves([part.size for part in parts], spacing.part)
    places: dict[str, Place] = {}
    lanes: dict[EdgeKey, Lane] = {}
    for part, (x, y) in zip(parts, corners, strict=True):
        put_part(part, x, y, shapes, places, lanes)
    alone = [role for role in shapes if role not in linked]
    if alone:
        across = sum((shapes[r].w + spacing.column) * (shapes[r].h + spacing.row) for r in alone)
        room = max(wide, WIDE, (across * WIDE / HIGH) ** 0.5)
        top = high + spacing.part if parts else 0
        for role, (x, y) in _rows(alone, shapes, room, spacing).items():
            places[role] = Place(x, top + y, shapes[role].w, shapes[role].h)
    layout = Layout(dense, {role: places[role] for role in shapes}, lanes)
    return _pinned(layout, [part.roles for part in parts], pins) if pins else layout


def put_part(
    part: Part,
    x: float,
    y: float,
    shapes: Mapping[str, Shape],
    places: dict[str, Place],
    lanes: dict[EdgeKey, Lane],
) -> None:
    """Enters a part's places and lanes, its upper left corner being at x, y."""
    dx, dy = x - part.drawing.bounds[0], y - part.drawing.bounds[1]
    drawing = part.drawing
    for role, (left, top), row in zip(part.roles, drawing.corners, drawing.rows, strict=True):
        places[role] = Place(left + dx, top + dy, shapes[role].w, shapes[role].h, row=row)
    for edge, lane in zip(part.edges, part.drawing.lanes, strict=True):
        lanes[edge.key] = lane.moved(dx, dy)


def free_slots(index: BoxIndex, place: Place, spacing: Spacing, *but: str) -> Iterator[Place]:
    """The place moved up or down to the free slots of the grid, nearest first, below before above.

    Without end: below everything is always room.
    """
    margin = (spacing.insert, spacing.row)
    box = place.box
    for step in count(0, GRID):
        for dy in (step, -step) if step else (0,):
            tried = grown((box[0], box[1] + dy, box[2], box[3] + dy), *margin)
            if index.free(tried, *but):
                yield replace(place, y=place.y + dy)


def nearest_free(index: BoxIndex, place: Place, spacing: Spacing, *but: str) -> Place:
    """The place moved up or down to the nearest free slot."""
    return next(free_slots(index, place, spacing, *but))


def _pinned(
    layout: Layout, parts: Sequence[tuple[str, ...]], pins: Mapping[str, tuple[float, float]]
) -> Layout:
    """Puts pinned roles on their places, shifts their parts along and frees what they cover."""
    places = dict(layout.places)
    index = BoxIndex()
    for role, (x, y) in pins.items():
        if role in places:
            places[role] = replace(places[role], x=x, y=y, pinned=True)
            index.put(role, places[role].box)
    part_of = {role: i for i, part in enumerate(parts) for role in part}
    shifts: dict[int, tuple[int, int]] = {}
    for i, part in enumerate(parts):
        shifts[i] = _median_shift([r for r in part if r in pins], layout, pins)
    for role, place in layout.places.items():
        if role not in pins:
            dx, dy = shifts.get(part_of.get(role, -1), (0, 0))
            moved = replace(place, x=place.x + dx, y=place.y + dy)
            places[role] = nearest_free(index, moved, layout.spacing)
            index.put(role, places[role].box)
    together = {i: _common_shift(part, layout.places, places) for i, part in enumerate(parts)}
    lanes: dict[EdgeKey, Lane] = {}
    for key, lane in layout.lanes.items():
        shift = together[part_of[key[0]]]
        if shift is not None:
            lanes[key] = lane.moved(*shift)
    return Layout(layout.dense, places, lanes)


def _common_shift(
    roles: Sequence[str], before: Mapping[str, Place], after: Mapping[str, Place]
) -> tuple[float, float] | None:
    """How far all these roles have moved, None if some have moved differently."""
    shifts = {(after[r].x - before[r].x, after[r].y - before[r].y) for r in roles}
    return shifts.pop() if len(shifts) == 1 else None


def _median_shift(
    roles: Sequence[str], layout: Layout, pins: Mapping[str, tuple[float, float]]
) -> tuple[int, int]:
    if not roles:
        return (0, 0)
    dx = sorted(pins[role][0] - layout.places[role].x for role in roles)
    dy = sorted(pins[role][1] - layout.places[role].y for role in roles)
    return snapped(dx[len(dx) // 2]), snapped(dy[len(dy) // 2])
