"""The components of the lab's own that have to do with time, and with code that does not end."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from msgflo_lab import Lab
from msgflo_lab.names import Role
from tests.runtime.helpers import Sink, eventually, on_loop, role

FUNCTION = "a OUT -> IN f(core/Function) OUT -> IN sink\n'{}' -> EXPRESSION f"
ENDLESS = "sum(1 for _ in iter(int, 1)) if x else x"


def network(lab: Lab, text: str) -> Sink:
    lab.add(lambda in_: in_, "a")
    sink = Sink(lab)
    lab.fbp(text)
    return sink


def is_busy(lab: Lab, name: str) -> bool:
    return bool(on_loop(lab, lambda session: session.local[Role(name)].job is not None))


THROTTLE = "a OUT -> IN t({}) OUT -> IN sink\n{} -> PER_SECOND t"


def test_a_throttle_heeds_another_pace_while_messages_wait(lab: Lab) -> None:
    sink = network(lab, THROTTLE.format("core/Throttle", 0.0001))
    for number in range(4):
        lab.send("a.in", number)
    assert sink.wait(1) == [0]
    lab.send("t.per_second", 0)
    lab.send("t.per_second", 1000)
    assert sink.wait(4) == [0, 1, 2, 3]


def test_a_throttle_lets_nothing_pass_at_0_and_goes_on_later(lab: Lab) -> None:
    sink = network(lab, THROTTLE.format("core/Throttle", 0))
    for number in range(3):
        lab.send("a.in", number)
    lab.send("t.per_second", "fast")
    eventually(lambda: len(lab.errors("t")) == 1)
    assert sink.got == []
    lab.send("t.per_second", 1e6)
    assert sink.wait(3) == [0, 1, 2]


def test_what_a_throttle_holds_back_is_for_whoever_takes_its_place(lab: Lab) -> None:
    sink = network(lab, THROTTLE.format("core/Throttle", 0))
    for number in range(3):
        lab.send("a.in", number)
    eventually(lambda: len(lab.inspect("t.in", 3)) == 3)
    lab.send("t.per_second", "fast")
    eventually(lambda: len(lab.errors("t")) == 1)
    lab.add(lambda in_: in_, "t")
    assert sorted(sink.wait(3)) == [0, 1, 2]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("msgflo_lab.runtime.participant.STOP_PATIENCE", 0.05)
    monkeypatch.setattr("msgflo_lab.runtime.health.BUSY_SHOWN", 0.0)


@pytest.mark.usefixtures("impatient")
def test_an_expression_that_loops_is_seen_and_gives_way_to_another(lab: Lab) -> None:
    sink = network(lab, FUNCTION.format(ENDLESS))
    lab.send("a.in", 1)
    lab.send("a.in", 0)
    eventually(lambda: is_busy(lab, "f"))
    eventually(lambda: role(lab, "f").note.startswith("busy with one message for "))
    lab.fbp(FUNCTION.format("x + 10"))
    assert sink.wait(1) == [10]
    (failure,) = lab.errors("f", wait=5)
    assert "did not come to its end, and was interrupted" in failure.summary
    lab.send("a.in", 2)
    assert sink.wait(2) == [10, 12]
    eventually(lambda: not role(lab, "f").note.startswith("busy"))


@pytest.mark.usefixtures("impatient")
def test_an_expression_that_loops_ends_with_its_node(lab: Lab) -> None:
    network(lab, FUNCTION.format(ENDLESS).replace("Function", "Filter"))
    lab.send("a.in", 1)
    eventually(lambda: is_busy(lab, "f"))
    lab.fbp("a OUT -> IN sink")
    # That its thread ends, every test here makes sure of.
    assert lab.status().problems == ()


@pytest.mark.usefixtures("impatient", "abandons")
def test_a_thread_that_is_left_is_counted_until_it_ends(lab: Lab) -> None:
    go_on = threading.Event()

    def wait(in_: Any) -> None:
        go_on.wait()

    lab.add(wait, "w")
    lab.send("w.in", 1)
    eventually(lambda: is_busy(lab, "w"))
    lab.remove("w")
    (problem,) = lab.status().problems
    assert problem == "`w` was removed, and its handler does not return: its thread is left"
    go_on.set()
    eventually(lambda: not lab.status().problems)
