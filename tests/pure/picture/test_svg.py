"""The static picture: well-formed whatever the names are, small, and self-contained."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msgflo_lab.diagnosis import Marks
from msgflo_lab.graph import Edge
from msgflo_lab.names import PortName, Role
from msgflo_lab.network import (
    EdgeState,
    EdgeTraffic,
    EdgeView,
    NetworkView,
    PortView,
    RoleState,
    RoleView,
)  # fmt: skip
from msgflo_lab.picture import icons
from msgflo_lab.picture.composer import Composer, compose
from msgflo_lab.picture.palette import DARK, LIGHT
from msgflo_lab.picture.samples import edge, house, many, role, thermometer, turns
from msgflo_lab.picture.scene import Scene
from msgflo_lab.picture.svg import clean, path_data, rate_text, svg, totals

ANY = st.text(st.characters(exclude_categories=()), max_size=40)
SVG = "{http://www.w3.org/2000/svg}"


@given(ANY, ANY, ANY, ANY, ANY, st.sampled_from(RoleState), st.sampled_from(EdgeState))
@settings(max_examples=200, deadline=None)
def test_well_formed_for_any_text(
    name: str, title: str, note: str, port: str, icon: str, state: RoleState, edge: EdgeState
) -> None:
    ports = (PortView(PortName(port), literal=note), PortView(PortName(title)))
    view = NetworkView(
        name,
        (RoleView(Role(title), name, title, icon, state, 2, note, 3, False, ports, ports),),
        (EdgeView(Role(title), PortName(port), Role(title), PortName(port), edge),),
    )
    scene = compose(view)
    root = ElementTree.fromstring(svg(scene, {1: EdgeTraffic(3, 0.5)}).encode())
    assert root.tag == SVG + "svg"
    tags = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert tags <= {
        "svg", "g", "title", "style", "defs", "symbol", "path", "use", "rect", "circle",
        "polygon", "polyline", "text", "metadata",
    }  # fmt: skip


def test_markup_in_names_is_text() -> None:
    evil = '</text><script>alert("1")</script>'
    picture = svg(compose(NetworkView(evil, (RoleView(Role(evil), evil),))))
    assert "<script" not in picture
    root = ElementTree.fromstring(picture)
    assert any((element.text or "").startswith(evil) for element in root.iter(SVG + "title"))


@given(ANY)
def test_clean(text: str) -> None:
    ElementTree.fromstring(f"<a>{clean(text).replace('&', '').replace('<', '')}</a>".encode())


def test_small_and_self_contained() -> None:
    picture = svg(compose(thermometer()))
    assert len(picture.encode()) < 20_000
    bare = picture.replace('xmlns="http://www.w3.org/2000/svg"', "")
    bare = re.sub("<metadata>.*?</metadata>", "", bare)
    assert "http" not in bare
    assert "url(" not in bare
    assert set(re.findall(r'href="(.)', bare)) <= {"#"}
    assert not re.search(r"\son\w+=", bare)


def test_a_large_network_is_simplified() -> None:
    assert len(svg(compose(many())).encode()) < 300_000
    assert len(svg(compose(house())).encode()) < 80_000


def test_nothing_at_all() -> None:
    root = ElementTree.fromstring(svg(Scene()))
    assert "0 participants · 0 edges" in [element.text for element in root.iter(SVG + "text")]


def test_states_have_a_shape_and_a_text() -> None:
    picture = svg(compose(thermometer()))
    for sign in ("card-stale", "card-absent", "card-error", "badge", "hands", "edge-pending"):
        assert f'class="{sign}"' in picture
    for text in ("silent for 42 s", "not here yet", "KeyError: unit", ">pending<", ">3<"):
        assert text in picture


def test_traffic_is_written() -> None:
    scene = compose(thermometer())
    picture = svg(scene, {1: EdgeTraffic(1204, 2.0), 3: EdgeTraffic(7, 0.0)})
    assert ">2.0/s<" in picture
    assert ">idle<" in picture
    assert "1204 messages" in picture
    assert "2.0 msg/s" in totals(scene, {1: EdgeTraffic(1204, 2.0)})


def test_what_nobody_plays_is_there_and_no_participant() -> None:
    turns = RoleView(Role("turns"), component="msgflo/RoundRobin", workers=0)
    worker = RoleView(Role("worker"), workers=3)
    scene = compose(NetworkView("lab", (turns, worker)))
    assert totals(scene) == "1 participant · 0 edges"
    assert ">turns<" in svg(scene)


def test_dead_letters_are_dots_and_are_counted() -> None:
    scene = compose(turns())
    picture = svg(scene, {1: EdgeTraffic(2000, 4.0), 3: EdgeTraffic(1035, 0.5)})
    assert picture.count('class="edge-dead"') == 1
    assert "stroke-width:2.5;stroke-dasharray:1 5;stroke-linecap:round" in picture
    assert ">dead letter 1\u2009035<" in picture
    assert "jobs deadletter → failed message · dead letters · 1035 messages" in picture
    assert ">dead letter<" in svg(scene)
    assert "edge-dead" not in svg(compose(thermometer()))


def test_dead_letters_that_wait_look_like_all_that_waits() -> None:
    view = turns()
    waiting = tuple(msgspec.structs.replace(e, state=EdgeState.PENDING) for e in view.edges)
    picture = svg(compose(msgspec.structs.replace(view, edges=waiting)))
    assert "edge-dead" not in picture
    assert picture.count(">pending<") == 3
    assert "failed message · dead letters · pending" in picture


@pytest.mark.parametrize("count", [40, 320])
def test_dead_letters_in_a_shrunk_picture(count: int) -> None:
    names = [f"r{i}" for i in range(count)]
    view = NetworkView(
        "long",
        tuple(role(name, ins="in", outs="deadletter") for name in names),
        tuple(
            edge(f"{one}.deadletter > {other}.in", dead=one == "r3")
            for one, other in pairwise(names)
        ),
    )
    picture = svg(compose(view))
    ElementTree.fromstring(picture)
    assert picture.count('class="edge-dead"') == 1


def test_two_pictures_do_not_disturb_each_other() -> None:
    scene = compose(thermometer())
    one, other = svg(scene, scope="one"), svg(scene, scope="other")
    assert not set(re.findall(r'id="([^"]+)', one)) & set(re.findall(r'id="([^"]+)', other))
    style = re.search("<style>(.*)</style>", one)
    assert style is not None
    rules = re.findall(r"(?:^|[{}])([^{}@;]+)\{", style[1])
    assert rules
    assert all(rule.startswith(".one") for rule in rules)
    with pytest.raises(ValueError, match="not a plain CSS class name"):
        svg(scene, scope="a{}b")


def test_both_palettes_have_all_colours() -> None:
    assert LIGHT.keys() == DARK.keys()
    picture = svg(compose(thermometer()))
    assert set(re.findall(r"var\(--mf-(\w+)\)", picture)) <= LIGHT.keys()
    assert "prefers-color-scheme:dark" in picture


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ((0, 0, 10, 0), "M0 0H10"),
        ((0, 0, 10, 5), "M0 0L10 5"),
        ((0, 0, 25, 0, 75, 40, 100, 40), "M0 0Q25 0 50 20Q75 40 100 40"),
    ],
)
def test_path_data(path: tuple[float, ...], expected: str) -> None:
    assert path_data(path) == expected


@pytest.mark.parametrize(
    ("rate", "expected"),
    [(0, "idle"), (0.04, "0.0/s"), (2, "2.0/s"), (40.2, "40/s"), (121, "121/s")],
)
def test_rates(rate: float, expected: str) -> None:
    assert rate_text(rate) == expected


def test_icons() -> None:
    cube = icons.icon("cube")
    assert cube is not None
    assert icons.icon("no such icon") == cube
    assert icons.icon_name("no such icon") == "cube"
    assert "Font Awesome" in icons.about()


def test_remarks_have_a_sign_and_are_told() -> None:
    composer = Composer()
    key = Edge(*thermometer().edges[2].key)
    remark = Marks({Role("format"): "a < b\nc"}, {key: "types differ"})
    composer.update(thermometer(), remark)
    picture = svg(composer.current)
    root = ElementTree.fromstring(picture)
    titles = [element.text for element in root.iter(SVG + "title")]
    assert "format · FormatText · a < b · c" in titles
    assert any(title and title.endswith(" · types differ") for title in titles)
    assert picture.count('class="remark"') == 2
    assert totals(composer.current).endswith(" · 2 remarks")
    assert "remark" not in svg(compose(thermometer()))
