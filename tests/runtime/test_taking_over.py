"""Roles that the library's components, people's cells and others play in turns."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from msgflo_lab import Lab
from msgflo_lab.network import EdgeState, RoleState
from tests.brokers import Mosquitto
from tests.runtime.helpers import Foreign, Sink, definition, eventually, on_loop, role, state
from tests.runtime.projects import DOUBLE, node, pid, project

NET = "a OUT -> IN c(core/Repeat) OUT -> IN sink"


def negative(in_: int) -> int:
    """What a cell may put in place of a component."""
    return -in_


def here(lab: Lab, name: str) -> bool:
    return role(lab, name).state is RoleState.RUNNING


def network(lab: Lab, text: str = NET) -> Sink:
    lab.add(lambda in_: in_, "a")
    sink = Sink(lab)
    lab.fbp(text)
    return sink


@pytest.fixture
def on_broker(no_thread_left: None, mosquitto: Mosquitto) -> Iterator[Lab]:
    with Lab() as lab:
        lab.start(mosquitto.url)
        yield lab


def test_a_cell_takes_the_role_of_a_component_over_and_gives_it_back(lab: Lab) -> None:
    sink = network(lab)
    lab.send("a.in", 1)
    assert sink.wait(1) == [1]
    lab.add(negative, "c")
    lab._do(lambda _: lab._host.settle())
    assert here(lab, "c")
    lab.send("a.in", 2)
    assert sink.wait(2) == [1, -2]
    lab.fbp(NET)  # the same graph once more takes it from nobody
    lab.send("a.in", 3)
    assert sink.wait(3) == [1, -2, -3]
    lab.remove("c")
    assert here(lab, "c")
    lab.send("a.in", 4)
    assert sink.wait(4) == [1, -2, -3, 4]


def test_code_that_cannot_be_put_in_leaves_the_component_at_work(lab: Lab) -> None:
    class Broken:
        def __init__(self) -> None:
            raise ValueError("no")

        def process(self, inport: str, message: object) -> object:
            return message

    sink = network(lab)
    with pytest.raises(ValueError, match="no"):
        lab.add(Broken, "c")
    lab.send("a.in", 1)
    assert sink.wait(1) == [1]
    lab.fbp("a OUT -> IN sink")
    eventually(lambda: "c" not in [each.role for each in lab.network().roles])


def test_a_component_that_was_removed_is_away_until_the_graph_is_put_in_again(lab: Lab) -> None:
    sink = network(lab)
    lab.remove("c")
    assert role(lab, "c").state is RoleState.ABSENT
    assert role(lab, "c").note == "removed; it runs again when its graph is put in again"
    lab.connect("a.out", "sink.in")  # about something else
    assert role(lab, "c").state is RoleState.ABSENT
    lab.fbp(NET)
    assert here(lab, "c")
    lab.send("a.in", 1)
    assert sink.wait(1) == [1]


def test_one_that_is_removed_with_its_edges_is_no_more(lab: Lab) -> None:
    network(lab)
    lab.remove("c", edges=True)
    assert "c" not in [each.role for each in lab.network().roles]
    assert not lab._host.doings()


def test_a_program_gives_its_role_to_a_cell_and_gets_it_back(
    on_broker: Lab, tmp_path: Path
) -> None:
    lab = on_broker
    lab.library.load(project(tmp_path, Double=DOUBLE))
    lab.add(lambda in_: in_, "a")
    sink = Sink(lab)
    lab.fbp("a OUT -> X c(demo/Double) OUT -> IN sink")
    eventually(lambda: here(lab, "c"))
    lab.send("a.in", 1)
    assert sink.wait(1) == [2]

    def minus(x: int) -> int:
        return -x

    lab.add(minus, "c")
    eventually(lambda: not pid(lab, "c") and role(lab, "c").workers == 1)
    lab.send("a.in", 2)
    assert sink.wait(2) == [2, -2]
    lab.remove("c")
    eventually(lambda: pid(lab, "c") and here(lab, "c"))
    lab.remove("c")
    eventually(lambda: not pid(lab, "c"))
    assert role(lab, "c").state is RoleState.ABSENT
    lab.fbp("a OUT -> X c(demo/Double) OUT -> IN sink")
    eventually(lambda: pid(lab, "c") and here(lab, "c"))


def test_a_cell_takes_over_from_a_program_that_has_not_announced_itself(
    on_broker: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not taken for the program, and forgotten with it."""
    monkeypatch.setattr("msgflo_lab.runtime.limits.PROGRAM_ECHO", 0.1)
    lab = on_broker
    lab.library.load(project(tmp_path, {"Mute": "exec sleep 1000"}))
    sink = network(lab, "a OUT -> X c(demo/Mute) OUT -> IN sink")
    eventually(lambda: pid(lab, "c"))
    lab.add(lambda x: -x, "c")
    programs = lab._host._programs
    assert programs is not None
    casts = programs._casts
    eventually(lambda: lab._do(lambda _: all(each.is_empty for each in casts.values())))
    assert role(lab, "c").workers == 1
    eventually(lambda: state(lab, "a.out", "c.x") is EdgeState.BOUND)
    eventually(lambda: state(lab, "c.out", sink.port) is EdgeState.BOUND)
    lab.send("a.in", 2)
    assert sink.wait(1) == [-2]


def test_a_component_comes_when_somebody_else_has_left_its_role(lab: Lab) -> None:
    said = definition("c", {"in": "c.in"})
    Foreign(lab, said)
    node(lab, "c", "core/Repeat")
    assert not role(lab, "c").local
    on_loop(lab, lambda session: session.coordinator.forget(said.id))
    eventually(lambda: role(lab, "c").local)


def test_settings_that_cannot_be_leave_what_is_there_at_work(lab: Lab) -> None:
    text = "a OUT -> IN c(core/Function) OUT -> IN sink\n'{}' -> EXPRESSION c"
    sink = network(lab, text.format("x + 1000"))
    lab.fbp(text.format("x + 2000 +"))
    why = "still runs what it had: `x + 2000 +` is no expression of Python"
    (problem,) = lab.status().problems
    assert problem.startswith(f"`c` {why}")
    assert role(lab, "c").note.startswith(why)
    lab.send("a.in", 1)
    assert sink.wait(1) == [1001]
    lab.fbp(text.format("x + 2000"))
    lab.send("a.in", 1)
    assert sink.wait(2) == [1001, 2001]
    # What is mended is no problem any more.
    assert lab.status().problems == ()
    assert role(lab, "c").note == ""
