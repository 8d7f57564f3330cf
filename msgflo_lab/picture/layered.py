"""One connected part of the picture from left to right, in columns (the layered method).

Pure layer; knows boxes and links, not roles. Ports are at fixed heights of their boxes: inports at
the left edge, outports at the right. Long links run in lanes that are kept free of boxes; links
that point left, and loops, run in the gutters with right angles.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import msgspec

from .geometry import DENSE, GRID, Spacing
from .heights import place
from .ordering import Columns, Segment, arrange
from .ranks import ranks

SHORT, MIXED, LONG = 2.0, 1.0, 6.0
"""Weights of a link's step between two boxes, a box and a dummy, two dummies."""
EARLIER_PORTS = 512
"""Divides the heights of a step's ports into what it weighs less: of two links that cannot both be
straight, the one between earlier ports is."""
GUTTER_FIRST, GUTTER_NEXT = 24, 8
"""Distances of the first vertical of a gutter from the cards, and of the next ones."""


class Link(msgspec.Struct, frozen=True):
    """From box `a`, at height `pa`, to box `b`, at height `pb`."""

    a: int
    pa: int
    b: int
    pb: int


class Lane(msgspec.Struct, frozen=True):
    """Where the layout wants a link to run.

    Attributes:
        square: False: the link goes right and `points` holds, for every column gap in which it
            changes its height, `x_from, x_to, y_after`. True: it turns at right angles and `points`
            holds `x, y, x, y, ..., x`: verticals at the x, horizontals at the y.
    """

    square: bool
    points: tuple[float, ...]

    def moved(self, dx: float, dy: float) -> Lane:
        """The lane of a part that was moved as a whole."""
        period, heights = (2, 1) if self.square else (3, 2)
        return Lane(
            self.square,
            tuple(
                value + (dy if i % period == heights else dx) for i, value in enumerate(self.points)
            ),
        )


class Drawing(msgspec.Struct, frozen=True):
    """Upper left corners of the boxes, lanes of the links, crossings, and what it takes.

    `bounds` is left, top, right, bottom, including lanes.
    """

    corners: tuple[tuple[int, int], ...]
    lanes: tuple[Lane, ...]
    crossings: int
    bounds: tuple[float, float, float, float]


class _Builder:
    """The proper graph: every link cut into steps between neighbouring columns."""

    def __init__(
        self, sizes: Sequence[tuple[int, int]], links: Sequence[Link], spacing: Spacing
    ) -> None:
        self.sizes = sizes
        self.links = links
        self.rank = ranks(len(sizes), [(link.a, link.b) for link in links])
        self.heights = [h for _, h in sizes]
        self.order: list[list[int]] = [[] for _ in range(max(self.rank, default=-1) + 1)]
        self.segments: list[Segment] = []
        self.tied: dict[int, int] = {}
        self.chains: list[list[int]] = []
        self.column_of = list(self.rank)
        self.loops: dict[int, int] = {}
        for i, link in enumerate(links):
            if link.a == link.b:
                self.loops[i] = self._loop(link.a, spacing)
        for link in links:
            if link.a == link.b:
                self.chains.append([])
            elif self.rank[link.a] < self.rank[link.b]:
                self.chains.append(self._forward(link))
            else:
                self.chains.append(self._backward(link))
        self._fill()

    def _loop(self, node: int, spacing: Spacing) -> int:
        """Makes room below a box for one more link to itself; returns how far below its top."""
        first = self.heights[node] == self.sizes[node][1]
        self.heights[node] += spacing.lane if first else spacing.lanes
        return self.heights[node]

    def _dummy(self, column: int) -> int:
        self.heights.append(0)
        self.column_of.append(column)
        return len(self.heights) - 1

    def _join(self, a: int, pa: int, b: int, pb: int, weight: float) -> None:
        ha, hb = self.heights[a], self.heights[b]
        fa = pa / (ha + 1) if ha else 0.5
        fb = pb / (hb + 1) if hb else 0.5
        weight -= min(0.5, (pa + pb) / EARLIER_PORTS)
        self.segments.append(Segment(a, b, pa, pb, fa, fb, weight))

    def _forward(self, link: Link) -> list[int]:
        columns = range(self.rank[link.a] + 1, self.rank[link.b])
        chain = [self._dummy(column) for column in columns]
        if not chain:
            self._join(link.a, link.pa, link.b, link.pb, SHORT)
            return chain
        self._join(link.a, link.pa, chain[0], 0, MIXED)
        for a, b in pairwise(chain):
            self._join(a, 0, b, 0, LONG)
        self._join(chain[-1], 0, link.b, link.pb, MIXED)
        return chain

    def _backward(self, link: Link) -> list[int]:
        """Dummies in all columns from the target's to the source's, both included."""
        columns = range(self.rank[link.b], self.rank[link.a] + 1)
        chain = [self._dummy(column) for column in columns]
        for a, b in pairwise(chain):
            self._join(a, 0, b, 0, LONG)
        self.tied[chain[0]] = link.b
        self.tied[chain[-1]] = link.a
        return chain

    def _fill(self) -> None:
        """A first order: depth first from the left, so that what belongs together is together."""
        after: list[list[int]] = [[] for _ in self.heights]
        for s in sorted(self.segments, key=lambda s: (s.a, s.pa)):
            after[s.a].append(s.b)
        for dummy, node in self.tied.items():
            after[node].append(dummy)
        seen = [False] * len(self.heights)
        roots = sorted(range(len(self.heights)), key=lambda node: self.column_of[node])
        for root in roots:
            stack = [root]
            while stack:
                node = stack.pop()
                if seen[node]:
                    continue
                seen[node] = True
                self.order[self.column_of[node]].append(node)
                stack.extend(reversed(after[node]))


