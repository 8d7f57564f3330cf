"""A layout under change: cards are put beside their neighbours, pushed aside, or parked.

Pure layer. The single moves of which `settle` makes a change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

from msgspec.structs import replace

from ..network import EdgeView
from .boxes import BoxIndex, grown, hull, overlap
from .geometry import HIGH, WIDE, Shape, Spacing, snapped
from .layout import EdgeKey, Place, free_slots, nearest_free
from .routes import Path, extent, runs_behind, sampled
from .rows import GUTTER_LEAST

FARTHEST_RIGHT = 1056
"""A card that would make the picture wider than this begins a new row instead."""
COLUMN_REACH = 48
"""A new card joins a column whose left edge is at most this far from where it would stand."""
PARKING_ROWS = 32
"""At most this many rows are tried for a parked card."""
SLOTS = 32
"""At most this many free slots are looked at for one that is clear of paths."""
PUSHES = 4000
"""At most this many pushes follow from one change."""


class Table:
    """The cards being moved about. Mutable; used within one change.

    `places` and `index` hold the cards that have their place, `paths` the edges drawn so far.
    """

    def __init__(
        self,
        shapes: Mapping[str, Shape],
        edges: Sequence[EdgeView],
        spacing: Spacing,
        paths: Mapping[EdgeKey, Path],
    ) -> None:
        self.shapes = shapes
        self.spacing = spacing
        self.paths = paths
        self.places: dict[str, Place] = {}
        self.index = BoxIndex()
        self.into: dict[str, list[EdgeView]] = {role: [] for role in shapes}
        self.out: dict[str, list[EdgeView]] = {role: [] for role in shapes}
        for edge in edges:
            if edge.source != edge.target:
                self.out[edge.source].append(edge)
                self.into[edge.target].append(edge)

    def put(self, role: str, place: Place) -> None:
        """Gives a card its place, or a new one."""
        self.places[role] = place
        self.index.put(role, place.box)

    def take(self, role: str) -> None:
        """Takes a card off the table."""
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

    def add(self, role: str) -> None:
        """Puts a card beside its neighbours that have their place; at least one has."""
        sources = [edge for edge in self.into[role] if edge.source in self.places]
        targets = [edge for edge in self.out[role] if edge.target in self.places]
        rows = [self.places[e.source].row for e in sources]
        row = max(rows) if rows else min(self.places[e.target].row for e in targets)
        before = [e for e in sources if self.places[e.source].row == row]
        behind = [e for e in targets if self.places[e.target].row == row]
        wish = self.aligned((before or behind)[0], role)
        x, pushed = self._column(role, before, behind)
        shape = self.shapes[role]
        place = Place(snapped(x), snapped(wish), shape.w, shape.h, row=row)
        if pushed:
            self._insert(role, place, [edge.target for edge in behind])
            return
        if not targets and self._is_too_far(place):
            place = self._next_row(place, before[0].source)
        self.put(role, self._slot(role, place))

    def _is_too_far(self, place: Place) -> bool:
        """True if the picture would become too wide with a card there."""
        whole = self.index.extent()
        return place.x + place.w > max(whole[2], whole[0] + FARTHEST_RIGHT)

    def _next_row(self, place: Place, source: str) -> Place:
        """The beginning of a row below the one that goes on with this place."""
        part: dict[str, None] = {source: None}
        queue = [source]
        for role in queue:
            ends = [e.source for e in self.into[role]] + [e.target for e in self.out[role]]
            for other in ends:
                if other in self.places and other not in part:
                    part[other] = None
                    queue.append(other)
        row = [self.places[role].box for role in part if self.places[role].row == place.row]
        left, _, _, bottom = hull(row)
        return replace(place, x=left, y=snapped(bottom + GUTTER_LEAST + 3.5), row=place.row + 1)

    def _slot(self, role: str, place: Place) -> Place:
        """The nearest free slot, rather one that no path of others runs through."""
        sources = {edge.source for edge in self.into[role]}
        targets = {edge.target for edge in self.out[role]}
        others = [
            (extent(path), path)
            for key, path in self.paths.items()
            if role not in (key[0], key[2]) and not (key[0] in sources and key[2] in targets)
        ]
        slots = list(islice(free_slots(self.index, place, self.spacing), SLOTS))
        for slot in slots:
            if not any(
                overlap(around, slot.box) and runs_behind(sampled(path), slot.box)
                for around, path in others
            ):
                return slot
        return slots[0]

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
            if target is not None and target.row == old.row and target.x >= old.box[2]:
                slack = min(target.x - old.box[2], self.spacing.insert)
                found.append((edge.target, new.box[2] + slack))
        margin = self.spacing.row / 2
        for name in self.index.touching(grown(new.box, margin, margin), role):
            if self.places[name].x > old.x:
                found.append((name, new.box[2] + self.spacing.insert))
        return found

    def widen(self, role: str, old: Place) -> None:
        """Keeps a card that has grown wider as far from its targets as it was, up to a column."""
        right, room = self.places[role].box[2], self.spacing.column
        wanted: list[tuple[str, float]] = []
        for edge in self.out[role]:
            target = self.places.get(edge.target)
            if target is not None and target.row == old.row and target.x >= old.box[2]:
                wanted.append((edge.target, right + min(target.x - old.box[2], room)))
        self.push(wanted)

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
                right = box[2] + self.spacing.insert - other.x
                if other.pinned:
                    continue
                if right < down:
                    self.put(name, replace(other, x=other.x + snapped(right + 3.5)))
                else:
                    self.put(name, replace(other, y=other.y + snapped(down + 3.5)))
                queue.append(name)

    def park(self, w: int, h: int) -> tuple[float, float]:
        """A free corner for a block of this size that keeps the picture compact."""
        if not self.places:
            return 0, 0
        lines = [(extent(path), path) for path in self.paths.values()]
        whole = hull([self.index.extent(), *(around for around, _ in lines)])
        left, top = snapped(whole[0]), snapped(whole[1])
        below = (float(left), float(snapped(whole[3] + self.spacing.row + 3.5)))
        beside = (float(snapped(whole[2] + self.spacing.column + 3.5)), float(top))
        candidates = [below, beside]
        parked = {role for role in self.places if not self.into[role] and not self.out[role]}
        stray = len(parked) < len(self.places)
        for y in sorted({snapped(self.places[role].y) for role in parked})[-PARKING_ROWS:]:
            band = (whole[0], y - self.spacing.lane, whole[2] + 1, y + h + self.spacing.lane)
            row = self.index.touching(band)
            if row and parked.issuperset(row):
                reach = max(self.index.boxes[name][2] for name in row) + self.spacing.column
                candidates.append((snapped(reach + 3.5), y))

        def cost(corner: tuple[float, float]) -> tuple[float, float, float]:
            x, y = corner
            box = (x, y, x + w, y + h)
            wide = max(whole[2], box[2]) - min(whole[0], box[0])
            high = max(whole[3], box[3]) - min(whole[1], box[1])
            crossed = any(
                overlap(around, box) and runs_behind(sampled(path), box) for around, path in lines
            )
            fit = max(1.0, wide / WIDE, high / HIGH)
            return fit + (100 if crossed else 0.1 if stray and corner == beside else 0), y, x

        return min(candidates, key=cost)
