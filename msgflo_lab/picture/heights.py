"""The height of every node, its order in the column being given: edges as straight as can be.

Pure layer; knows only numbers. Each column in turn is put where the weighted sum of the vertical
distances between connected ports is least while its nodes keep their order and distances. That is
an isotonic regression, solved by pooling adjacent violators; because distances count (not their
squares) the answer is a median, so an edge that can be straight is straight, and what starts on the
grid stays on it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from .ordering import Columns

Target = tuple[float, float]
"""A wished height and how much it is wished."""
TIE = 0.5
"""Weight of the wish to stay beside one's node."""
STAY = 0.01
"""Weight of the wish to stay where one is."""


def _median(targets: Sequence[Target], total: float) -> float:
    """The lower weighted median of sorted targets."""
    half = total / 2 - 1e-9
    passed = 0.0
    for value, weight in targets:
        passed += weight
        if passed >= half:
            return value
    return targets[-1][0]


class _Block:
    """Neighbours that touch each other and move together."""

    __slots__ = ("count", "targets", "total", "value")

    def __init__(self, targets: list[Target]) -> None:
        self.targets = sorted(targets)
        self.total = sum([weight for _, weight in targets])
        self.value = _median(self.targets, self.total)
        self.count = 1

    def absorb(self, other: _Block) -> None:
        self.targets = sorted(self.targets + other.targets)
        self.total += other.total
        self.count += other.count
        self.value = _median(self.targets, self.total)


def isotonic(wishes: Sequence[list[Target]]) -> list[float]:
    """Values that never fall, with the least weighted sum of distances to the wishes.

    Args:
        wishes: For each value, in order, at least one target.
    """
    blocks: list[_Block] = []
    for targets in wishes:
        block = _Block(targets)
        while blocks and blocks[-1].value > block.value:
            previous = blocks.pop()
            previous.absorb(block)
            block = previous
        blocks.append(block)
    return [block.value for block in blocks for _ in range(block.count)]


def _offsets(
    column: Sequence[int], heights: Sequence[int], gap: Callable[[int, int], int]
) -> list[int]:
    """For each node of a column its least distance from the first one."""
    offsets = [0]
    for upper, lower in pairwise(column):
        offsets.append(offsets[-1] + heights[upper] + gap(upper, lower))
    return offsets


def _settle(
    columns: Columns, i: int, offsets: Sequence[int], y: list[float], left: bool, right: bool
) -> None:
    """Puts one column where its neighbours on the given sides want it."""
    wishes: list[list[Target]] = []
    for node, offset in zip(columns.order[i], offsets, strict=True):
        targets: list[Target] = []
        if left:
            for s in columns.left[node]:
                targets.append((y[s.a] + s.pa - s.pb - offset, s.weight))
        if right:
            for s in columns.right[node]:
                targets.append((y[s.b] + s.pb - s.pa - offset, s.weight))
        if node in columns.tied:
            targets.append((y[columns.tied[node]] - offset, TIE))
        targets.append((y[node] - offset, STAY if targets else STAY * 10))
        wishes.append(targets)
    for node, offset, value in zip(columns.order[i], offsets, isotonic(wishes), strict=True):
        y[node] = value + offset


def _cost(columns: Columns, y: Sequence[float]) -> float:
    return sum(
        [
            abs(y[s.a] + s.pa - y[s.b] - s.pb) * s.weight
            for segments in columns.right
            for s in segments
        ]
    )


def place(
    columns: Columns, heights: Sequence[int], gap: Callable[[int, int], int], rounds: int
) -> list[float]:
    """The upper edge of every node, the topmost being 0.

    Args:
        columns: Order and edges.
        heights: Of every node; multiples of the grid.
        gap: The least distance between two neighbours of a column; multiples of the grid.
        rounds: Pairs of sweeps.
    """
    offsets = [_offsets(column, heights, gap) for column in columns.order]
    y = [0.0] * columns.count
    for column, each in zip(columns.order, offsets, strict=True):
        for node, offset in zip(column, each, strict=True):
            y[node] = offset
    last = len(columns.order)
    best, least = list(y), float("inf")
    for turn in range(rounds):
        both = turn >= rounds // 2
        for i in range(1, last):
            _settle(columns, i, offsets[i], y, True, both)
        for i in range(last - 1 if both else last - 2, -1, -1):
            _settle(columns, i, offsets[i], y, both, True)
        cost = _cost(columns, y)
        if cost < least:
            best, least = list(y), cost
        elif both:
            break
    top = min(best, default=0.0)
    return [each - top for each in best]
