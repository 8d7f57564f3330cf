"""One connected part of the picture from left to right, in columns (the layered method).

Pure layer; knows boxes and links, not roles. Ports are at fixed heights of their boxes: inports at
the left edge, outports at the right. Long links run in lanes that are kept free of boxes; links
that point left, and loops, run in the gutters with right angles. A part that is too wide for the
window continues in a second row, and so on, as far as it is shown larger that way.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from .geometry import GRID, Spacing
from .heights import place
from .ordering import Columns, arrange
from .proper import Link, Proper
from .ranks import ranks
from .rows import WORTH, Strip, cuts, worth
from .tracks import Lane, Tracks


class Drawing(msgspec.Struct, frozen=True):
    """Upper left corners of the boxes, lanes of the links, crossings, and what it takes.

    `bounds` is left, top, right, bottom, including lanes; `rows` the row of every box.
    """

    corners: tuple[tuple[int, int], ...]
    lanes: tuple[Lane, ...]
    crossings: int
    bounds: tuple[float, float, float, float]
    rows: tuple[int, ...] = ()

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in model pixels, lanes included."""
        left, top, right, bottom = self.bounds
        return int(right - left), int(bottom - top)


def _rounds(count: int) -> int:
    return 12 if count <= 400 else 8 if count <= 2000 else 4


def layered(sizes: Sequence[tuple[int, int]], links: Sequence[Link], spacing: Spacing) -> Drawing:
    """Lays out boxes that are connected with each other.

    In a graph without cycles every link points right or to a lower row. No two boxes overlap, all
    corners are on the grid. Deterministic: the same input in the same order gives the same drawing.

    Args:
        sizes: Width and height of the boxes, multiples of the grid.
        links: In any order; loops, cycles and several links between two boxes are fine.
        spacing: Distances to keep.
    """
    if not sizes:
        return Drawing((), (), 0, (0, 0, 0, 0))
    rank = ranks(len(sizes), [(link.a, link.b) for link in links])
    strip = _strip(sizes, links, rank, spacing)
    firsts = cuts(strip, spacing)
    drawing = _drawn(sizes, links, rank, firsts, spacing)
    if len(firsts) > 1:
        most = worth(strip.width(0, len(strip.widths), spacing), max(strip.heights))
        if worth(*drawing.size) < most * WORTH:
            uncut = _drawn(sizes, links, rank, [0], spacing)
            if worth(*drawing.size) < worth(*uncut.size) * WORTH:
                return uncut
    return drawing


def _strip(
    sizes: Sequence[tuple[int, int]],
    links: Sequence[Link],
    rank: Sequence[int],
    spacing: Spacing,
) -> Strip:
    """What the uncut picture measures, before anything is laid out."""
    count = max(rank) + 1
    widths, heights = [0] * count, [-spacing.row] * count
    for (w, h), column in zip(sizes, rank, strict=True):
        widths[column] = max(widths[column], w)
        heights[column] += h + spacing.row
    begins, ends = [0] * (count + 1), [0] * (count + 1)
    for link in links:
        low, high = sorted((rank[link.a], rank[link.b]))
        begins[low] += 1
        ends[high] += 1
    over = [0] * count
    for column in range(1, count):
        over[column] = over[column - 1] + begins[column - 1] - ends[column - 1]
        heights[column - 1] += spacing.lanes * (over[column] - begins[column - 1])
    return Strip(widths, heights, over, len(links))


def _drawn(
    sizes: Sequence[tuple[int, int]],
    links: Sequence[Link],
    rank: Sequence[int],
    firsts: Sequence[int],
    spacing: Spacing,
) -> Drawing:
    """The drawing with these rows."""
    proper = Proper(sizes, links, rank, firsts, spacing)
    columns = Columns(proper.order, proper.segments, proper.tied)
    crossed = arrange(columns)
    real = len(sizes)
    gaps = {0: spacing.row, 1: spacing.lane, 2: spacing.lanes}
    y = place(
        columns,
        proper.heights,
        lambda a, b: gaps[(a >= real) + (b >= real)],
        _rounds(columns.count),
    )
    tracks = Tracks(proper, y, spacing)
    corners, lanes = tracks.corners(), tracks.lanes()
    rows = tuple(proper.row[column] for column in rank)
    return Drawing(corners, lanes, crossed, _bounds(sizes, corners, lanes), rows)


def _bounds(
    sizes: Sequence[tuple[int, int]], corners: Sequence[tuple[int, int]], lanes: Sequence[Lane]
) -> tuple[float, float, float, float]:
    xs: list[float] = [x for x, _ in corners]
    xs += [x + w for (x, _), (w, _) in zip(corners, sizes, strict=True)]
    ys: list[float] = [y for _, y in corners]
    ys += [y + h for (_, y), (_, h) in zip(corners, sizes, strict=True)]
    for lane in lanes:
        more_x, more_y = lane.extent()
        xs += more_x
        ys += more_y
    snap = GRID
    left, top = min(xs) // snap * snap, min(ys) // snap * snap
    return (left, top, -(-max(xs) // snap) * snap, -(-max(ys) // snap) * snap)
