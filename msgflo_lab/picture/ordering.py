"""The order of the nodes within each column: as few crossings as a bounded search finds.

Pure layer; knows only numbers. Sweeps over the columns, each put in the order of the mean height of
its neighbours' *ports*, then (small graphs) exchanges of adjacent nodes. The best order seen wins.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence

import msgspec

SMALL = 400
"""With at most this many nodes and dummies the search is thorough."""
ROUNDS_SMALL, ROUNDS_MIDDLE, ROUNDS_LARGE = 24, 24, 5
PATIENCE = 4
"""Sweeps without a better order before the search ends."""
EXCHANGES = 6
"""At most this often all columns are searched for exchanges of neighbours."""


class Segment(msgspec.Struct, frozen=True):
    """One step of an edge from a node to one in the next column.

    Attributes:
        a, b: The left and the right node.
        pa, pb: Height of the port, relative to the node's upper edge.
        fa, fb: The same as a fraction of the node's height, below 1.
        weight: How much a bend here disturbs.
    """

    a: int
    b: int
    pa: int
    pb: int
    fa: float
    fb: float
    weight: float


class Columns:
    """Nodes in columns, edges only between neighbouring ones. Mutable, used within one layout.

    Attributes:
        order: The nodes of each column, from top to bottom.
        left: For each node the segments that end in it.
        right: For each node the segments that begin in it.
        tied: For the first and the last dummy of a link to the left, the node beside which it
            belongs: it has no neighbour on that side.
    """

    def __init__(
        self, order: list[list[int]], segments: Sequence[Segment], tied: dict[int, int]
    ) -> None:
        self.order = order
        count = sum(len(column) for column in order)
        self.left: list[list[Segment]] = [[] for _ in range(count)]
        self.right: list[list[Segment]] = [[] for _ in range(count)]
        for segment in segments:
            self.right[segment.a].append(segment)
            self.left[segment.b].append(segment)
        self.tied = tied
        self.count = count

    def positions(self) -> list[int]:
        """For each node its place within its column."""
        found = [0] * self.count
        for column in self.order:
            for i, node in enumerate(column):
                found[node] = i
        return found


def crossings(columns: Columns) -> int:
    """How many pairs of segments cross."""
    position = columns.positions()
    total = 0
    for column in columns.order[:-1]:
        ends: list[float] = []
        for node in column:
            segments = columns.right[node]
            if len(segments) == 1:
                only = segments[0]
                at = [position[only.b] + only.fb]
            else:
                at = [end for _, end in sorted((s.fa, position[s.b] + s.fb) for s in segments)]
            for end in at:
                total += len(ends) - bisect_right(ends, end)
                insort(ends, end)
    return total


def _key(node: int, columns: Columns, position: list[int], forward: bool) -> float | None:
    """The mean height of a node's neighbours in the column before it in this sweep."""
    segments = columns.left[node] if forward else columns.right[node]
    if not segments:
        return None
    if forward:
        return sum([position[s.a] + s.fa for s in segments]) / len(segments)
    return sum([position[s.b] + s.fb for s in segments]) / len(segments)


def _sorted_column(
    column: list[int], columns: Columns, position: list[int], forward: bool, flipped: bool
) -> list[int]:
    """The column by its keys; nodes without a key keep their place."""
    keys: dict[int, float] = {}
    for node in column:
        key = _key(node, columns, position, forward)
        if key is not None:
            keys[node] = key
    for node in column:
        if node not in keys and columns.tied.get(node) in keys:
            keys[node] = keys[columns.tied[node]] + 0.01
    keyed = [node for node in column if node in keys]
    if flipped:
        keyed.reverse()
    keyed.sort(key=keys.__getitem__)
    if len(keyed) == len(column):
        return keyed
    source = iter(keyed)
    return [next(source) if node in keys else node for node in column]


def _sweep(columns: Columns, position: list[int], forward: bool, flipped: bool) -> None:
    indices = range(1, len(columns.order))
    if not forward:
        indices = range(len(columns.order) - 2, -1, -1)
    for i in indices:
        column = _sorted_column(columns.order[i], columns, position, forward, flipped)
        columns.order[i] = column
        for place, node in enumerate(column):
            position[node] = place


def _pair(upper: Sequence[float], lower: Sequence[float]) -> int:
    """Crossings between the segments of two nodes, the first being above. Both sorted."""
    return sum([len(upper) - bisect_right(upper, end) for end in lower])


def _exchange(columns: Columns) -> bool:
    """Exchanges neighbours where that saves crossings; True if any did."""
    position = columns.positions()
    improved = False
    for column in columns.order:
        ends = {
            node: (
                sorted([position[s.a] + s.fa for s in columns.left[node]]),
                sorted([position[s.b] + s.fb for s in columns.right[node]]),
            )
            for node in column
        }
        for i in range(len(column) - 1):
            u, v = column[i], column[i + 1]
            (ul, ur), (vl, vr) = ends[u], ends[v]
            if _pair(ul, vl) + _pair(ur, vr) > _pair(vl, ul) + _pair(vr, ur):
                column[i], column[i + 1] = v, u
                improved = True
        for place, node in enumerate(column):
            position[node] = place
    return improved


def _searched(columns: Columns, forward: bool, rounds: int) -> int:
    """Sweeps and exchanges from the order at hand; leaves the best order and returns its cost."""
    best = [list(column) for column in columns.order]
    fewest = crossings(columns)
    thorough = columns.count <= SMALL
    position = columns.positions()
    waited = 0
    for i in range(rounds):
        if not fewest or waited >= PATIENCE:
            break
        _sweep(columns, position, forward=(i % 2 == 0) == forward, flipped=i % 4 >= 2)
        if thorough and i % 2 and _exchange(columns):
            position = columns.positions()
        found = crossings(columns)
        waited += 1
        if found < fewest:
            fewest, waited = found, 0
            best = [list(column) for column in columns.order]
    columns.order[:] = best
    if fewest and columns.count <= 4 * SMALL:
        for _ in range(EXCHANGES):
            if not _exchange(columns):
                break
        fewest = crossings(columns)
    return fewest


def arrange(columns: Columns) -> int:
    """Reorders `columns.order` in place and returns the number of crossings left.

    The given order is where the search starts and wins if nothing better is found. Small graphs
    are searched twice, from the left first and from the right first.
    """
    rounds = (
        ROUNDS_SMALL
        if columns.count <= SMALL
        else ROUNDS_MIDDLE
        if columns.count <= 4 * SMALL
        else ROUNDS_LARGE
    )
    start = [list(column) for column in columns.order]
    fewest = _searched(columns, True, rounds)
    if fewest and columns.count <= SMALL:
        first = [list(column) for column in columns.order]
        columns.order[:] = start
        found = _searched(columns, False, rounds)
        if found < fewest:
            return found
        columns.order[:] = first
    return fewest
