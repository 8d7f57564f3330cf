"""The path of an edge: see `scene` for what a path is.

Pure layer. An edge leaves and enters horizontally. Forward it is one S, or S, straight, S along a
lane; backward and in a loop it turns at right angles with rounded corners. No path runs behind a
card that is not one of its ends, if there is a way round.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .boxes import Box, BoxIndex, grown, overlap
from .layered import Lane

OUT_OF_PORT = 3
"""How far from the card's edge a path begins and ends, in model pixels."""
CORNER = 14
"""Radius of a rounded corner."""
NEAR_END = 2.0
"""No control point lies as near to an end as this."""
MARGIN_X, MARGIN_Y = 4, 6
"""How far a path stays away from foreign cards."""
TRIES = 160
"""At most this many lanes are tried for one edge."""
MOST_AWAY = 9
"""So many verticals are tried on either side of a path in the gutters."""
MIN_TURN = 24
"""Least room between a card and a lane's first bend."""

Point = tuple[float, float]
Path = tuple[float, ...]


def _path(start: Point, controls: Iterable[Point], end: Point) -> Path:
    flat: list[float] = [*start]
    for x, y in controls:
        if (abs(x - start[0]) > NEAR_END or abs(y - start[1]) > NEAR_END) and (
            abs(x - end[0]) > NEAR_END or abs(y - end[1]) > NEAR_END
        ):
            flat += (x, y)
    flat += end
    return tuple(int(value) if value == int(value) else round(value, 2) for value in flat)


def _bend(x0: float, y0: float, x1: float, y1: float) -> tuple[Point, Point]:
    """The controls of an S: at a quarter and three quarters of the way."""
    return (x0 + (x1 - x0) / 4, y0), (x1 - (x1 - x0) / 4, y1)


def curve(start: Point, end: Point) -> Path:
    """One S."""
    return _path(start, _bend(*start, *end), end)


def smooth(start: Point, points: Sequence[float], end: Point) -> Path:
    """S, straight, S along a lane (`Lane.points` with `square` False)."""
    steps = [tuple(points[i : i + 3]) for i in range(0, len(points), 3)]
    if not steps:
        return curve(start, end)
    if len(steps) == 1 and steps[0][0] - start[0] < MIN_TURN and end[0] - steps[0][1] < MIN_TURN:
        return curve(start, end)
    controls: list[Point] = []
    y = start[1]
    for i, (x0, x1, after) in enumerate(steps):
        if i == len(steps) - 1:
            after = end[1]
        x0, x1 = max(x0, start[0] + 4), min(x1, end[0] - 4)
        controls += ((x0, y), *_bend(x0, y, x1, after), (x1, after))
        y = after
    return _path(start, controls, end)


def square(start: Point, points: Sequence[float], end: Point) -> Path:
    """Right angles with rounded corners (`Lane.points` with `square` True)."""
    corners: list[Point] = [start]
    y = start[1]
    for i, value in enumerate(points):
        if i % 2 == 0:
            corners.append((value, y))
            after = points[i + 1] if i + 1 < len(points) else end[1]
            corners.append((value, after))
            y = after
    corners.append(end)
    kept = [corners[0]]
    for point in corners[1:]:
        if abs(point[0] - kept[-1][0]) + abs(point[1] - kept[-1][1]) > 0.5:
            kept.append(point)
    controls: list[Point] = []
    for i in range(1, len(kept) - 1):
        before, corner, after_point = kept[i - 1 : i + 2]
        controls.append(_towards(corner, before, 1.0 if i == 1 else 0.5))
        controls.append(corner)
        controls.append(_towards(corner, after_point, 1.0 if i == len(kept) - 2 else 0.5))
    return _path(start, controls, end)


def _towards(corner: Point, other: Point, share: float) -> Point:
    """The control before or after a rounded corner: twice the radius away, if there is room."""
    length = abs(other[0] - corner[0]) + abs(other[1] - corner[1])
    away = min(2 * CORNER, length * share) / length
    return corner[0] + (other[0] - corner[0]) * away, corner[1] + (other[1] - corner[1]) * away


def quads(path: Path) -> list[tuple[Point, Point, Point]]:
    """Start, control and end of every quadratic curve of a path; none if it is a straight line."""
    pairs = [(path[i], path[i + 1]) for i in range(0, len(path), 2)]
    controls = pairs[1:-1]
    found: list[tuple[Point, Point, Point]] = []
    at = pairs[0]
    for i, control in enumerate(controls):
        if i == len(controls) - 1:
            joint = pairs[-1]
        else:
            joint = ((control[0] + controls[i + 1][0]) / 2, (control[1] + controls[i + 1][1]) / 2)
        found.append((at, control, joint))
        at = joint
    return found


