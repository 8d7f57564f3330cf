"""Long networks are cut into rows: how large they are shown, and where edges between rows run."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msgflo_lab.network import NetworkView, RoleView
from msgflo_lab.picture import samples
from msgflo_lab.picture.composer import Composer, compose
from msgflo_lab.picture.geometry import DENSE, ROOMY, Spacing, zoom
from msgflo_lab.picture.layered import Drawing, layered
from msgflo_lab.picture.proper import Link
from msgflo_lab.picture.rows import Strip, cuts
from msgflo_lab.picture.samples import edge, role
from msgflo_lab.picture.scene import Scene

Check = Callable[[Scene], list[object]]
Stretch = tuple[bool, float, float, float]
"""Upright or not, its x or y, and from where to where."""


def chain(count: int) -> NetworkView:
    return NetworkView(
        "chain",
        tuple(role(f"r{i}", ins="a b", outs="p q") for i in range(count)),
        tuple(edge(f"r{i}.p > r{i + 1}.a") for i in range(count - 1)),
    )


def size(scene: Scene) -> tuple[float, float]:
    xs = [x for c in scene.cards for x in (c.x, c.x + c.w)]
    ys = [y for c in scene.cards for y in (c.y, c.y + c.h)]
    for each in scene.edges:
        xs += each.path[0::2]
        ys += each.path[1::2]
    return max(xs) - min(xs), max(ys) - min(ys)


def per_row_sizes(scene: Scene) -> list[int]:
    tops = [card.y for card in scene.cards]
    return [tops.count(y) for y in sorted(set(tops))]


def per_row(scene: Scene) -> list[int]:
    """How many cards start at each height of a chain."""
    tops = [card.y for card in scene.cards]
    assert tops == sorted(tops)
    return per_row_sizes(scene)


@pytest.mark.parametrize(
    ("count", "rows", "least"),
    [
        (4, [4], 1.0),
        (5, [5], 0.9),
        (6, [3, 3], 1.0),
        (7, [4, 3], 0.98),
        (8, [4, 4], 0.98),
        (12, [4, 4, 4], 0.8),
    ],
)
def test_a_chain_is_as_large_as_can_be(
    overlapping: Check, hidden: Check, count: int, rows: list[int], least: float
) -> None:
    scene = compose(chain(count))
    assert per_row(scene) == rows
    assert zoom(*size(scene)) >= least
    assert not overlapping(scene)
    assert not hidden(scene)


def test_a_house_is_readable(overlapping: Check, hidden: Check) -> None:
    """Sixty cards: half their size in a window that is high enough."""
    scene = compose(samples.house())
    wide, high = size(scene)
    assert 950 / wide >= 0.5
    assert 700 / high >= 0.5
    assert not overlapping(scene)
    assert not hidden(scene)


def test_what_would_not_become_larger_is_not_cut() -> None:
    rows = {card.y for card in compose(samples.thermometer()).cards}
    assert max(rows) < 300
    square = Strip([160] * 8, [900] * 8, [0] + [20] * 7, 60)
    assert cuts(square, ROOMY) == [0]


def test_the_cut_is_where_few_edges_are() -> None:
    over = [0, 5, 5, 5, 1, 5, 5, 5]
    assert cuts(Strip([160] * 8, [112] * 8, over, 31), ROOMY) == [0, 4]
    over = [0, 5, 5, 1, 5, 5, 5, 5]
    assert cuts(Strip([160] * 8, [112] * 8, over, 31), ROOMY) == [0, 3]


def test_a_very_long_chain() -> None:
    strip = Strip([112] * 1000, [112] * 1000, [0] + [1] * 999, 999)
    found = cuts(strip, DENSE)
    assert found[0] == 0
    assert found == sorted(set(found))
    assert 15 < len(found) < 60


def stretches(drawing: Drawing, link: Link, i: int) -> list[Stretch]:
    lane = drawing.lanes[i]
    y = lane.before[-1] if lane.before else drawing.corners[link.a][1] + link.pa
    last = drawing.corners[link.b][1] + link.pb
    found: list[Stretch] = []
    for n in range(0, len(lane.points), 2):
        x = lane.points[n]
        after = lane.points[n + 1] if n + 1 < len(lane.points) else last
        found.append((True, x, min(y, after), max(y, after)))
        if n + 2 < len(lane.points):
            to = lane.points[n + 2]
            found.append((False, after, min(x, to), max(x, to)))
        y = after
    return found


NUMBER = st.integers(0, 23)
ARCS = st.lists(st.tuples(NUMBER, NUMBER, st.booleans(), st.booleans()), max_size=20)


@given(st.integers(6, 24), ARCS, st.sampled_from([ROOMY, DENSE]))
@settings(max_examples=150, deadline=None)
def test_tracks_do_not_lie_on_each_other(
    count: int, arcs: list[tuple[int, int, bool, bool]], spacing: Spacing
) -> None:
    links = [Link(i, 64, i + 1, 64) for i in range(count - 1)]
    links += [Link(a % count, 64 + 24 * o, b % count, 64 + 24 * i) for a, b, o, i in arcs]
    drawing = layered([(160, 112)] * count, links, spacing)
    mine = {
        i: stretches(drawing, link, i) for i, link in enumerate(links) if drawing.lanes[i].square
    }
    between = {i for i in mine if drawing.rows[links[i].a] != drawing.rows[links[i].b]}
    for i, j in combinations(mine, 2):
        if i not in between and j not in between:
            continue
        for upright, at, low, high in mine[i]:
            for other, there, begin, end in mine[j]:
                if upright == other and abs(at - there) < 8:
                    assert high <= begin or end <= low


@given(st.integers(6, 24), ARCS)
@settings(max_examples=100, deadline=None)
def test_any_long_network_is_clean(
    overlapping: Check, hidden: Check, count: int, arcs: list[tuple[int, int, bool, bool]]
) -> None:
    view = chain(count)
    more = {
        f"r{a % count}.{'pq'[o]} > r{b % count}.{'ab'[i]}": None
        for a, b, o, i in arcs
        if a % count != b % count
    }
    scene = compose(NetworkView("any", view.roles, (*view.edges, *map(edge, more))))
    assert not overlapping(scene)
    assert not hidden(scene)
    assert all(card.x % 8 == 0 and card.y % 8 == 0 for card in scene.cards)


def test_an_edge_between_rows_turns_at_right_angles() -> None:
    scene = compose(chain(8))
    path = scene.edges[3].path
    steps = zip(path[0::2], path[1::2], path[2::2], path[3::2], strict=False)
    assert all(x0 == x1 or y0 == y1 for x0, y0, x1, y1 in steps)
    assert min(path[0::2]) < path[-2] < path[0] < max(path[0::2])


def insert(at: int) -> tuple[Composer, dict[str, tuple[float, float]]]:
    """A chain of eight with one more behind the given role; and where all were before."""
    view = chain(8)
    composer = Composer()
    composer.update(view)
    before = {card.id: (card.x, card.y) for card in composer.current.cards}
    fresh: RoleView = role("fresh", ins="a", outs="p")
    onward = (edge(f"r{at}.p > fresh.a"), edge(f"fresh.p > r{at + 1}.a"))
    edges = (*view.edges[:at], *onward, *view.edges[at + 1 :])
    composer.update(NetworkView("chain", (*view.roles, fresh), edges))
    return composer, before


def test_an_insertion_pushes_only_its_row(overlapping: Check, hidden: Check) -> None:
    composer, before = insert(1)
    now = {card.id: (card.x, card.y) for card in composer.current.cards}
    moved = {name for name, corner in before.items() if now[name] != corner}
    assert moved == {"r2", "r3"}
    assert all(now[name][1] == before[name][1] for name in moved)
    assert not overlapping(composer.current)
    assert not hidden(composer.current)


def test_an_insertion_at_a_cut_moves_nothing(overlapping: Check, hidden: Check) -> None:
    composer, before = insert(3)
    now = {card.id: (card.x, card.y) for card in composer.current.cards}
    assert {name: now[name] for name in before} == before
    assert now["fresh"][1] == before["r3"][1]
    assert not overlapping(composer.current)
    assert not hidden(composer.current)


@pytest.mark.parametrize("parked", [False, True])
def test_a_chain_that_grows_begins_a_new_row(
    overlapping: Check, hidden: Check, parked: bool
) -> None:
    view = chain(9)
    composer = Composer()
    if parked:
        composer.update(NetworkView("chain", view.roles))
    for count in range(1, 10):
        roles = view.roles if parked else view.roles[:count]
        composer.update(NetworkView("chain", roles, view.edges[: count - 1]))
        assert not overlapping(composer.current)
    assert per_row(composer.current) == [4, 4, 1]
    assert zoom(*size(composer.current)) >= 0.8
    assert not hidden(composer.current)


def test_tidy_evens_the_rows() -> None:
    composer, _ = insert(1)
    composer.tidy()
    assert per_row_sizes(composer.current) == [3, 3, 3]
