"""What becomes of a message: settled by itself, by hand, tried again, and dead letters."""

from __future__ import annotations

import threading
from functools import partial
from typing import Any

import pytest

from msgflo_lab import Lab, current_message
from msgflo_lab.errors import InvalidDefinition, NotRunning
from msgflo_lab.graph import Graph
from msgflo_lab.names import Role
from msgflo_lab.network import EdgeState, RoleState
from msgflo_lab.runtime.current import CurrentMessage
from tests.runtime.helpers import Sink, eventually, role, state


def test_a_failed_message_is_tried_again_and_is_a_dead_letter_in_the_end(lab: Lab) -> None:
    tries: list[int] = []

    @lab.participant(retries=2, retry_after=0.01)
    def picky(x: int) -> int:
        if x == 0:
            tries.append(current_message().attempt)
        return 10 // x

    sink = Sink(lab)
    lab.connect("picky.out", sink.port)
    for x in (1, 0, 2):
        lab.send("picky.x", x)
    assert sink.wait(2) == [10, 5]
    eventually(lambda: lab.dead.counts() == {"picky.x": 1})
    assert tries == [1, 2, 3]
    assert len(lab.errors("picky")) == 3
    (letter,) = lab.dead.letters()
    assert letter.payload == b"0"
    assert letter.reason == "ZeroDivisionError: integer division or modulo by zero"
    assert letter.count == 1
    assert letter.first > 0


def test_dead_letters_are_looked_at_edited_and_sent_again(lab: Lab) -> None:
    def picky(x: int) -> int:
        return 10 // x

    sink = Sink(lab)
    lab.add(picky)
    lab.connect("picky.out", sink.port)
    for _ in range(3):
        lab.send("picky.x", 0)
    eventually(lambda: lab.dead.counts() == {"picky.x": 3})
    first, second, third = lab.dead.letters("picky.x")
    assert lab.dead.letters("picky.x", 1) == [first]
    assert lab.dead.requeue("picky.x", [second.id], {second.id: 5}) == 1
    assert sink.wait(1) == [2]
    assert [each.id for each in lab.dead.letters()] == [first.id, third.id]
    assert lab.dead.drop("picky.x", [third.id]) == 1
    assert lab.dead.requeue("picky.x", edited={first.id: 10}) == 1
    assert sink.wait(2) == [2, 1]
    assert lab.dead.counts() == {}
    assert lab.dead.letters() == []
    assert lab.dead.drop("picky.x") == 0
    assert lab.dead.letters("nobody.in") == []


def test_by_hand(lab: Lab) -> None:
    kept: list[CurrentMessage] = []

    @lab.participant("f")
    def f(x: str) -> None:
        message = current_message()
        assert message.inport == "x"
        if x == "nack":
            message.nack("not mine")
            message.ack()  # too late
        elif x == "delay" and message.attempt == 1:
            message.delay(0.01)
        elif x == "delay":
            lab.send("done.x", message.attempt)
        elif x == "keep":
            message.keep()
            kept.append(message)

    done: list[int] = []
    lab.add(lambda x: done.append(x), "done")
    for x in ("ack", "nack", "delay", "keep"):
        lab.send("f.x", x)
    eventually(lambda: done == [2])
    (letter,) = lab.dead.letters()
    assert (letter.payload, letter.reason) == (b'"nack"', "not mine")
    assert kept[0].payload == b'"keep"'
    threading.Thread(target=kept[0].nack, args=("after all",)).start()
    eventually(lambda: lab.dead.counts() == {"f.x": 2})
    assert not lab.errors()


def test_an_error_counts_more_than_keeping(lab: Lab) -> None:
    @lab.participant("f")
    def f(x: int) -> None:
        current_message().keep()
        raise ValueError("no")

    lab.send("f.x", 1)
    eventually(lambda: lab.dead.counts() == {"f.x": 1})


def test_there_is_no_message_but_in_a_handler(lab: Lab) -> None:
    with pytest.raises(NotRunning, match="no current message"):
        current_message()
    caught: list[str] = []

    @lab.participant(every=0.005)
    def clock() -> None:
        try:
            current_message()
        except NotRunning as error:
            caught.append(str(error))

    eventually(lambda: caught)


