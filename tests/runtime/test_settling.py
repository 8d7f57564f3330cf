"""What becomes of a message: settled by itself, by hand, tried again, and dead letters."""

from __future__ import annotations

import threading
from fractions import Fraction
from functools import partial
from itertools import count
from types import SimpleNamespace
from typing import Any, cast

import pytest

from msgflo_lab import Lab, current_message
from msgflo_lab.errors import InvalidDefinition, NotRunning, UnknownName
from msgflo_lab.graph import Graph
from msgflo_lab.names import Role
from msgflo_lab.network import EdgeState, RoleState
from msgflo_lab.runtime.current import CurrentMessage
from msgflo_lab.transport import Delivery
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
    assert lab.dead.letters("picky.x", -1) == []
    with pytest.raises(UnknownName, match=r"no inport or queue with dead letters `nobody\.in`"):
        lab.dead.letters("nobody.in")
    for do in (lab.dead.requeue, lab.dead.drop):
        with pytest.raises(UnknownName, match=r"did you mean `picky\.x`"):
            do("pikcy.x")


def test_one_id_is_one_id(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("msgflo_lab_transports.dead_letters._ids", count(1))

    def picky(x: int) -> int:
        return 10 // x

    lab.add(picky)
    for _ in range(12):
        lab.send("picky.x", 0)
    eventually(lambda: lab.dead.counts() == {"picky.x": 12})
    assert lab.dead.drop("picky.x", "12") == 1
    assert [each.id for each in lab.dead.letters()] == [str(n) for n in range(1, 12)]
    assert lab.dead.requeue("picky.x", "11", {"11": 5}) == 1
    assert lab.inspect("picky.out", 1, wait=5)[0].value == 2


@pytest.mark.parametrize(
    ("ids", "edited"), [(None, "99"), (["1"], "2"), (["1", "99"], "99"), ("1", "2")]
)
def test_what_is_edited_must_be_there(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, ids: Any, edited: str
) -> None:
    monkeypatch.setattr("msgflo_lab_transports.dead_letters._ids", count(1))

    def picky(x: int) -> int:
        return 10 // x

    lab.add(picky)
    for _ in range(3):
        lab.send("picky.x", 0)
    eventually(lambda: lab.dead.counts() == {"picky.x": 3})
    before = lab.dead.letters()
    with pytest.raises(UnknownName, match=f"no dead letter `{edited}` on `picky.x`; it has: 1"):
        lab.dead.requeue("picky.x", ids, {edited: 5})
    with pytest.raises(UnknownName, match="it has: 1, 2, 3"):
        lab.dead.requeue("picky.x", ["9"], {"9": 5})
    assert lab.dead.letters() == before


class Rude:
    def __str__(self) -> str:
        raise RuntimeError("even that")


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (ValueError("no\nprice"), "ValueError: no price"),
        (KeyError("unit"), "KeyError: 'unit'"),
        (None, "rejected"),
        (404, "404"),
        ({"code": 1}, "{'code': 1}"),
        (Rude(), "<Rude>"),
        ("\ud800", "\\ud800"),
    ],
    ids=["error", "key", "none", "number", "dict", "rude", "half"],
)
def test_a_reason_may_be_anything(lab: Lab, reason: object, said: str) -> None:
    @lab.participant("f")
    def f(x: int) -> int:
        if x == 1:
            current_message().nack(reason)
        return x

    lab.send("f.x", 1)
    lab.send("f.x", 2)
    assert [seen.value for seen in lab.inspect("f.out", 2, wait=5)] == [1, 2]
    assert [letter.reason for letter in lab.dead.letters("f.x")] == [said]
    assert not lab.errors()


@pytest.mark.parametrize(
    "seconds", ["5", None, -1, float("nan"), float("inf"), 86_401, 10**400, True, 1j], ids=repr
)
def test_a_delay_that_cannot_be_is_an_error_of_the_handler(lab: Lab, seconds: Any) -> None:
    @lab.participant("f")
    def f(x: int) -> int:
        if x == 1:
            current_message().delay(seconds)
        return x

    lab.send("f.x", 1)
    lab.send("f.x", 2)
    assert [seen.value for seen in lab.inspect("f.out", 1, wait=5)] == [2]
    (letter,) = lab.dead.letters("f.x")
    assert "delayed by a number of seconds from 0 to 86,400, not by" in letter.reason
    (failure,) = lab.errors("f")
    assert "in f" in failure.trace


def test_a_number_of_another_library_is_a_delay(lab: Lab) -> None:
    @lab.participant("f")
    def f(x: int) -> int | None:
        if current_message().attempt > 1:
            return x
        current_message().delay(Fraction(1, 100))  # type: ignore[arg-type]
        return None

    lab.send("f.x", 1)
    assert [seen.value for seen in lab.inspect("f.out", 1, wait=5)] == [1]


@pytest.mark.parametrize("what", ["ack", "nack", "retry", "post"])
def test_a_transport_that_is_broken_ends_no_participant(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise AttributeError("a bug of a transport")

    @lab.participant("f")
    def f(x: int) -> int:
        if x == 1 and what != "post":
            message = current_message()
            message._delivery = cast(Delivery, SimpleNamespace(**{what: broken}))
            if what == "retry":
                message.delay(1)
            else:
                getattr(message, what)()
        return x

    if what == "post":
        monkeypatch.setattr("msgflo_lab_transports.direct.DirectClient.post", broken)
    lab.send("f.x", 1)
    assert lab.errors("f", wait=5)[0].summary == "AttributeError: a bug of a transport"
    monkeypatch.undo()
    lab.send("f.x", 2)
    eventually(lambda: 2 in [seen.value for seen in lab.inspect("f.out", 3)])
    if what != "post":
        assert lab.dead.counts() == {"f.x": 1}


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


def test_a_decision_counts_more_than_an_error_after_it(lab: Lab) -> None:
    @lab.participant("f")
    def f(x: int) -> None:
        message = current_message()
        if x % 2:
            message.ack()
        elif message.attempt == 1:
            message.delay(0.01)
        else:
            return
        raise ValueError("no")

    for x in range(20):
        lab.send("f.x", x)
    eventually(lambda: len(lab.errors("f")) == 20)
    lab.send("f.x", 21)
    eventually(lambda: len(lab.errors("f")) == 21)
    assert lab.dead.counts() == {}


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
    lab.add(lambda x: x, "f", share=True, options={"x": {"quorum": True}, "out": {"x-a": 1}})
    behaviour = lab._host.workspace.behaviours[next(iter(lab._host.workspace.behaviours))]
    assert {port.name: port.options for port in (*behaviour.inports, *behaviour.outports)} == {
        "x": {"share": True, "quorum": True},
        "out": {"x-a": 1},
        "error": {},
    }
