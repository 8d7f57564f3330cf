"""Full layouts: what must hold for any network, and what the samples must look like."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msgflo_lab.network import NetworkView
from msgflo_lab.picture import samples
from msgflo_lab.picture.composer import Composer, compose
from msgflo_lab.picture.geometry import DENSE, ROOMY
from msgflo_lab.picture.heights import isotonic
from msgflo_lab.picture.layered import layered
from msgflo_lab.picture.layout import shelves
from msgflo_lab.picture.proper import Link
from msgflo_lab.picture.ranks import ranks
from msgflo_lab.picture.scene import Scene

Check = Callable[[Scene], list[object]]
NUMBER = st.integers(0, 11)
ARCS = st.lists(st.tuples(NUMBER, NUMBER, st.integers(0, 2), st.integers(0, 2)), max_size=24)


def network(count: int, arcs: list[tuple[int, int, int, int]]) -> NetworkView:
    return NetworkView(
        "any",
        tuple(samples.role(f"r{i}", ins="a b", outs="p q") for i in range(count)),
        tuple(
            samples.edge(f"r{a % count}.{'pqx'[o]} > r{b % count}.{'aby'[i]}")
            for a, b, o, i in arcs
        ),
    )


@given(st.integers(1, 30), ARCS)
@settings(max_examples=150, deadline=None)
def test_any_network(overlapping: Check, count: int, arcs: list[tuple[int, int, int, int]]) -> None:
    scene = compose(network(count, arcs))
    assert len(scene.cards) == count
    assert len(scene.edges) == len({e.key for e in network(count, arcs).edges})
    assert not overlapping(scene)
    assert all(card.x % 8 == 0 and card.y % 8 == 0 for card in scene.cards)


@given(st.integers(2, 30), ARCS)
@settings(max_examples=150, deadline=None)
def test_without_cycles_every_edge_goes_right_or_to_a_lower_row(
    hidden: Check, count: int, arcs: list[tuple[int, int, int, int]]
) -> None:
    onward = [
        (min(a % count, b % count), max(a % count, b % count), o, i)
        for a, b, o, i in arcs
        if a % count != b % count
    ]
    composer = Composer()
    composer.update(network(count, onward))
    scene, places = composer.current, composer.layout.places
    for edge in scene.edges:
        source, target = places[edge.source], places[edge.target]
        if source.row < target.row:
            assert source.y + source.h < target.y
            continue
        assert source.row == target.row
        assert source.x + source.w < target.x
        assert list(edge.path[0::2]) == sorted(edge.path[0::2])
    assert not hidden(scene)


@given(st.integers(1, 12), ARCS)
@settings(max_examples=40, deadline=None)
def test_the_same_network_gives_the_same_scene(
    count: int, arcs: list[tuple[int, int, int, int]]
) -> None:
    assert compose(network(count, arcs)) == compose(network(count, arcs))


@given(st.integers(1, 12), ARCS)
@settings(deadline=None)
def test_paths(count: int, arcs: list[tuple[int, int, int, int]]) -> None:
    """Paths begin and end at their ports, and no control point lies near an end."""
    scene = compose(network(count, arcs))
    cards = {card.id: card for card in scene.cards}
    for edge in scene.edges:
        source, target = cards[edge.source], cards[edge.target]
        out = next(p for p in source.outports if p.id == edge.outport)
        into = next(p for p in target.inports if p.id == edge.inport)
        assert edge.path[:2] == (source.x + source.w + 3, source.y + out.y)
        assert edge.path[-2:] == (target.x - 3, target.y + into.y)
        assert out.linked
        assert into.linked
        for x, y in zip(edge.path[2:-2:2], edge.path[3:-2:2], strict=True):
            for end_x, end_y in (edge.path[:2], edge.path[-2:]):
                assert abs(x - end_x) > 2 or abs(y - end_y) > 2


@pytest.mark.parametrize(
    "view",
    [samples.thermometer(), samples.thumbnails(), samples.house(), samples.loops(),
     samples.many(200, 320, 30)],
    ids=lambda view: view.name,
)  # fmt: skip
def test_samples_are_clean(overlapping: Check, hidden: Check, view: NetworkView) -> None:
    scene = compose(view)
    assert not overlapping(scene)
    assert not hidden(scene)


def test_the_thermometer() -> None:
    """Three columns, and every edge straight that can be."""
    scene = compose(samples.thermometer())
    x = {card.id: card.x for card in scene.cards}
    assert x["thermo"] == x["outside"] < x["format"] == x["control"] < x["display"] == x["heater"]
    straight = [e.source for e in scene.edges if len(set(e.path[1::2])) == 1]
    assert sorted(straight) == ["control", "format", "outside"]


def test_a_fan_is_wide_and_a_chain_is_straight() -> None:
    links = [Link(i, 64, i + 1, 64) for i in range(4)]
    chain = layered([(160, 88)] * 5, [*links, Link(0, 64, 4, 88)], ROOMY)
    assert chain.crossings == 0
    assert len({y for _, y in chain.corners}) == 1
    fan = layered([(160, 88)] * 4, [Link(0, 64, i, 64) for i in (1, 2, 3)], DENSE)
    assert sorted(y for _, y in fan.corners[1:]) == [0, 104, 208]


def test_a_loop_stays_close_to_its_card() -> None:
    scene = compose(samples.loops())
    card = next(card for card in scene.cards if card.id == "counter")
    path = next(e.path for e in scene.edges if e.source == e.target == "counter")
    assert card.x - 48 <= min(path[0::2]) < card.x
    assert card.x + card.w < max(path[0::2]) <= card.x + card.w + 48
    assert max(path[1::2]) == card.y + card.h + 24


def test_feedback_turns_at_right_angles() -> None:
    scene = compose(samples.loops())
    back = next(e.path for e in scene.edges if e.target == "regulator" and e.inport == "actual")
    steps = zip(back[0::2], back[1::2], back[2::2], back[3::2], strict=False)
    assert all(x0 == x1 or y0 == y1 for x0, y0, x1, y1 in steps)
    assert min(back[0::2]) < back[-2] < back[0] < max(back[0::2])


def test_crossings_that_need_not_be_are_removed() -> None:
    links = [Link(0, 64, 5, 64), Link(1, 64, 4, 64), Link(2, 64, 3, 64)]
    links += [Link(3, 64, 8, 64), Link(4, 64, 7, 64), Link(5, 64, 6, 64), Link(0, 88, 4, 64)]
    links += [Link(1, 88, 3, 64)]
    assert layered([(160, 112)] * 9, links, ROOMY).crossings == 0


@pytest.mark.parametrize(
    ("count", "arcs", "expected"),
    [
        (0, [], []),
        (3, [(0, 1), (1, 2)], [0, 1, 2]),
        (3, [(0, 1), (1, 2), (2, 0)], [0, 1, 2]),
        (2, [(0, 0), (0, 1), (1, 0)], [0, 1]),
        (4, [(0, 1), (1, 2), (3, 2)], [0, 1, 2, 1]),
        (5, [(0, 1), (1, 2), (3, 4), (4, 2), (0, 2)], [0, 1, 2, 0, 1]),
    ],
)
def test_ranks(count: int, arcs: list[tuple[int, int]], expected: list[int]) -> None:
    assert ranks(count, arcs) == expected


@given(st.lists(st.lists(st.tuples(st.integers(-9, 9), st.just(1)), min_size=1, max_size=3)))
def test_isotonic(wishes: list[list[tuple[float, float]]]) -> None:
    found = isotonic(wishes)
    assert len(found) == len(wishes)
    assert found == sorted(found)
    assert all(value in {t for targets in wishes for t, _ in targets} for value in found)


@given(st.lists(st.tuples(st.integers(1, 50), st.integers(1, 50)), max_size=20))
def test_shelves(sizes: list[tuple[int, int]]) -> None:
    corners, wide, high = shelves(sizes, 4)
    boxes = [(x, y, x + w, y + h) for (x, y), (w, h) in zip(corners, sizes, strict=True)]
    assert all(box[2] <= wide and box[3] <= high for box in boxes)
    for i, a in enumerate(boxes):
        for b in boxes[:i]:
            assert a[0] >= b[2] + 4 or b[0] >= a[2] + 4 or a[1] >= b[3] + 4 or b[1] >= a[3] + 4


def test_dense_above_twenty_four() -> None:
    roomy = compose(network(24, []))
    dense = compose(network(25, []))
    assert {card.w for card in roomy.cards} == {160}
    assert {card.w for card in dense.cards} == {112}