def _rounds(count: int) -> int:
    return 12 if count <= 400 else 8 if count <= 2000 else 4


def layered(sizes: Sequence[tuple[int, int]], links: Sequence[Link], spacing: Spacing) -> Drawing:
    """Lays out boxes that are connected with each other.

    In a graph without cycles every link points right. No two boxes overlap, all corners are on the
    grid. Deterministic: the same input in the same order gives the same drawing.

    Args:
        sizes: Width and height of the boxes, multiples of the grid.
        links: In any order; loops, cycles and several links between two boxes are fine.
        spacing: Distances to keep.
    """
    if not sizes:
        return Drawing((), (), 0, (0, 0, 0, 0))
    built = _Builder(sizes, links, spacing)
    columns = Columns(built.order, built.segments, built.tied)
    crossed = arrange(columns)
    real = len(sizes)
    gaps = {0: spacing.row, 1: spacing.lane, 2: spacing.lanes}
    y = place(
        columns,
        built.heights,
        lambda a, b: gaps[(a >= real) + (b >= real)],
        _rounds(columns.count),
    )
    tracks = _Tracks(built, y, spacing)
    inner_first = sorted(
        range(len(links)), key=lambda i: abs(built.rank[links[i].a] - built.rank[links[i].b])
    )
    found = {i: tracks.lane(i) for i in inner_first}
    lanes = tuple(found[i] for i in range(len(links)))
    corners = tuple((tracks.left[built.rank[node]], int(y[node])) for node in range(real))
    return Drawing(corners, lanes, crossed, _bounds(sizes, corners, lanes))


class _Tracks:
    """Where the columns begin and end, and which gutters the links take."""

    def __init__(self, built: _Builder, y: Sequence[float], spacing: Spacing) -> None:
        self.built = built
        self.y = y
        self.dense = spacing is DENSE
        last = len(built.order)
        widths = [
            max([built.sizes[n][0] for n in column if n < len(built.sizes)])
            for column in built.order
        ]
        self.outgoing = [0] * (last + 1)
        self.incoming = [0] * (last + 1)
        for link in built.links:
            if built.rank[link.a] >= built.rank[link.b]:
                self.outgoing[built.rank[link.a] + 1] += 1
                self.incoming[built.rank[link.b]] += 1
        self.left: list[int] = [0]
        self.right: list[int] = []
        for i in range(last):
            self.right.append(self.left[i] + widths[i])
            verticals = self.outgoing[i + 1] + self.incoming[i + 1]
            gap = max(spacing.column, 2 * GUTTER_FIRST + GUTTER_NEXT * (verticals - 1))
            self.left.append(self.right[i] + gap)
        self.used_out = [0] * (last + 1)
        self.used_in = [0] * (last + 1)

    def lane(self, i: int) -> Lane:
        link, chain = self.built.links[i], self.built.chains[i]
        rank = self.built.rank
        if rank[link.a] >= rank[link.b]:
            if i in self.built.loops:
                return self._square(link, [self.y[link.a] + self.built.loops[i]])
            return self._square(link, [self.y[dummy] for dummy in chain])
        points: list[float] = []
        y = self.y[link.a] + link.pa
        ends = [self.y[dummy] for dummy in chain] + [self.y[link.b] + link.pb]
        for step, after in enumerate(ends):
            if after != y:
                column = rank[link.a] + step
                points += (self.right[column], self.left[column + 1], after)
            y = after
        return Lane(False, tuple(points))

    def _square(self, link: Link, heights: Sequence[float]) -> Lane:
        """The lane of a link to the left; `heights` are those in the columns, target's first."""
        last, first = self.built.rank[link.a], self.built.rank[link.b]
        out_x = self.right[last] + GUTTER_FIRST + GUTTER_NEXT * self.used_out[last + 1]
        self.used_out[last + 1] += 1
        into_x = self.left[first] - GUTTER_FIRST - GUTTER_NEXT * self.used_in[first]
        self.used_in[first] += 1
        points: list[float] = [out_x]
        y = heights[-1]
        for column in range(last - 1, first - 1, -1):
            after = heights[column - first]
            if after != y:
                points += (y, (self.right[column] + self.left[column + 1]) // 2)
            y = after
        return Lane(True, (*points, y, into_x))


def _bounds(
    sizes: Sequence[tuple[int, int]], corners: Sequence[tuple[int, int]], lanes: Sequence[Lane]
) -> tuple[float, float, float, float]:
    xs: list[float] = [x for x, _ in corners]
    xs += [x + w for (x, _), (w, _) in zip(corners, sizes, strict=True)]
    ys: list[float] = [y for _, y in corners]
    ys += [y + h for (_, y), (_, h) in zip(corners, sizes, strict=True)]
    for lane in lanes:
        if lane.square:
            xs += lane.points[0::2]
            ys += lane.points[1::2]
        else:
            ys += lane.points[2::3]
    snap = GRID
    left, top = min(xs) // snap * snap, min(ys) // snap * snap
    return (left, top, -(-max(xs) // snap) * snap, -(-max(ys) // snap) * snap)
