"""The proper graph of the layered method: links cut into steps, rows taken into account.

Pure layer; knows boxes and links, not roles.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import msgspec

from .geometry import Spacing
from .ordering import Segment

SHORT, MIXED, LONG = 2.0, 1.0, 6.0
"""Weights of a link's step between two boxes, a box and a dummy, two dummies."""
EARLIER_PORTS = 512
"""Divides the heights of a step's ports into what it weighs less: of two links that cannot both be
straight, the one between earlier ports is."""


class Link(msgspec.Struct, frozen=True):
    """From box `a`, at height `pa`, to box `b`, at height `pb`."""

    a: int
    pa: int
    b: int
    pb: int


class Proper:
    """The proper graph: every link cut into steps between neighbouring columns.

    Attributes:
        rank: The column of every box.
        firsts, lasts: The first and the last column of every row.
        row: The row of every column.
        order: The nodes of every column: boxes, then dummies from `len(sizes)` on.
        heights: Of every node, loops included.
        chains: The dummies of every link, from left to right.
        loops: How far below its box's top a loop runs.
    """

    def __init__(
        self,
        sizes: Sequence[tuple[int, int]],
        links: Sequence[Link],
        rank: Sequence[int],
        firsts: Sequence[int],
        spacing: Spacing,
    ) -> None:
        self.sizes = sizes
        self.links = links
        self.rank = rank
        self.firsts = list(firsts)
        self.first_set = set(firsts)
        count = max(rank, default=-1) + 1
        self.lasts = [first - 1 for first in (*firsts[1:], count)]
        self.row: list[int] = []
        for row, (first, last) in enumerate(zip(self.firsts, self.lasts, strict=True)):
            self.row += [row] * (last - first + 1)
        self.heights = [h for _, h in sizes]
        self.order: list[list[int]] = [[] for _ in range(count)]
        self.segments: list[Segment] = []
        self.tied: dict[int, int] = {}
        self.chains: list[list[int]] = []
        self.column_of = list(rank)
        self.loops: dict[int, int] = {}
        for i, link in enumerate(links):
            if link.a == link.b:
                self.loops[i] = self._loop(link.a, spacing)
        for link in links:
            if link.a == link.b:
                self.chains.append([])
            elif self.row[rank[link.a]] != self.row[rank[link.b]]:
                self.chains.append(self._wrapped(link))
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
        if weight:
            weight -= min(0.5, (pa + pb) / EARLIER_PORTS)
        self.segments.append(Segment(a, b, pa, pb, fa, fb, weight))

    def _steps(self, link: Link, nodes: Sequence[int]) -> None:
        """Joins a link's nodes from left to right, in neighbouring columns of one row."""
        weights = (SHORT, MIXED, LONG)
        real = len(self.sizes)
        for a, b in pairwise(nodes):
            pa, pb = link.pa if a == link.a else 0, link.pb if b == link.b else 0
            self._join(a, pa, b, pb, weights[(a >= real) + (b >= real)])

    def _forward(self, link: Link) -> list[int]:
        chain = [self._dummy(column) for column in range(self.rank[link.a] + 1, self.rank[link.b])]
        self._steps(link, (link.a, *chain, link.b))
        return chain

    def _wrapped(self, link: Link) -> list[int]:
        """Dummies up to the end of the source's row, and from the beginning of the target's.

        Between two rows that follow each other the last and the first node are joined, without
        weight: their order counts, their heights do not.
        """
        a, b = self.row[self.rank[link.a]], self.row[self.rank[link.b]]
        tail = [self._dummy(c) for c in range(self.rank[link.a] + 1, self.lasts[a] + 1)]
        head = [self._dummy(c) for c in range(self.firsts[b], self.rank[link.b])]
        leaving, entering = (link.a, *tail), (*head, link.b)
        self._steps(link, leaving)
        self._steps(link, entering)
        if b == a + 1:
            pa, pb = 0 if tail else link.pa, 0 if head else link.pb
            self._join(leaving[-1], pa, entering[0], pb, 0.0)
        return tail + head

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
