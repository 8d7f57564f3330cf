"""The smallest change to a layout when the network changes: what is there stays where it is.

Pure layer. Rules, in this order:

- A removed role leaves a hole. A role whose position was set goes there and is pinned.
- A card that has grown pushes aside what it would cover.
- A role without edges is *parked*: it stands in a row beside or below the rest. With its first
  edge it goes to its natural place, as a new role does: right of its sources, left of its targets,
  ports at the same height, in the nearest free slot.
- A role between a source and a target goes between them. If the gap is too narrow, the target is
  pushed right, and pushes what it would then touch; never left, never vertically.
- Nothing else moves a card that had edges, and nothing ever moves a pinned one.
- If most roles are new, everything that is not pinned is laid out anew.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from msgspec.structs import replace

from ..network import EdgeView
from .boxes import Box, BoxIndex, grown
from .geometry import DENSE_ABOVE, Shape, Spacing, snapped
from .layout import (
    HIGH,
    WIDE,
    EdgeKey,
    Layout,
    Place,
    drawn,
    full,
    groups,
    nearest_free,
    put_part,
    without_lanes,
)
from .layered import Lane

MANY_NEW = 12
"""With more new roles than this, and more than there were, everything is laid out anew."""
COLUMN_REACH = 48
"""A new card joins a column whose left edge is at most this far from where it would stand."""
PARKING_ROWS = 32
"""At most this many rows are tried for a parked card."""
PUSHES = 4000
"""At most this many pushes follow from one change."""


def is_dense(count: int) -> bool:
    """True if a picture of so many roles, laid out anew, is dense."""
    return count > DENSE_ABOVE


def is_anew(before: Layout, roles: Collection[str]) -> bool:
    """True if so much is new that the whole picture is laid out anew."""
    kept = sum(role in before.places for role in roles)
    return not kept or len(roles) - kept > max(MANY_NEW, kept)


class _Table:
    """The cards being moved about."""

    def __init__(
        self, shapes: Mapping[str, Shape], edges: Sequence[EdgeView], spacing: Spacing
    ) -> None:
        self.shapes = shapes
        self.spacing = spacing
        self.places: dict[str, Place] = {}
        self.index = BoxIndex()
        self.into: dict[str, list[EdgeView]] = {role: [] for role in shapes}
        self.out: dict[str, list[EdgeView]] = {role: [] for role in shapes}
        for edge in edges:
            if edge.source != edge.target:
                self.out[edge.source].append(edge)
                self.into[edge.target].append(edge)

    def put(self, role: str, place: Place) -> None:
        self.places[role] = place
        self.index.put(role, place.box)

    def take(self, role: str) -> None:
        self.index.drop(role)
        self.places.pop(role, None)

    def neighbours(self, role: str) -> int:
        """How many edges lead to cards that have their place."""
        return sum(edge.source in self.places for edge in self.into[role]) + sum(
            edge.target in self.places for edge in self.out[role]
        )

    def aligned(self, edge: EdgeView, role: str) -> float:
        """The y at which the role's port is level with the edge's other end."""
        ours = self.shapes[role]
        if role == edge.target:
            y = self.places[edge.source].y + self.shapes[edge.source].outports[edge.outport]
            return y - ours.inports[edge.inport]
        y = self.places[edge.target].y + self.shapes[edge.target].inports[edge.inport]
        return y - ours.outports[edge.outport]

    # --- placing -----------------------------------------------------------------------------

    def add(self, role: str) -> None:
        """Puts a card beside its neighbours that have their place; at least one has."""
        sources = [edge for edge in self.into[role] if edge.source in self.places]
        targets = [edge for edge in self.out[role] if edge.target in self.places]
        wish = self.aligned((sources or targets)[0], role)
        x, pushed = self._column(role, sources, targets)
        shape = self.shapes[role]
        place = Place(snapped(x), snapped(wish), shape.w, shape.h)
        if pushed:
            self._insert(role, place, [edge.target for edge in targets])
        else:
            self.put(role, nearest_free(self.index, place, self.spacing))

    def _column(
        self, role: str, sources: Sequence[EdgeView], targets: Sequence[EdgeView]
    ) -> tuple[float, bool]:
        """Where the card's left edge goes, and whether its targets must be pushed right."""
        spacing, w = self.spacing, self.shapes[role].w
        right = max((self.places[e.source].box[2] for e in sources), default=0.0)
        left = min((self.places[e.target].x for e in targets), default=0.0)
        if not targets:
            return self._in_column(right + spacing.column, right + spacing.insert, None, w), False
        if not sources:
            return self._in_column(
                left - spacing.column - w, None, left - spacing.insert - w, w
            ), False
        if left - right >= w + 2 * spacing.insert:
            return right + (left - right - w) / 2, False
        leftmost = max(self.places[e.source].x for e in sources)
        pinned = any(self.places[e.target].pinned for e in targets)
        if left <= leftmost or pinned:
            return right + spacing.column, False
        return right + spacing.column, True

    def _in_column(self, x: float, least: float | None, most: float | None, w: int) -> float:
        """The left edge of a column of cards near x, else x."""
        near = self.index.touching((x - 2 * COLUMN_REACH, -1e6, x + w + COLUMN_REACH, 1e6))
        fits = [
            self.places[name].x
            for name in near
            if abs(self.places[name].x - x) <= COLUMN_REACH
            and (least is None or self.places[name].x >= least)
            and (most is None or self.places[name].x <= most)
        ]
        return min(fits, key=lambda other: (abs(other - x), other), default=x)

    def _insert(self, role: str, place: Place, targets: Sequence[str]) -> None:
        """Puts a card where its targets are and pushes them right."""
        ends = place.x + place.w + self.spacing.column
        self.push([(target, ends) for target in targets if self.places[target].x < ends])
        self.put(role, nearest_free(self.index, place, self.spacing))

    def push(self, wanted: Sequence[tuple[str, float]]) -> None:
        """Moves cards right to the given x, and what they then touch, and what follows them."""
        queue = list(wanted)
        touched: dict[str, None] = {}
        for _ in range(PUSHES):
            if not queue:
                break
            role, x = queue.pop(0)
            old = self.places[role]
            if old.pinned or x <= old.x:
                continue
            new = replace(old, x=snapped(x + 3.5))
            self.put(role, new)
            touched[role] = None
            queue += self._followers(role, old, new)
        for role in touched:
            if not self.index.free(self.places[role].box, role):
                self.put(role, nearest_free(self.index, self.places[role], self.spacing, role))

    def _followers(self, role: str, old: Place, new: Place) -> list[tuple[str, float]]:
        found: list[tuple[str, float]] = []
        for edge in self.out[role]:
            target = self.places.get(edge.target)
            if target is not None and target.x >= old.box[2]:
                slack = min(target.x - old.box[2], self.spacing.insert)
                found.append((edge.target, new.box[2] + slack))
        margin = self.spacing.row / 2
        for name in self.index.touching(grown(new.box, margin, margin), role):
            if self.places[name].x > old.x:
                found.append((name, new.box[2] + self.spacing.lane))
        return found

    def grow(self, role: str) -> None:
        """Pushes aside what a card that has grown covers: down, or right if that is less."""
        queue = [role]
        for _ in range(PUSHES):
            if not queue:
                return
            mover = queue.pop(0)
            box = self.places[mover].box
            for name in self.index.touching(box, mover):
                other = self.places[name]
                down = box[3] + self.spacing.lane - other.y
                right = box[2] + self.spacing.lane - other.x
                if other.pinned:
                    continue
                if right < down:
                    self.put(name, replace(other, x=other.x + snapped(right + 3.5)))
                else:
                    self.put(name, replace(other, y=other.y + snapped(down + 3.5)))
                queue.append(name)

    # --- parking -----------------------------------------------------------------------------

    def park(self, w: int, h: int) -> tuple[float, float]:
        """A free corner for a block of this size that keeps the picture compact."""
        extent = self.index.extent()
        if not self.places:
            return 0, 0
        left, top = snapped(extent[0]), snapped(extent[1])
        below = (float(left), float(snapped(extent[3] + self.spacing.row + 3.5)))
        beside = (float(snapped(extent[2] + self.spacing.column + 3.5)), float(top))
        candidates = [below, beside]
        parked = {role for role in self.places if not self.into[role] and not self.out[role]}
        stray = len(parked) < len(self.places)
        for y in sorted({snapped(self.places[role].y) for role in parked})[-PARKING_ROWS:]:
            band = (extent[0], y - self.spacing.lane, extent[2] + 1, y + h + self.spacing.lane)
            row = self.index.touching(band)
            if row and parked.issuperset(row):
                reach = max(self.index.boxes[name][2] for name in row) + self.spacing.column
                candidates.append((snapped(reach + 3.5), y))
        lines = self._lines()

        def cost(corner: tuple[float, float]) -> tuple[float, float, float]:
            x, y = corner
            box = (x, y, x + w, y + h)
            wide = max(extent[2], box[2]) - min(extent[0], box[0])
            high = max(extent[3], box[3]) - min(extent[1], box[1])
            crossed = any(_touches(line, box) for line in lines)
            fit = max(1.0, wide / WIDE, high / HIGH)
            return fit + (100 if crossed else 0.1 if stray and corner == beside else 0), y, x

        return min(candidates, key=cost)

    def _lines(self) -> list[Box]:
        """Start and end of every edge between cards that have their place."""
        return [
            (
                self.places[role].box[2],
                self.places[role].y + self.shapes[role].outports[edge.outport],
                self.places[edge.target].x,
                self.places[edge.target].y + self.shapes[edge.target].inports[edge.inport],
            )
            for role in self.places
            for edge in self.out[role]
            if edge.target in self.places
        ]