def test_rejected_messages_go_where_a_round_robin_sends_them(lab: Lab) -> None:
    def work(job: int) -> int:
        return 10 // job

    done, failed = Sink(lab, "done"), Sink(lab, "failed")
    lab.add(work)
    lab.add(lambda x: x, "front")
    junction = lab.balance("front.out", "work.job", dead_letters=failed.port)
    lab.connect("work.out", done.port)
    view = role(lab, junction)
    assert (view.component, view.state) == ("msgflo/RoundRobin", RoleState.RUNNING)
    assert [port.id for port in view.inports] == ["in"]
    assert [port.id for port in view.outports] == ["out", "deadletter"]
    for ends in (("front.out", f"{junction}.in"), (f"{junction}.deadletter", failed.port)):
        assert state(lab, *ends) is EdgeState.BOUND
    assert dead_edges(lab) == [(junction, "deadletter", "failed", "in")]
    for job in (5, 0, 2):
        lab.send("front.x", job)
    assert done.wait(2) == [2, 5]
    assert failed.wait(1) == [0]
    assert lab.dead.counts() == {}


def test_a_round_robin_whose_worker_is_not_there_yet(lab: Lab) -> None:
    lab.add(lambda x: x, "front")
    junction = lab.balance("front.out", "work.job")
    assert state(lab, "front.out", f"{junction}.in") is EdgeState.PENDING
    sink = Sink(lab, "done")
    lab.add(lambda job: job, "work")
    lab.connect("work.out", sink.port)
    eventually(lambda: state(lab, "front.out", f"{junction}.in") is EdgeState.BOUND)
    lab.send("front.x", 1)
    assert sink.wait(1) == [1]


def test_dead_letters_leave_a_round_robin_in_any_capitals(lab: Lab) -> None:
    sink = Sink(lab)
    lab.connect("turns.DeadLetter", sink.port)
    assert dead_edges(lab) == []  # nobody has said that it is a round robin
    for component, expected in (
        ("msgflo/RoundRobin", [("turns", "DeadLetter", "sink", "in")]),
        ("msgflo/PubSub", []),
    ):
        edit = partial(Graph.add_node, role=Role("turns"), component=component)
        lab._edit(lambda _, edit=edit: edit)  # type: ignore[misc]
        assert dead_edges(lab) == expected


def test_stopped_a_junction_is_no_absent_participant() -> None:
    lab = Lab()
    lab.add(lambda job: job, "work")
    junction = lab.balance("front.out", "work.job", dead_letters="failed.in")
    view = role(lab, junction)
    assert view.is_junction
    assert (view.component, view.note) == ("msgflo/RoundRobin", "stopped")
    assert [port.id for port in view.inports] == ["in"]
    assert [port.id for port in view.outports] == ["out", "deadletter"]
    assert role(lab, "work").state is RoleState.ABSENT
    assert dead_edges(lab) == [(junction, "deadletter", "failed", "in")]


def dead_edges(lab: Lab) -> list[tuple[str, ...]]:
    """The edges that lead dead letters on."""
    return [edge.key for edge in lab.network().edges if edge.dead]


def test_stopped_there_are_no_dead_letters_to_work_on() -> None:
    lab = Lab()
    for ask in (lab.dead.counts, lab.dead.letters, lambda: lab.dead.requeue("a.b")):
        with pytest.raises(NotRunning):
            ask()


@pytest.mark.parametrize(
    ("details", "text"),
    [
        ({"retries": -1}, "`retries` is a number from 0"),
        ({"retries": 1.5}, "`retries` is a number"),
        ({"retry_after": 1e9}, "`retry_after` is a number"),
        ({"options": {"nowhere": {}}}, "`options` for a port `nowhere`; it has: x, out, error"),
        ({"options": {"x": 5}}, "`options` are by port"),
        ({"tries": 5}, "no detail tries; there are: every"),
    ],
)
def test_details_that_cannot_be(lab: Lab, details: dict[str, Any], text: str) -> None:
    with pytest.raises(InvalidDefinition, match=text):
        lab.add(lambda x: x, "f", **details)


def test_options_are_announced(lab: Lab) -> None:
    lab.add(lambda x: x, "f", share=True, options={"x": {"quorum": True}, "out": {"a": 1}})
    behaviour = lab._host.workspace.behaviours[next(iter(lab._host.workspace.behaviours))]
    assert {port.name: port.options for port in (*behaviour.inports, *behaviour.outports)} == {
        "x": {"share": True, "quorum": True},
        "out": {"a": 1},
        "error": {},
    }
