"""Small changes: what is there stays where it is, what is new finds its natural place."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from msgflo_lab.network import NetworkView, RoleView
from msgflo_lab.picture.composer import Composer, compose
from msgflo_lab.picture.samples import edge, house, many, role, thermometer
from msgflo_lab.picture.scene import Card, Scene

Check = Callable[[Scene], list[object]]

THERMO = role("thermo", "TemperatureSensor", ins="interval", outs="celsius raw")
DISPLAY = role("display", "OledDisplay", ins="text contrast", outs="shown")
FORMAT = role("format", "FormatText", ins="celsius template=x", outs="text")
OUTSIDE = role("outside", "TemperatureSensor", ins="interval", outs="celsius raw")
CONTROL = role("control", "Thermostat", ins="inside outside target=21", outs="heat")

SHOW = "thermo.celsius > display.text"
INTO = "thermo.celsius > format.celsius"
ONTO = "format.text > display.text"


def view(roles: Sequence[RoleView], *edges: str) -> NetworkView:
    return NetworkView("net", tuple(roles), tuple(edge(text) for text in edges))


def cards(composer: Composer) -> dict[str, Card]:
    return {card.id: card for card in composer.current.cards}


def corners(composer: Composer) -> dict[str, tuple[float, float]]:
    return {card.id: (card.x, card.y) for card in composer.current.cards}


def is_straight(composer: Composer, number: int) -> bool:
    path = next(e.path for e in composer.current.edges if e.n == number)
    return len(set(path[1::2])) == 1


def after(*views: NetworkView) -> Composer:
    composer = Composer()
    for each in views:
        composer.update(each)
    return composer


def test_a_notebook_grows() -> None:
    """Cell by cell: sensor, display, the edge, and then a role between them."""
    composer = after(view([THERMO]), view([THERMO, DISPLAY]))
    parked = corners(composer)
    assert parked == {"thermo": (0, 0), "display": (264, 0)}
    composer.update(view([THERMO, DISPLAY], SHOW))
    assert corners(composer) == parked
    assert is_straight(composer, 1)
    composer.update(view([THERMO, DISPLAY, FORMAT], SHOW))
    assert corners(composer) == {**parked, "format": (0, 144)}
    composer.update(view([THERMO, DISPLAY, FORMAT], INTO, ONTO))
    now = corners(composer)
    assert now["thermo"] == parked["thermo"]
    assert now["format"] == parked["display"]
    assert now["display"][0] > parked["display"][0]
    assert now["display"][1] == parked["display"][1]
    assert is_straight(composer, 2)
    assert is_straight(composer, 3)


def test_one_edge_at_a_time_ends_in_the_same_picture() -> None:
    roles = [THERMO, DISPLAY, FORMAT]
    at_once = after(view(roles[:2], SHOW), view(roles, SHOW), view(roles, INTO, ONTO))
    in_turn = after(
        view(roles[:2], SHOW), view(roles, SHOW), view(roles, SHOW, INTO),
        view(roles, SHOW, INTO, ONTO), view(roles, INTO, ONTO),
    )  # fmt: skip
    assert corners(in_turn) == corners(at_once)


def test_a_second_sensor_stands_left_of_its_target() -> None:
    composer = after(
        view([THERMO, CONTROL], "thermo.celsius > control.inside"),
        view([THERMO, CONTROL, OUTSIDE], "thermo.celsius > control.inside"),
    )
    before = corners(composer)
    composer.update(
        view([THERMO, CONTROL, OUTSIDE],
             "thermo.celsius > control.inside", "outside.celsius > control.outside")
    )  # fmt: skip
    now = corners(composer)
    assert {name: now[name] for name in ("thermo", "control")} == {
        name: before[name] for name in ("thermo", "control")
    }
    assert now["outside"][0] == now["thermo"][0]


def test_a_wide_gap_is_used_without_moving_anything() -> None:
    composer = after(view([THERMO, DISPLAY], SHOW))
    composer.move({"display": (600, 0)})
    composer.update(view([THERMO, DISPLAY, FORMAT], INTO, ONTO))
    found = cards(composer)
    assert (found["display"].x, found["display"].y) == (600, 0)
    assert found["thermo"].x + found["thermo"].w < found["format"].x
    assert found["format"].x + found["format"].w < 600
    assert is_straight(composer, 2)


def test_a_pinned_target_is_not_pushed() -> None:
    composer = after(view([THERMO, DISPLAY], SHOW))
    place = corners(composer)["display"]
    composer.move({"display": place})
    composer.update(view([THERMO, DISPLAY, FORMAT], INTO, ONTO))
    assert corners(composer)["display"] == place
    assert cards(composer)["display"].pinned


def test_a_position_in_the_view_pins() -> None:
    moved = replace(DISPLAY, position=(13.5, 700.0))
    composer = after(view([THERMO, moved], SHOW))
    assert corners(composer)["display"] == (13.5, 700)
    composer.tidy()
    assert corners(composer)["display"] == (264, 0)
    composer.update(view([THERMO, moved, FORMAT], SHOW))
    assert corners(composer)["display"] == (264, 0)
    composer.update(view([THERMO, replace(moved, position=(5.0, 5.0)), FORMAT], SHOW))
    assert corners(composer)["display"] == (5, 5)


def test_a_card_that_grows_pushes_its_neighbour_down() -> None:
    two = view([THERMO, CONTROL, OUTSIDE],
               "thermo.celsius > control.inside", "outside.celsius > control.outside")  # fmt: skip
    composer = after(two)
    before = corners(composer)
    upper, lower = sorted(("thermo", "outside"), key=lambda name: before[name][1])
    ports = tuple(p for p in role("x", outs="celsius raw a b c d").outports)
    grown = [replace(r, outports=ports) if r.role == upper else r for r in two.roles]
    composer.update(replace(two, roles=tuple(grown)))
    now = cards(composer)
    assert (now[upper].x, now[upper].y) == before[upper]
    assert now[lower].x == before[lower][0]
    assert now[lower].y >= now[upper].y + now[upper].h
    assert corners(composer)["control"] == before["control"]


def test_when_most_is_new_everything_is_laid_out() -> None:
    composer = after(view([THERMO]), house())
    assert composer.current.cards == compose(house()).cards


def test_a_crowd_that_comes_one_by_one_stays_clean(overlapping: Check, hidden: Check) -> None:
    network = house()
    composer = Composer()
    for count in range(1, 61):
        names = {each.role for each in network.roles[:count]}
        edges = tuple(e for e in network.edges if e.source in names and e.target in names)
        composer.update(NetworkView("house", network.roles[:count], edges))
        assert not overlapping(composer.current)
    assert len(hidden(composer.current)) <= 2


@st.composite
def steps(draw: st.DrawFn) -> list[NetworkView]:
    """A few views of a small network that changes at random."""
    found = []
    for _ in range(draw(st.integers(2, 5))):
        present = draw(st.lists(st.integers(0, 8), unique=True, min_size=1))
        pairs = draw(st.lists(st.tuples(st.sampled_from(present), st.sampled_from(present))))
        found.append(
            view(
                [
                    role(f"r{i}", ins="a" if draw(st.booleans()) else "a b c", outs="p q")
                    for i in present
                ],
                *(f"r{a}.p > r{b}.a" for a, b in pairs),
            )
        )
    return found


@given(steps())
@settings(max_examples=200, deadline=None)
def test_never_an_overlap(overlapping: Check, views: list[NetworkView]) -> None:
    composer = Composer()
    for each in views:
        composer.update(each)
        assert not overlapping(composer.current)
        assert all(card.x % 8 == 0 and card.y % 8 == 0 for card in composer.current.cards)


@given(steps())
@settings(max_examples=100, deadline=None)
def test_an_unrelated_role_moves_nothing(views: list[NetworkView]) -> None:
    composer = after(*views)
    before = composer.current
    last = views[-1]
    composer.update(replace(last, roles=(*last.roles, role("stranger", ins="in", outs="out"))))
    assert composer.current.cards[:-1] == before.cards
    assert composer.current.edges == before.edges
    composer.update(last)
    assert composer.current == before


@given(steps(), st.data())
@settings(max_examples=100, deadline=None)
def test_what_goes_moves_nothing(views: list[NetworkView], data: st.DataObject) -> None:
    composer = after(*views)
    before = corners(composer)
    last = views[-1]
    gone = data.draw(st.sampled_from(last.roles)).role
    composer.update(
        NetworkView(
            last.name,
            tuple(r for r in last.roles if r.role != gone),
            tuple(e for e in last.edges if gone not in (e.source, e.target)),
        )
    )
    for name, corner in corners(composer).items():
        assert corner == before[name]


@given(steps(), st.sets(st.integers(0, 8)))
@settings(max_examples=60, deadline=None)
def test_pinned_cards_stay(views: list[NetworkView], pinned: set[int]) -> None:
    composer = after(views[0])
    here = corners(composer)
    pins = {f"r{i}": here[f"r{i}"] for i in pinned if f"r{i}" in here}
    composer.move(pins)
    for each in views[1:]:
        pins = {name: xy for name, xy in pins.items() if name in {r.role for r in each.roles}}
        composer.update(each)
        now = corners(composer)
        assert {name: now[name] for name in pins} == pins


def test_states_move_nothing() -> None:
    network = thermometer()
    composer = after(network)
    before = corners(composer)
    calm = tuple(replace(r, note="", errors=0) for r in network.roles)
    composer.update(replace(network, roles=calm))
    assert corners(composer) == before


def test_a_large_network_takes_one_more() -> None:
    network = many(300, 480)
    composer = after(network)
    before = corners(composer)
    newcomer = role("newcomer", ins="in", outs="out")
    composer.update(
        NetworkView(
            network.name,
            (*network.roles, newcomer),
            (*network.edges, edge("role-7.out > newcomer.in")),
        )
    )
    now = corners(composer)
    assert {name: now[name] for name in before} == before
    assert now["newcomer"][0] > now["role-7"][0]