def _touches(line: Box, box: Box) -> bool:
    """True if the edge, drawn as one S, comes near the box."""
    x0, y0, x1, y1 = line
    if max(x0, x1) < box[0] - 8 or min(x0, x1) > box[2] + 8:
        return False
    if max(y0, y1) < box[1] - 8 or min(y0, y1) > box[3] + 8:
        return False
    for i in range(17):
        u = i / 16
        x, y = x0 + (x1 - x0) * u, y0 + (y1 - y0) * u * u * (3 - 2 * u)
        if box[0] - 8 < x < box[2] + 8 and box[1] - 8 < y < box[3] + 8:
            return True
    return False


def settled(
    before: Layout,
    shapes: Mapping[str, Shape],
    edges: Sequence[EdgeView],
    *,
    edges_before: Collection[EdgeKey] = (),
    pins: Mapping[str, tuple[float, float]] | None = None,
) -> Layout:
    """The layout after a change of the network.

    Args:
        before: The layout so far.
        shapes: Of all roles there are now, in the order of appearance.
        edges: The edges there are now, each between roles and ports that `shapes` has.
        edges_before: Those the layout was made for.
        pins: Positions that were set since, by hand or by the graph.
    """
    pins = pins or {}
    if is_anew(before, shapes):
        fixed = {r: (p.x, p.y) for r, p in before.places.items() if p.pinned and r in shapes}
        return full(shapes, edges, dense=is_dense(len(shapes)), pins={**fixed, **pins})
    table = _Table(shapes, edges, before.spacing)
    loose = _take_over(table, before, shapes, edges, edges_before, pins)
    lanes = dict(before.lanes)
    _place_all(table, loose, before.places, edges, lanes)
    known = {edge.key for edge in edges}
    places = {role: table.places[role] for role in shapes}
    moved = {role for role, old in before.places.items() if places.get(role) != old}
    kept = {key: lane for key, lane in lanes.items() if key in known}
    return without_lanes(Layout(before.dense, places, kept), moved)


