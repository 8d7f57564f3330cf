"""Scenes and patches: what is sent, and that it adds up."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from msgflo_lab.diagnosis import Marks
from msgflo_lab.graph import Edge
from msgflo_lab.names import PortName, Role
from msgflo_lab.network import EdgeState, EdgeView, NetworkView, PortView, RoleState, RoleView
from msgflo_lab.picture.cards import subtitle
from msgflo_lab.picture.composer import Composer, compose
from msgflo_lab.picture.samples import edge, role, thermometer
from msgflo_lab.picture.scene import Card, Scene

NAME = st.sampled_from(["a", "b", "c", "d", "", "ä<&\"'>\n", "\x00\ud800", "温度🌡", "a b.c"])
PORTS = st.lists(
    st.builds(PortView, NAME.map(PortName), literal=st.none() | st.text(max_size=30)), max_size=3
).map(tuple)
ROLE = st.builds(
    RoleView,
    role=NAME.map(Role),
    component=st.text(max_size=12),
    state=st.sampled_from(RoleState),
    note=st.text(max_size=12),
    workers=st.integers(0, 3),
    errors=st.integers(0, 12),
    inports=PORTS,
    outports=PORTS,
    position=st.none() | st.tuples(st.floats(-500, 500), st.floats(-500, 500)),
)
EDGE = st.builds(
    EdgeView, NAME.map(Role), NAME.map(PortName), NAME.map(Role), NAME.map(PortName),
    st.sampled_from(EdgeState), st.booleans(),
)  # fmt: skip
VIEW = st.builds(
    NetworkView,
    name=st.sampled_from(["net", "other"]),
    roles=st.lists(ROLE, max_size=7).map(tuple),
    edges=st.lists(EDGE, max_size=9).map(tuple),
)


def applied(have: dict[str, Any], message: dict[str, Any] | None) -> dict[str, Any]:
    """What a front end does with a message."""
    if message is None:
        return have
    if message["kind"] == "scene":
        return message
    assert message["base"] == have["revision"]
    cards = {card["id"]: card for card in have["cards"]}
    edges = {each["n"]: each for each in have["edges"]}
    for name in message["gone_cards"]:
        del cards[name]
    for n in message["gone_edges"]:
        del edges[n]
    cards.update({card["id"]: card for card in message["cards"]})
    edges.update({each["n"]: each for each in message["edges"]})
    return {
        **have,
        "revision": message["revision"],
        "cards": list(cards.values()),
        "edges": list(edges.values()),
    }


@given(st.lists(VIEW, min_size=1, max_size=6), st.data())
@settings(max_examples=200, deadline=None)
def test_patches_add_up(views: list[NetworkView], data: st.DataObject) -> None:
    composer = Composer()
    have: dict[str, Any] = {}
    numbers: dict[int, tuple[str, ...]] = {}
    for view in views:
        have = applied(have, composer.update(view))
        assert have == composer.scene()
        assert composer.update(view) is None
        moves = data.draw(st.booleans())
        if moves and composer.current.cards:
            card: Card = data.draw(st.sampled_from(composer.current.cards))
            have = applied(have, composer.move({card.id: (card.x + 8, card.y - 3.5)}))
            assert have == composer.scene()
        if data.draw(st.booleans()):
            have = applied(have, composer.tidy())
            assert have == composer.scene()
            assert not any(each.pinned for each in composer.current.cards)
        for each in composer.current.edges:
            key = (each.source, each.outport, each.target, each.inport)
            assert numbers.setdefault(each.n, key) == key
            assert composer.number(key) == each.n
            assert composer.key(each.n) == key
    json.dumps(have)


def test_a_number_is_never_used_again() -> None:
    network = thermometer()
    composer = Composer()
    composer.update(network)
    first = [each.n for each in composer.current.edges]
    gone = network.edges[0]
    patch = composer.update(replace(network, edges=network.edges[1:]))
    assert patch is not None
    assert patch["gone_edges"] == [1]
    assert composer.number(gone.key) is None
    assert composer.key(1) is None
    composer.update(network)
    assert composer.number(gone.key) not in first


def test_a_state_sends_only_its_card() -> None:
    network = thermometer()
    composer = Composer()
    composer.update(network)
    worse = replace(network.roles[2], state=RoleState.ERROR, note="boom\nat line 3", errors=1)
    patch = composer.update(replace(network, roles=(*network.roles[:2], worse, *network.roles[3:])))
    assert patch is not None
    assert [card["id"] for card in patch["cards"]] == ["format"]
    assert patch["cards"][0]["subtitle"] == "boom"
    assert not patch["edges"]
    assert (patch["base"], patch["revision"]) == (1, 2)


def test_an_edge_state_sends_only_its_edge() -> None:
    network = thermometer()
    composer = Composer()
    composer.update(network)
    bound = replace(network.edges[-1], state=EdgeState.BOUND)
    patch = composer.update(replace(network, edges=(*network.edges[:-1], bound)))
    assert patch is not None
    assert not patch["cards"]
    assert [each["n"] for each in patch["edges"]] == [5]


def test_an_edge_that_becomes_one_of_dead_letters_is_sent_alone() -> None:
    network = thermometer()
    composer = Composer()
    first = composer.update(network)
    assert first is not None
    assert not any("dead" in each for each in first["edges"])
    dead = replace(network.edges[1], dead=True)
    patch = composer.update(replace(network, edges=(network.edges[0], dead, *network.edges[2:])))
    assert patch is not None
    assert not patch["cards"]
    assert [(each["n"], each["dead"]) for each in patch["edges"]] == [(2, True)]


def test_an_order_that_changes_is_no_change() -> None:
    network = thermometer()
    composer = Composer()
    composer.update(network)
    mixed = replace(network, roles=network.roles[::-1], edges=network.edges[::-1])
    assert composer.update(mixed) is None


def test_a_new_name_sends_everything() -> None:
    composer = Composer()
    composer.update(thermometer())
    message = composer.update(replace(thermometer(), name="other"))
    assert message is not None
    assert message["kind"] == "scene"
    assert message["name"] == "other"


def test_a_message_is_a_scene() -> None:
    composer = Composer()
    message = composer.update(thermometer())
    assert message == composer.scene()
    fields = {k: v for k, v in composer.scene().items() if k in ("name", "cards", "edges")}
    assert msgspec.convert(fields, Scene) == composer.current


def test_an_edge_to_nowhere_is_not_shown() -> None:
    network = NetworkView("", (role("a", outs="out"),), (edge("a.out > b.in"),))
    assert compose(network).edges == ()


def test_moving_reroutes_only_what_is_near() -> None:
    composer = Composer()
    composer.update(thermometer())
    patch = composer.move({"heater": (528.0, 400.5), "nobody": (0, 0)})
    assert patch is not None
    assert [card["id"] for card in patch["cards"]] == ["heater"]
    assert [each["n"] for each in patch["edges"]] == [5]
    assert composer.move({}) is None


def test_a_path_goes_round_a_card_dragged_onto_it() -> None:
    """And comes back when the card is dragged away."""
    chain = NetworkView(
        "", (role("a", outs="out"), role("b", ins="in"), role("c", ins="in")),
        (edge("a.out > b.in"),),
    )  # fmt: skip
    composer = Composer()
    composer.update(chain)
    composer.move({"b": (900, 0), "c": (-500, -500)})
    straight = composer.current.edges[0].path
    composer.move({"c": (400, 0)})
    bent = composer.current.edges[0].path
    assert bent != straight
    assert min(bent[1::2]) < 0 or max(bent[1::2]) > 88
    composer.move({"c": (400, 500)})
    assert composer.current.edges[0].path == straight


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -1e9])
def test_an_impossible_place_is_ignored(bad: float) -> None:
    composer = Composer()
    network = thermometer()
    composer.update(network)
    assert composer.move({"thermo": (bad, 0.0)}) is None
    lost = replace(network.roles[0], position=(0.0, bad))
    assert composer.update(replace(network, roles=(lost, *network.roles[1:]))) is None


def test_a_drag_that_comes_back_as_a_position_changes_nothing() -> None:
    composer = Composer()
    network = thermometer()
    composer.update(network)
    assert composer.move({"thermo": (300.0, 40.0)}) is not None  # onto another card
    dragged = replace(network.roles[0], position=(300.0, 40.0))
    assert composer.update(replace(network, roles=(dragged, *network.roles[1:]))) is None


def test_compose_with_a_layout_keeps_it() -> None:
    composer = Composer()
    composer.update(thermometer())
    composer.move({"thermo": (-80, -80)})
    again = compose(thermometer(), composer.layout)
    assert again.cards == composer.current.cards


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        (role("a", "Component"), "Component"),
        (role("a", "C", state=RoleState.ABSENT), "not here yet"),
        (role("a", "C", state=RoleState.STALE, note="silent for 42 s"), "silent for 42 s"),
        (role("a", "C", state=RoleState.ERROR, note="KeyError: unit\n  more"), "KeyError: unit"),
        (role("a", "C", state=RoleState.ERROR), "C"),
        (role("a", "C", note="busy\nvery"), "busy"),
        (RoleView(Role("a"), label="A label"), "A label"),
        (RoleView(Role("a"), "a", "A label\nof two lines"), "A label"),
        (RoleView(Role("a"), "a"), "a"),
        (RoleView(Role("a"), "C", "A label"), "C"),
    ],
)
def test_subtitles(view: RoleView, expected: str) -> None:
    assert subtitle(view) == expected


def test_a_remark_sends_only_what_it_is_about() -> None:
    composer = Composer()
    composer.update(thermometer())
    key = thermometer().edges[0].key
    marks = Marks({Role("format"): "look here"}, {Edge(*key): "and here"})
    patch = composer.update(thermometer(), marks)
    assert patch is not None
    assert [card["remark"] for card in patch["cards"]] == ["look here"]
    assert [edge["remark"] for edge in patch["edges"]] == ["and here"]
    # Who has nothing new to say changes nothing; who has nothing to say any more does.
    assert composer.update(thermometer()) is None
    assert composer.update(thermometer(), marks) is None
    patch = composer.update(thermometer(), Marks())
    assert patch is not None
    assert [card["id"] for card in patch["cards"]] == ["format"]
    assert not any("remark" in each for each in (*patch["cards"], *patch["edges"]))
