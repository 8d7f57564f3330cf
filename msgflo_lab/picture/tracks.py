"""Where the links run: lanes between the cards, and tracks in the gutters beside and between rows.

Pure layer; knows boxes and links, not roles. A link to the right within a row swings from column to
column. One to the left turns at right angles. One to another row leaves its row on the right, runs
back between the rows and enters the other one from the left; no two of these lie on each other.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from .geometry import GRID, ROOM_WIDE, Spacing
from .proper import Link, Proper
from .rows import GUTTER_FIRST, GUTTER_NEXT, gutter_height, tracks_width

SHARED_TRACK = 24
"""Two links share a vertical beside the rows if there is this much between them."""


class Lane(msgspec.Struct, frozen=True):
    """Where the layout wants a link to run.

    Attributes:
        square: False: the link goes right and `points` holds, for every column gap in which it
            changes its height, `x_from, x_to, y_after`. True: it turns at right angles and `points`
            holds `x, y, x, y, ..., x`: verticals at the x, horizontals at the y, and one y more if
            there is an `after`.
        before, after: Of a square lane: how it goes right before its first and after its last
            vertical, written as the `points` of a lane that is not square.
    """

    square: bool
    points: tuple[float, ...]
    before: tuple[float, ...] = ()
    after: tuple[float, ...] = ()

    def moved(self, dx: float, dy: float) -> Lane:
        """The lane of a part that was moved as a whole."""

        def shifted(points: Sequence[float], period: int) -> tuple[float, ...]:
            last = period - 1
            return tuple(v + (dy if i % period == last else dx) for i, v in enumerate(points))

        points = shifted(self.points, 2 if self.square else 3)
        return Lane(self.square, points, shifted(self.before, 3), shifted(self.after, 3))

    def extent(self) -> tuple[list[float], list[float]]:
        """The x and the y that the lane adds to what its ends take."""
        ys = [*self.before[2::3], *self.after[2::3]]
        if self.square:
            return list(self.points[0::2]), ys + list(self.points[1::2])
        return [], ys + list(self.points[2::3])


class Tracks:
    """The corners of all boxes and the lanes of all links, the heights within each row being given.

    Attributes:
        y: Of every box and dummy.
        left, right: Edges of every column.
    """

    def __init__(self, proper: Proper, y: Sequence[float], spacing: Spacing) -> None:
        self.proper = proper
        self.y = list(y)
        row, rank = proper.row, proper.rank
        count = len(proper.order)
        self.used_out = [0] * count
        self.used_in = [0] * count
        self.outgoing = [0] * count
        self.incoming = [0] * count
        self.wrapped: list[int] = []
        for i, link in enumerate(proper.links):
            if row[rank[link.a]] != row[rank[link.b]]:
                self.wrapped.append(i)
            elif rank[link.a] >= rank[link.b]:
                self.outgoing[rank[link.a]] += 1
                self.incoming[rank[link.b]] += 1
        self.gutter: list[list[int]] = [[] for _ in proper.firsts]
        for i in self.wrapped:
            self.gutter[self._gutter_of(proper.links[i])].append(i)
        self._stack()
        self._columns(spacing)

    def _gutter_of(self, link: Link) -> int:
        """The row below which a link to another row runs back to the left."""
        a, b = self._rows(link)
        return b - 1 if b > a else b

    def _rows(self, link: Link) -> tuple[int, int]:
        rank, row = self.proper.rank, self.proper.row
        return row[rank[link.a]], row[rank[link.b]]

    def _stack(self) -> None:
        """Puts the rows below each other."""
        proper, y = self.proper, self.y
        tops = [float("inf")] * len(proper.firsts)
        ends = [0.0] * len(proper.firsts)
        for column, nodes in enumerate(proper.order):
            row = proper.row[column]
            tops[row] = min(tops[row], min([y[node] for node in nodes]))
            ends[row] = max(ends[row], max([y[node] + proper.heights[node] for node in nodes]))
        self.below: list[float] = []
        shifts: list[float] = []
        at = 0.0
        for row, (top, end) in enumerate(zip(tops, ends, strict=True)):
            shifts.append(at - top)
            at += end - top
            self.below.append(at)
            at += gutter_height(len(self.gutter[row]))
        for column, nodes in enumerate(proper.order):
            for node in nodes:
                y[node] += shifts[proper.row[column]]

    def _columns(self, spacing: Spacing) -> None:
        """The columns' edges: as far apart as fits into the window."""
        proper = self.proper
        real = len(proper.sizes)
        widths = [max([proper.sizes[n][0] for n in c if n < real]) for c in proper.order]
        leaving, entering = [0] * len(proper.firsts), [0] * len(proper.firsts)
        for i in self.wrapped:
            a, b = self._rows(proper.links[i])
            leaving[a] += 1
            entering[b] += 1
        room = ROOM_WIDE - tracks_width(max(entering))
        for gap in range(spacing.column, spacing.tight - 1, -GRID):
            self.left, self.right = self._edges(widths, gap)
            if all(
                self.right[column] + tracks_width(count) <= room
                for column, count in zip(proper.lasts, leaving, strict=True)
            ):
                break

    def _edges(self, widths: Sequence[int], gap: int) -> tuple[list[int], list[int]]:
        left: list[int] = []
        right: list[int] = []
        for column, width in enumerate(widths):
            if column in self.proper.first_set:
                left.append(0)
            else:
                verticals = self.outgoing[column - 1] + self.incoming[column]
                least = 2 * GUTTER_FIRST + GUTTER_NEXT * (verticals - 1)
                left.append(right[-1] + max(gap, least))
            right.append(left[-1] + width)
        return left, right

    def corners(self) -> tuple[tuple[int, int], ...]:
        """Upper left corners of the boxes."""
        rank = self.proper.rank
        return tuple((self.left[rank[n]], int(self.y[n])) for n in range(len(self.proper.sizes)))

    def lanes(self) -> tuple[Lane, ...]:
        """The lanes of the links, in their order."""
        links, rank = self.proper.links, self.proper.rank
        found: dict[int, Lane] = {}
        wrapped = set(self.wrapped)
        for i in sorted(range(len(links)), key=lambda i: abs(rank[links[i].a] - rank[links[i].b])):
            if i not in wrapped:
                found[i] = self._within(i)
        found.update(self._between())
        return tuple(found[i] for i in range(len(links)))

    def _within(self, i: int) -> Lane:
        """The lane of a link within its row."""
        link, chain = self.proper.links[i], self.proper.chains[i]
        rank = self.proper.rank
        if rank[link.a] >= rank[link.b]:
            if i in self.proper.loops:
                return self._backward(link, [self.y[link.a] + self.proper.loops[i]])
            return self._backward(link, [self.y[dummy] for dummy in chain])
        y = self.y[link.a] + link.pa
        ends = [self.y[dummy] for dummy in chain] + [self.y[link.b] + link.pb]
        return Lane(False, self._swings(rank[link.a], y, ends))

    def _swings(self, column: int, y: float, heights: Sequence[float]) -> tuple[float, ...]:
        """How a link goes right from a column, from one height to the next."""
        points: list[float] = []
        for step, after in enumerate(heights):
            if after != y:
                points += (self.right[column + step], self.left[column + step + 1], after)
            y = after
        return tuple(points)

    def _out(self, column: int) -> float:
        self.used_out[column] += 1
        return self.right[column] + GUTTER_FIRST + GUTTER_NEXT * (self.used_out[column] - 1)

    def _into(self, column: int) -> float:
        self.used_in[column] += 1
        return self.left[column] - GUTTER_FIRST - GUTTER_NEXT * (self.used_in[column] - 1)

    def _backward(self, link: Link, heights: Sequence[float]) -> Lane:
        """The lane of a link to the left; `heights` are those in the columns, target's first."""
        last, first = self.proper.rank[link.a], self.proper.rank[link.b]
        out_x, into_x = self._out(last), self._into(first)
        points: list[float] = [out_x]
        y = heights[-1]
        for column in range(last - 1, first - 1, -1):
            after = heights[column - first]
            if after != y:
                points += (y, (self.right[column] + self.left[column + 1]) // 2)
            y = after
        return Lane(True, (*points, y, into_x))

    def _between(self) -> dict[int, Lane]:
        """The lanes of the links between rows.

        What leaves a row high up turns far out and runs low, so that links whose order is the same
        at both ends do not cross.
        """
        proper = self.proper
        ends = {i: self._ends(i) for i in self.wrapped}
        track: dict[int, float] = {}
        into_x: dict[int, float] = {}
        for row, entering in enumerate(self.gutter):
            entering.sort(key=lambda i: (-ends[i][0], -ends[i][1], i))
            up = [i for i in entering if self._rows(proper.links[i])[1] == row]
            down = [i for i in entering if self._rows(proper.links[i])[1] != row]
            for n, i in enumerate(up + down):
                track[i] = self.below[row] + GUTTER_FIRST + GUTTER_NEXT * n
            for i in up + down[::-1]:
                b = self._rows(proper.links[i])[1]
                into_x[i] = self._into(proper.firsts[b])
        out_x: dict[int, float] = {}
        far: list[int] = []
        lowest_first = sorted(self.wrapped, key=lambda i: (-ends[i][0], -ends[i][1], i))
        for i in lowest_first:
            a, b = self._rows(proper.links[i])
            if b == a + 1:
                out_x[i] = self._out(proper.lasts[a])
            elif b != a - 1:
                far.append(i)
        for i in reversed(lowest_first):
            a, b = self._rows(proper.links[i])
            if b == a - 1:  # not where one that comes from above runs
                met = {out_x[j] for j in self.gutter[b] if j in out_x}
                while (x := self._out(proper.lasts[a])) in met:
                    pass
                out_x[i] = x
        out_x.update(self._far(far, ends, track))
        found: dict[int, Lane] = {}
        for i in self.wrapped:
            head = self._head(i)
            points = (out_x[i], track[i], into_x[i], ends[i][1])
            found[i] = Lane(True, points if head else points[:3], self._tail(i), head)
        return found

    def _far(
        self, far: Sequence[int], ends: dict[int, tuple[float, float]], track: dict[int, float]
    ) -> dict[int, float]:
        """Verticals beside all rows for the links that pass one or more; the shortest innermost."""
        outermost = max(
            self.right[column] + GUTTER_FIRST + GUTTER_NEXT * (self.used_out[column] - 1)
            for column in self.proper.lasts
        ) + (GUTTER_NEXT if self.wrapped else 0)
        slots: list[list[tuple[float, float]]] = []
        found: dict[int, float] = {}
        for i in sorted(far, key=lambda i: (abs(track[i] - ends[i][0]), i)):
            low = min(track[i], ends[i][0]) - SHARED_TRACK
            high = max(track[i], ends[i][0]) + SHARED_TRACK
            free = [
                n for n, slot in enumerate(slots) if all(high <= a or low >= b for a, b in slot)
            ]
            if not free:
                free = [len(slots)]
                slots.append([])
            n = free[0]
            slots[n].append((low + SHARED_TRACK, high - SHARED_TRACK))
            found[i] = outermost + GUTTER_NEXT * n
        return found

    def _split(self, i: int) -> tuple[list[int], list[int]]:
        """The dummies in the source's row and those in the target's."""
        link, chain = self.proper.links[i], self.proper.chains[i]
        a = self._rows(link)[0]
        column_of, row = self.proper.column_of, self.proper.row
        tail = [node for node in chain if row[column_of[node]] == a]
        return tail, chain[len(tail) :]

    def _ends(self, i: int) -> tuple[float, float]:
        """The heights at which a link leaves its row and enters the other one."""
        link = self.proper.links[i]
        tail, head = self._split(i)
        out = self.y[tail[-1]] if tail else self.y[link.a] + link.pa
        return out, self.y[head[0]] if head else self.y[link.b] + link.pb

    def _tail(self, i: int) -> tuple[float, ...]:
        link = self.proper.links[i]
        heights = [self.y[node] for node in self._split(i)[0]]
        return self._swings(self.proper.rank[link.a], self.y[link.a] + link.pa, heights)

    def _head(self, i: int) -> tuple[float, ...]:
        link, head = self.proper.links[i], self._split(i)[1]
        if not head:
            return ()
        heights = [*(self.y[node] for node in head[1:]), self.y[link.b] + link.pb]
        return self._swings(self.proper.column_of[head[0]], self.y[head[0]], heights)
