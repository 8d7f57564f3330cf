"""Where a long picture is cut into rows, as a text is into lines.

Pure layer; knows only numbers. The cuts are those with which the picture is shown largest, as far
as one can tell before it is laid out; rather few edges are cut, and rather none at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import msgspec

from .geometry import ROOM_HIGH, ROOM_WIDE, Spacing, zoom

GUTTER_FIRST, GUTTER_NEXT = 24, 8
"""Distances of the first track of a gutter from the cards, and of the next ones."""
GUTTER_LEAST = 48
"""Between two rows, however few edges run there."""
WORTH = 1.15
"""Cut only if the picture becomes larger by this factor."""
CUT, CUT_EDGES = 0.03, 1.0
"""What a cut of one edge costs, and what it would cost to cut all others; shares of the worth."""
DEAREST = 0.5
"""All cuts together cost no more than this share."""
RAGGED = 0.3
"""How much it disturbs that a row is shorter than it may be, in row heights."""
COUNTS = 8
"""At most so many numbers of rows are tried."""
MANY = 100
"""With more columns than this only the middle one of these is tried:"""
STRETCHES = (1.02, 1.12, 1.3)
"""How much longer than the mean the longest row may be; each is tried."""


class Strip(msgspec.Struct, frozen=True):
    """The uncut picture.

    Attributes:
        widths: Of the columns.
        heights: Of the columns, including the edges that pass.
        over: How many edges run between each column and the one before it, 0 for the first.
        edges: How many there are.
    """

    widths: Sequence[int]
    heights: Sequence[int]
    over: Sequence[int]
    edges: int

    def width(self, first: int, end: int, spacing: Spacing) -> int:
        """Width of the columns from first to end (excluded), as tight as can be."""
        return sum(self.widths[first:end]) + spacing.tight * (end - first - 1)


def worth(wide: float, high: float) -> float:
    """How well a picture of this size can be read, from 0 to 1.

    Its zoom in the window counts, and that in a window that is as high as one likes.
    """
    return float((zoom(wide, high) * zoom(wide, 0)) ** 0.5)


def tracks_width(count: int) -> int:
    """What so many tracks take beside the cards."""
    return GUTTER_FIRST + GUTTER_NEXT * (count - 1) if count else 0


def gutter_height(count: int) -> int:
    """The distance of two rows between which so many tracks run."""
    return max(GUTTER_LEAST, 2 * GUTTER_FIRST + GUTTER_NEXT * (count - 1))


def cuts(strip: Strip, spacing: Spacing) -> list[int]:
    """The first column of every row; `[0]` if the picture stays in one."""
    count = len(strip.widths)
    whole = strip.width(0, count, spacing)
    if count < 2 or whole <= ROOM_WIDE:
        return [0]
    best, most = [0], worth(whole, max(strip.heights)) * WORTH
    mean = sum(strip.heights) / count + GUTTER_LEAST
    ideal = (whole * ROOM_HIGH / (ROOM_WIDE * mean)) ** 0.5
    low, high = max(2, int(ideal / 1.7)), min(count, int(ideal * 1.7) + 2)
    tried: set[tuple[int, ...]] = set()
    for number in range(low, high + 1, 1 + (high - low) // COUNTS):
        for stretch in STRETCHES if count <= MANY else STRETCHES[1:2]:
            found = _broken(strip, spacing, whole / number * stretch)
            if tuple(found) in tried:
                continue
            tried.add(tuple(found))
            reached = _worth(strip, spacing, found)
            if reached > most + 1e-9:
                best, most = found, reached
    return best


def _broken(strip: Strip, spacing: Spacing, room: float) -> list[int]:
    """The lowest and most even rows that are not wider than the room (or have one column)."""
    count = len(strip.widths)
    cost = [0.0] * (count + 1)
    end_of = [count] * count
    for first in range(count - 1, -1, -1):
        width, height = -spacing.tight, 0
        least = float("inf")
        for end in range(first + 1, count + 1):
            width += spacing.tight + strip.widths[end - 1]
            if width > room and end > first + 1:
                break
            height = max(height, strip.heights[end - 1])
            short = max(0.0, 1 - width / room)
            total = cost[end] + height * (1 + RAGGED * short * short)
            if end < count:
                total += gutter_height(strip.over[end]) + GUTTER_NEXT * strip.over[end]
            if total <= least + 1e-9:
                least, end_of[first] = total, end
        cost[first] = least
    found, at = [], 0
    while at < count:
        found.append(at)
        at = end_of[at]
    return found


def _worth(strip: Strip, spacing: Spacing, firsts: Sequence[int]) -> float:
    """What the picture is worth with these cuts, less what they cost."""
    ends = [*firsts, len(strip.widths)]
    cut = [strip.over[first] for first in firsts[1:]]
    beside = 2 * tracks_width(max(cut, default=0))
    wide = max(strip.width(first, end, spacing) for first, end in pairwise(ends)) + beside
    high = sum(max(strip.heights[first:end]) for first, end in pairwise(ends))
    high += sum(gutter_height(count) for count in cut)
    more = sum(count - 1 for count in cut) / strip.edges
    return worth(wide, high) * (1 - min(DEAREST, CUT * len(cut) + CUT_EDGES * more))
