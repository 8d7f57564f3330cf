"""Card sizes and text widths: the table that the front end relies on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msgflo_lab.names import PortName, Role
from msgflo_lab.network import PortView, RoleState, RoleView
from msgflo_lab.picture.geometry import Shape, dense_width, ports_of, shape, snapped
from msgflo_lab.picture.samples import edge, ports, role, thermometer
from msgflo_lab.picture.text import ELLIPSIS, RESERVE, Face, fitted, width


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        (role("a"), Shape(160, 48)),
        (role("a", ins="in"), Shape(160, 88, {"in": 64})),
        (role("a", outs="out"), Shape(160, 88, {}, {"out": 64})),
        (
            role("a", ins="in more", outs="out"),
            Shape(160, 112, {"in": 64, "more": 88}, {"out": 64}),
        ),
        (
            role("a", ins="x y=1", outs="p q"),  # the field leaves room for q
            Shape(160, 112, {"x": 64, "y": 88}, {"p": 64, "q": 88}),
        ),
        (
            role("a", ins="template=a-rather-long-literal", outs="a-long-name"),
            Shape(208, 112, {"template": 64}, {"a-long-name": 88}),
        ),
        (role("x" * 99, ins="in"), Shape(256, 88, {"in": 64})),
    ],
)
def test_shapes(view: RoleView, expected: Shape) -> None:
    assert shape(view) == expected


def test_dense_cards_have_one_width_and_two_rows() -> None:
    common = dense_width(["gateway", "wall-panel"])
    assert common in range(112, 145, 8)
    found = shape(role("gateway", ins="in", workers=9), dense_width=common)
    assert (found.w, found.h) == (common, 112)
    assert dense_width([]) == 112
    assert dense_width(["w" * 99]) == 144


def test_forty_ports() -> None:
    found = shape(role("many", ins=" ".join(f"p{i}" for i in range(40))))
    assert found.h == 64 + 39 * 24 + 24
    assert list(found.inports.values()) == list(range(64, 64 + 40 * 24, 24))


@given(state=st.sampled_from(RoleState), note=st.text(), errors=st.integers(0, 99))
def test_no_state_changes_the_size(state: RoleState, note: str, errors: int) -> None:
    view = role("a", "B", ins="in", outs="out", state=state, note=note, errors=errors)
    assert shape(view) == shape(role("a", "B", ins="in", outs="out"))


@given(
    st.builds(
        RoleView,
        role=st.text().map(Role),
        component=st.text(),
        workers=st.integers(0, 200),
        inports=st.lists(
            st.builds(PortView, st.text().map(PortName), literal=st.none() | st.text()), max_size=9
        ).map(tuple),
        outports=st.lists(st.builds(PortView, st.text().map(PortName)), max_size=9).map(tuple),
    )
)
def test_every_shape_lies_on_the_grid(view: RoleView) -> None:
    found = shape(view)
    assert found.w in range(160, 257, 16)
    assert found.h % 8 == 0
    assert found.inports.keys() == {port.id for port in view.inports}
    assert found.outports.keys() == {port.id for port in view.outports}
    for y in (*found.inports.values(), *found.outports.values()):
        assert y % 24 == 16
        assert 64 <= y <= found.h - 24


def test_a_port_that_only_an_edge_knows_is_shown_last() -> None:
    roles = (role("a", ins="in", outs="out"), role("b", ins="in in"))
    found = ports_of(roles, (edge("a.new > b.other"), edge("a.out > nobody.in")))
    assert [port.id for port in found["a"][1]] == ["out", "new"]
    assert [port.id for port in found["b"][0]] == ["in", "other"]
    assert not found["b"][0][1].known


@pytest.mark.parametrize(
    ("text", "face", "em"),
    [
        ("", Face.REGULAR, 0),
        ("A", Face.REGULAR, 0.667),
        ("A", Face.BOLD, 0.722),
        ("iW", Face.REGULAR, 1.166),
        ("iW", Face.MONO, 1.2),
        ("é", Face.REGULAR, 0.556),
        ("e\u0301", Face.REGULAR, 0.556),
        ("温度", Face.REGULAR, 2),
        ("🌡", Face.BOLD, 1),
        ("\x00\u200b", Face.REGULAR, 0),
    ],
)
def test_widths(text: str, face: Face, em: float) -> None:
    assert width(text, 10, face) == pytest.approx(em * 10 * RESERVE)


@given(st.text(), st.floats(0, 300))
def test_a_cut_text_fits(text: str, room: float) -> None:
    cut = fitted(text, 11, room)
    assert cut in ("", text) or cut.endswith(ELLIPSIS)
    if cut != text:
        assert width(cut, 11) / RESERVE <= room + 1e-6


def test_the_sample_needs_no_ellipsis() -> None:
    for view in thermometer().roles:
        assert fitted(view.role, 13, shape(view).w - 56, Face.BOLD) == view.role


@pytest.mark.parametrize(("value", "expected"), [(0, 0), (3.9, 0), (4, 8), (-4, 0), (-4.1, -8)])
def test_snapping(value: float, expected: int) -> None:
    assert snapped(value) == expected


def test_a_literal_needs_no_value() -> None:
    assert ports("a", "b=")[1].literal == ""
