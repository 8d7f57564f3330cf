"""The path of an edge: see `scene` for what a path is.

Pure layer. An edge leaves and enters horizontally. Forward it is one S, or S, straight, S along a
lane; backward and in a loop it turns at right angles with rounded corners. No path runs behind a
card that is not one of its ends, if there is a way round.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .boxes import Box, BoxIndex, grown, overlap
from .tracks import Lane

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
MOST_STEPS = 30_000
"""At most this many places are looked at for all edges that are traced at once."""
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
    """The controls of an S: at a quarter and three quarters of the way, nearer if it is steep."""
    wide = x1 - x0
    share = min(0.4, max(0.25, 0.1 * abs(y1 - y0) / wide)) if wide > 0 else 0.25
    return (x0 + wide * share, y0), (x1 - wide * share, y1)


def curve(start: Point, end: Point) -> Path:
    """One S."""
    return _path(start, _bend(*start, *end), end)


def smooth(start: Point, points: Sequence[float], end: Point) -> Path:
    """S, straight, S along a lane (`Lane.points` with `square` False)."""
    if not points:
        return curve(start, end)
    if len(points) == 3 and points[0] - start[0] < MIN_TURN and end[0] - points[1] < MIN_TURN:
        return curve(start, end)
    controls = _swings(start[1], (*points[:-1], end[1]), start[0] + 4, end[0] - 4)
    return _path(start, controls, end)


def _swings(y: float, points: Sequence[float], least: float, most: float) -> list[Point]:
    """The controls of a lane that goes right, from height y on."""
    controls: list[Point] = []
    for i in range(0, len(points), 3):
        x0, x1, after = max(points[i], least), min(points[i + 1], most), points[i + 2]
        controls += ((x0, y), *_bend(x0, y, x1, after), (x1, after))
        y = after
    return controls


def square(start: Point, lane: Lane, end: Point) -> Path:
    """Right angles with rounded corners (`Lane` with `square` True)."""
    controls = _swings(start[1], lane.before, start[0] + 4, lane.points[0])
    swings: list[Point] = []
    if lane.after:
        swings = _swings(lane.points[-1], (*lane.after[:-1], end[1]), lane.points[-2], end[0] - 4)
    begin, finish = controls[-1] if controls else start, swings[0] if swings else end
    corners: list[Point] = [begin]
    y = begin[1]
    for i in range(0, len(lane.points), 2):
        x = lane.points[i]
        corners.append((x, y))
        y = lane.points[i + 1] if i + 1 < len(lane.points) else end[1]
        corners.append((x, y))
    corners.append(finish)
    kept = [corners[0]]
    for point in corners[1:]:
        if abs(point[0] - kept[-1][0]) + abs(point[1] - kept[-1][1]) > 0.5:
            kept.append(point)
    for i in range(1, len(kept) - 1):
        before, corner, after = kept[i - 1 : i + 2]
        controls.append(_towards(corner, before, 1.0 if before is start else 0.5))
        controls.append(corner)
        controls.append(_towards(corner, after, 1.0 if after is end else 0.5))
    return _path(start, controls + swings, end)


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
    for each in quads(path):
        points += _along(each, steps)
    points.append((path[-2], path[-1]))
    return points


def _along(curved: tuple[Point, Point, Point], steps: int) -> list[Point]:
    """Points along one quadratic curve, its start not included."""
    (x0, y0), (cx, cy), (x1, y1) = curved
    if (x0 == cx == x1) or (y0 == cy == y1):
        return [(x1, y1)]
    found: list[Point] = []
    for i in range(1, steps + 1):
        u = i / steps
        v = 1 - u
        found.append((v * v * x0 + 2 * u * v * cx + u * u * x1,
                      v * v * y0 + 2 * u * v * cy + u * u * y1))  # fmt: skip
    return found


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
    boxes = [(name, grown(index.boxes[name], MARGIN_X, MARGIN_Y)) for name in near]
    hit: set[str] = set()
    for curved in quads(path) or [((x0, y0), (x0, y0), (x1, y1))]:
        xs, ys = [x for x, _ in curved], [y for _, y in curved]
        around = (min(xs), min(ys), max(xs), max(ys))
        beside = [name for name, box in boxes if name not in hit and overlap(around, box)]
        if beside:
            points = [curved[0], *_along(curved, 6)]
            hit.update([name for name in beside if runs_behind(points, index.boxes[name])])
    return [name for name in near if name in hit]


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
    """The long straight stretches of the paths there are, so that new ones keep off them.

    Attributes:
        steps: How much may still be searched, for all paths together: in a picture where hundreds
            of edges have no free way, the last ones run behind cards.
    """

    APART = 6
    SHORT = 36

    def __init__(self) -> None:
        self.steps = MOST_STEPS
        self._flat, self._upright = BoxIndex(), BoxIndex()

    def add(self, path: Path) -> None:
        """Notes the stretches of one path."""
        for i in range(0, len(path) - 2, 2):
            x0, y0, x1, y1 = path[i : i + 4]
            if (x0 == x1) != (y0 == y1) and abs(x1 - x0) + abs(y1 - y0) > self.SHORT:
                index = self._flat if y0 == y1 else self._upright
                box = (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
                index.put(str(len(index.boxes)), box)

    def clear(self, stretch: Box) -> bool:
        """True if nothing runs along there."""
        index = self._flat if stretch[3] - stretch[1] < stretch[2] - stretch[0] else self._upright
        return index.free(grown(stretch, self.APART, self.APART))


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
        path = square(start, lane, end) if lane.square else smooth(start, lane.points, end)
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
            runs.steps -= 1
            if runs.steps <= 0:
                return None
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
    if runs.steps <= 0:
        return None
    outs = _stubs(start, MIN_TURN, 8, ends[0], index)
    intos = _stubs(end, -MIN_TURN, -8, ends[1], index)
    second: Path | None = None
    tries = TRIES
    for y in _lane_heights(start, end, ends, index):
        runs.steps -= MOST_AWAY
        if runs.steps <= 0:
            return second
        for out_x in _verticals(outs, start[1], y, index):
            for into_x in _verticals(intos, end[1], y, index):
                lane = (min(out_x, into_x), y, max(out_x, into_x), y)
                runs.steps -= 1
                if not index.free(grown(lane, MARGIN_X, MARGIN_Y)):
                    continue
                path = square(start, Lane(True, (out_x, y, into_x)), end)
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
    """Heights for a lane: near the two cards, or beyond everything; the shortest way first.

    Of ways that are equally short the one in the middle between the two cards, if one is below.
    """
    whole = index.extent()
    heights: set[float] = set()
    one, other = (index.boxes[name] for name in ends)
    upper, lower = min(one[3], other[3]), max(one[1], other[1])
    middle = (upper + lower) / 2 if upper < lower else whole[3]
    heights.add(middle)
    for name in ends:
        box = index.boxes[name]
        heights.update(box[3] + MIN_TURN + 8 * i for i in range(24))
        heights.update(box[1] - MIN_TURN - 8 * i for i in range(24))
    heights.update(whole[3] + MIN_TURN + 8 * i for i in range(8))
    heights.update(whole[1] - MIN_TURN - 8 * i for i in range(8))
    return sorted(heights, key=lambda y: (abs(y - start[1]) + abs(y - end[1]), abs(y - middle), -y))