def _take_over(
    table: _Table,
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
            table.put(role, Place(*pins[role], shape.w, shape.h, pinned=True))
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
    table: _Table,
    loose: Sequence[str],
    before: Mapping[str, Place],
    edges: Sequence[EdgeView],
    lanes: dict[EdgeKey, Lane],
) -> None:
    """Places the loose cards, those with placed neighbours first, then whole new parts."""
    waiting = dict.fromkeys(loose)
    among = [e for e in edges if e.source in waiting and e.target in waiting]
    for group in groups(list(loose), among):
        settled_in = [role for role in group if role in before]
        for role in settled_in:
            table.take(role)
        if settled_in and not any(table.neighbours(role) for role in group):
            anchor = settled_in[0]
            shape = table.shapes[anchor]
            table.put(anchor, replace(before[anchor], w=shape.w, h=shape.h))
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
    table: _Table, group: Sequence[str], edges: Sequence[EdgeView], lanes: dict[EdgeKey, Lane]
) -> None:
    """Parks a part that has no edge to the rest: one card, or several laid out by themselves."""
    members = set(group)
    part = drawn(group, [e for e in edges if e.source in members], table.shapes, table.spacing)
    x, y = table.park(*part.size)
    places: dict[str, Place] = {}
    put_part(part, x, y, table.shapes, places, lanes)
    for role, place in places.items():
        table.put(role, place)
