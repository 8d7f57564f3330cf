"""The network in words."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from msgflo_lab import report
from msgflo_lab.graph import Edge
from msgflo_lab.names import PortName, QueueName, Role
from msgflo_lab.network import (
    EdgeState,
    EdgeTraffic,
    EdgeView,
    NetworkView,
    PortView,
    RoleState,
    RoleView,
)
from tests.pure.strategies import STRANGE, names

THERMO = RoleView(
    role=Role("thermo"),
    component="Thermometer",
    outports=(PortView(PortName("out"), queue=QueueName("thermo.OUT")),),
)
DISPLAY = RoleView(
    role=Role("display"),
    component="Display",
    workers=2,
    inports=(PortView(PortName("in")), PortView(PortName("unit"), literal='"C"')),
)
ABSENT = RoleView(role=Role("lamp"), state=RoleState.ABSENT, workers=0, note="not here yet")
EDGE = EdgeView(Role("thermo"), PortName("out"), Role("display"), PortName("in"))
PENDING = EdgeView(
    Role("thermo"), PortName("out"), Role("lamp"), PortName("in"), state=EdgeState.PENDING
)
SHARED = EdgeView(
    Role("thermo"), PortName("out"), Role("display"), PortName("unit"), state=EdgeState.SHARED
)
VIEW = NetworkView("lab", (THERMO, DISPLAY, ABSENT), (EDGE, PENDING, SHARED))


def test_participants() -> None:
    assert report.participants(VIEW).splitlines() == [
        "role        component    state         inports       outports",
        "thermo      Thermometer  running                     out",
        'display ×2  Display      running       in, unit="C"',
        "lamp                     not here yet",
    ]


def test_network() -> None:
    traffic = {
        Edge(*EDGE.key): EdgeTraffic(1, 0.5),
        Edge(*SHARED.key): EdgeTraffic(12_345, 40.0),
        Edge(*PENDING.key): EdgeTraffic(7, 1.0),
    }
    assert report.network(VIEW, traffic).splitlines() == [
        "thermo.out -> display.in  1 message, 0.5/s",
        "thermo.out .. lamp.in  (pending)",
        "thermo.out -> display.unit  (same queue)  12,345 messages, 40/s",
    ]
    alone = NetworkView("lab", (THERMO, ABSENT), (PENDING,))
    assert report.network(alone) == "thermo.out .. lamp.in  (pending)"
    assert report.network(NetworkView("lab", (THERMO,))) == "thermo  (no edges)"


def test_nobody() -> None:
    assert report.participants(NetworkView()) == "nobody is here yet"
    assert report.network(NetworkView()) == "nobody is here yet"


def test_summary() -> None:
    assert report.summary([], []) == "0 participants · 0 edges"
    edges = [EdgeState.BOUND, EdgeState.PENDING, EdgeState.SHARED]
    text = report.summary([RoleState.RUNNING] * 3, edges, 3.5)
    assert text == "3 participants · 3 edges · 3.5 msg/s · 1 pending"
    text = report.summary(["error", "stale", "absent", "stale"], ["bound"], 40.2)
    assert text == "4 participants · 1 edge · 40 msg/s · 1 error · 2 stale · 1 absent"


def test_value() -> None:
    assert report.value({"a": 1}) == '{"a": 1}'
    assert report.value("plain\ntext") == r"plain\ntext"
    assert report.value(b"\xff") == r"b'\xff'"
    assert len(report.value("x" * 1_000)) == 200


def test_wide_characters_are_aligned_as_a_terminal_shows_them() -> None:
    lines = report.table([["温度", "x"], ["e\u0301", "x"], ["🌡", "x"], ["ab", "x"]], ["a", "b"])
    starts = [report.columns(line[: line.rindex("x")]) for line in lines.splitlines()[1:]]
    assert starts == [6, 6, 6, 6]


@given(st.lists(st.tuples(names, names, names), max_size=5))
def test_whatever_the_names_are_a_role_is_one_printable_line(
    rows: list[tuple[str, str, str]],
) -> None:
    roles = tuple(
        RoleView(
            role=Role(role),
            component=component,
            note=port,
            inports=(PortView(PortName(port), literal=component),),
        )
        for role, component, port in rows
    )
    edges = tuple(
        EdgeView(Role(role), PortName(port), Role(role), PortName(other))
        for role, port, other in rows
    )
    for text, lines in (
        (report.participants(NetworkView("", roles)), len(rows) + 1),
        (report.network(NetworkView("", (), edges)), len(rows)),
    ):
        if rows:
            assert len(text.split("\n")) == lines
        assert text.replace("\n", "").isprintable()


def test_strange_names_keep_the_columns() -> None:
    roles = tuple(RoleView(role=Role(name), component="Component") for name in STRANGE)
    lines = report.participants(NetworkView("", roles)).splitlines()
    starts = {report.columns(line[: line.index("Component")]) for line in lines[1:]}
    assert len(starts) == 1