def sampled(path: Path, steps: int = 6) -> list[Point]:
    """Points along a path, ends included."""
    points = [(path[0], path[1])]
    for (x0, y0), (cx, cy), (x1, y1) in quads(path):
        for i in range(1, steps + 1):
            u = i / steps
            v = 1 - u
            points.append((v * v * x0 + 2 * u * v * cx + u * u * x1,
                           v * v * y0 + 2 * u * v * cy + u * u * y1))  # fmt: skip
    points.append((path[-2], path[-1]))
    return points


def extent(path: Path) -> Box:
    """A box around a path and all its control points."""
    xs, ys = path[0::2], path[1::2]
    return (min(xs), min(ys), max(xs), max(ys))


def blockers(path: Path, index: BoxIndex, *ends: str) -> list[str]:
    """The foreign cards that a path runs behind."""
    x0, y0, x1, y1 = extent(path)
    near = index.touching((x0 - MARGIN_X, y0 - MARGIN_Y, x1 + MARGIN_X, y1 + MARGIN_Y), *ends)
    if not near:
        return []
    points = sampled(path)
    return [name for name in near if runs_behind(points, index.boxes[name])]


def runs_behind(points: Sequence[Point], box: Box) -> bool:
    """True if the chain of straight lines through the points enters the box's margin."""
    left, top = box[0] - MARGIN_X, box[1] - MARGIN_Y
    right, bottom = box[2] + MARGIN_X, box[3] + MARGIN_Y
    x0, y0 = points[0]
    for x1, y1 in points:
        beside = x0 <= left >= x1 or x0 >= right <= x1 or y0 <= top >= y1 or y0 >= bottom <= y1
        if not beside:
            # Liang and Barsky: the part of the line inside the box's x, then inside its y.
            dx, dy = x1 - x0, y1 - y0
            first, last = 0.0, 1.0
            if dx:
                u, v = (left - x0) / dx, (right - x0) / dx
                first, last = (u, v) if u < v else (v, u)
            if dy:
                u, v = (top - y0) / dy, (bottom - y0) / dy
                first, last = max(first, min(u, v)), min(last, max(u, v))
            if max(first, 0.0) < min(last, 1.0):
                return True
        x0, y0 = x1, y1
    return False


class Runs:
    """The long straight stretches of the paths there are, so that new ones keep off them."""

    APART = 6
    SHORT = 36

    def __init__(self) -> None:
        self.boxes: list[Box] = []

    def add(self, path: Path) -> None:
        """Notes the stretches of one path."""
        for i in range(0, len(path) - 2, 2):
            x0, y0, x1, y1 = path[i : i + 4]
            if (x0 == x1) != (y0 == y1) and abs(x1 - x0) + abs(y1 - y0) > self.SHORT:
                self.boxes.append((min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)))

    def clear(self, stretch: Box) -> bool:
        """True if nothing runs along there."""
        box = (stretch[0] - self.APART, stretch[1] - self.APART,
               stretch[2] + self.APART, stretch[3] + self.APART)  # fmt: skip
        flat = stretch[3] - stretch[1] < stretch[2] - stretch[0]
        return not any(
            overlap(box, other) and ((other[3] - other[1] < other[2] - other[0]) == flat)
            for other in self.boxes
        )


def route(
    start: Point,
    end: Point,
    ends: tuple[str, str],
    index: BoxIndex,
    runs: Runs,
    lane: Lane | None = None,
    *,
    trusted: bool = False,
) -> Path:
    """The path of one edge.

    Args:
        start: Where it leaves its outport.
        end: Where it enters its inport.
        ends: Names of its two cards in the index.
        index: All cards.
        runs: The straight stretches of the other paths.
        lane: What the layout has reserved; used if it is (still) free.
        trusted: The lane is known to be free.
    """
    if lane is not None:
        path = (square if lane.square else smooth)(start, lane.points, end)
        if trusted or not blockers(path, index, *ends):
            return path
    if end[0] - start[0] >= MIN_TURN:
        path = curve(start, end)
        hit = blockers(path, index, *ends)
        if not hit:
            return path
        found = _round_about(start, end, ends, hit, index, runs)
        if found is not None:
            return found
        if end[0] - start[0] >= 4 * MIN_TURN:
            return _gutters(start, end, ends, index, runs) or path
    return _gutters(start, end, ends, index, runs) or curve(start, end)


def _alternating(middle: float) -> Iterable[float]:
    """Heights of the grid, ever farther from the middle one."""
    first = round(middle / 8) * 8
    yield first
    for i in range(1, TRIES // 2):
        yield first + 8 * i
        yield first - 8 * i


def _round_about(
    start: Point,
    end: Point,
    ends: tuple[str, str],
    hit: Sequence[str],
    index: BoxIndex,
    runs: Runs,
) -> Path | None:
    """S, straight, S over or under the cards in the way."""
    blocked = list(hit)
    for _ in range(6):
        x0 = min(index.boxes[name][0] for name in blocked)
        x1 = max(index.boxes[name][2] for name in blocked)
        if x0 - start[0] < MIN_TURN or end[0] - x1 < MIN_TURN:
            return None
        more: list[str] = []
        from_x, to_x = max(start[0] + 8, x0 - 56), min(end[0] - 8, x1 + 56)
        for y in _alternating((start[1] + end[1]) / 2):
            if not index.free((x0 - 8, y - 8, x1 + 8, y + 8), *ends):
                continue
            if not runs.clear((x0, y, x1, y)):
                continue
            path = smooth(start, (from_x, x0 - 8, y, x1 + 8, to_x, end[1]), end)
            also = blockers(path, index, *ends)
            if not also:
                return path
            more = more or also
        fresh = [name for name in more if name not in blocked]
        if not fresh:
            return None
        blocked += fresh
    return None


def _gutters(
    start: Point, end: Point, ends: tuple[str, str], index: BoxIndex, runs: Runs
) -> Path | None:
    """Right angles: out of the card, along a free lane, into the other card from its left."""
    outs = _stubs(start, MIN_TURN, 8, ends[0], index)
    intos = _stubs(end, -MIN_TURN, -8, ends[1], index)
    second: Path | None = None
    tries = TRIES
    for y in _lane_heights(start, end, ends, index):
        for out_x in _verticals(outs, start[1], y, index):
            for into_x in _verticals(intos, end[1], y, index):
                lane = (min(out_x, into_x), y, max(out_x, into_x), y)
                if not index.free(grown(lane, MARGIN_X, MARGIN_Y)):
                    continue
                path = square(start, (out_x, y, into_x), end)
                if (
                    runs.clear(lane)
                    and runs.clear((out_x, min(start[1], y), out_x, max(start[1], y)))
                    and runs.clear((into_x, min(end[1], y), into_x, max(end[1], y)))
                ):
                    return path
                second = second or path
                tries -= 1
                if not tries:
                    return second
    return second


def _stubs(port: Point, first: int, step: int, own: str, index: BoxIndex) -> list[float]:
    """The x at which a path that leaves (or enters) here can turn, nearest first."""
    found: list[float] = []
    for i in (*range(MOST_AWAY), -1):
        x = port[0] + first + step * i
        stub = (min(x, port[0]), port[1], max(x, port[0]), port[1])
        if not index.free(grown(stub, MARGIN_X, MARGIN_Y), own):
            continue
        found.append(x)
    return found


def _verticals(xs: Sequence[float], y0: float, y1: float, index: BoxIndex) -> list[float]:
    """Those of the verticals from y0 to y1 that are free; at most three."""
    low, high = min(y0, y1), max(y0, y1)
    found: list[float] = []
    for x in xs:
        if index.free(grown((x, low, x, high), MARGIN_X, MARGIN_Y)):
            found.append(x)
            if len(found) == 3:
                break
    return found


def _lane_heights(start: Point, end: Point, ends: tuple[str, str], index: BoxIndex) -> list[float]:
    """Heights for a lane: near the two cards, or beyond everything; the shortest way first."""
    whole = index.extent()
    heights: set[float] = set()
    for name in ends:
        box = index.boxes[name]
        heights.update(box[3] + MIN_TURN + 8 * i for i in range(24))
        heights.update(box[1] - MIN_TURN - 8 * i for i in range(24))
    heights.update(whole[3] + MIN_TURN + 8 * i for i in range(8))
    heights.update(whole[1] - MIN_TURN - 8 * i for i in range(8))
    return sorted(heights, key=lambda y: (abs(y - start[1]) + abs(y - end[1]), -y))
