"""The network follows: participants come in any order, leave, die, come back; edges wait."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from msgflo_lab import Lab
from msgflo_lab.discovery import encode
from msgflo_lab.errors import InvalidName, UnknownName
from msgflo_lab.network import EdgeState, RoleState
from msgflo_lab.runtime.problems import Problem
from tests.runtime.helpers import Foreign, Sink, definition, eventually, role, state


def double(x: float) -> float:
    return 2 * x


@pytest.mark.parametrize("order", ["node", "edge", "other"])
def test_in_any_order(lab: Lab, order: str) -> None:
    if order == "edge":
        lab.connect("double.out", "sink.in")
        assert state(lab, "double.out", "sink.in") is EdgeState.PENDING
        assert role(lab, "sink").state is RoleState.ABSENT
    if order == "node":
        lab.add(double)
        lab.connect("double.out", "sink.in")
        assert state(lab, "double.out", "sink.in") is EdgeState.PENDING
        sink = Sink(lab)
    else:
        sink = Sink(lab)
        lab.add(double)
        lab.connect("double.out", "sink.in")
    assert state(lab, "double.out", "sink.in") is EdgeState.BOUND
    lab.send("double.x", 21)
    assert sink.wait(1) == [42]


def test_edges_of_a_removed_participant_wait_for_the_next(lab: Lab) -> None:
    sink = Sink(lab)
    lab.add(double)
    lab.connect("double.out", "sink.in")
    lab.remove("double")
    assert state(lab, "double.out", "sink.in") is EdgeState.PENDING
    assert role(lab, "double").workers == 0
    lab.add(lambda x: x + 1, "double")
    assert state(lab, "double.out", "sink.in") is EdgeState.BOUND
    lab.send("double.x", 1)
    assert sink.wait(1) == [2]


def test_a_foreign_participant_joins_and_exchanges_bytes(lab: Lab) -> None:
    sink = Sink(lab)
    lab.connect("device/1.value", "sink.in")
    device = Foreign(lab, definition("device/1", {"set": "dev/set"}, {"value": "dev/value"}))
    eventually(lambda: state(lab, "device/1.value", "sink.in") is EdgeState.BOUND)
    device.send("dev/value", b"\xff\x00", b"not json", b"22.5")
    assert sink.wait(3) == [b"\xff\x00", "not json", 22.5]
    lab.send("device/1.set", b"\x00\x01")
    lab.send("device/1.set", {"on": True})
    eventually(lambda: device.got == [b"\x00\x01", b'{"on":true}'])


def test_it_comes_back_with_another_queue(lab: Lab) -> None:
    sink = Sink(lab)
    device = Foreign(lab, definition("dev", {}, {"out": "first"}, who="dev-1"))
    lab.connect("dev.out", "sink.in")
    device.announce(definition("dev", {}, {"out": "second"}, who="dev-1"))
    eventually(lambda: state(lab, "dev.out", "sink.in") is EdgeState.BOUND)
    device.send("first", b"1")
    device.send("second", b"2")
    assert sink.wait(1) == [2]
    again = Foreign(lab, definition("dev", {}, {"out": "third"}, who="dev-2"))
    eventually(lambda: role(lab, "dev").workers == 2)
    eventually(lambda: state(lab, "dev.out", "sink.in") is EdgeState.BOUND)
    again.send("third", b"3")
    device.send("second", b"4")
    assert sink.wait(3) == [2, 3, 4]


def test_it_dies_silently() -> None:
    with Lab(heartbeat=1.5) as lab:
        lab.start()
        Sink(lab)
        device = Foreign(lab, definition("dev", {}, {"out": "dev.OUT"}))
        lab.connect("dev.out", "sink.in")
        eventually(lambda: role(lab, "dev").state is RoleState.STALE)
        assert role(lab, "dev").note.startswith("silent for ")
        assert state(lab, "dev.out", "sink.in") is EdgeState.BOUND
        eventually(lambda: role(lab, "dev").state is RoleState.ABSENT)
        assert state(lab, "dev.out", "sink.in") is EdgeState.PENDING
        assert role(lab, "sink").state is RoleState.RUNNING, "our own keep announcing themselves"
        device.announce(device.said)
        eventually(lambda: state(lab, "dev.out", "sink.in") is EdgeState.BOUND)


def test_a_removed_role_stays_in_the_graph_only_for_its_edges(lab: Lab) -> None:
    lab.add(lambda x: x, "a")
    sink = Sink(lab)
    lab.connect("a.out", sink.port)
    lab.move({"a": (8, 8)})
    lab.remove("a")
    assert role(lab, "a").state is RoleState.ABSENT
    lab.remove("a", edges=True)
    assert [each.role for each in lab.network().roles] == ["sink"]
    assert not lab.network().edges
    lab.add(lambda x: x, "b")
    lab.move({"b": (8, 8)})
    lab.remove("b")
    assert [each.role for each in lab.network().roles] == ["sink"]
    assert list(lab.graph.nodes) == ["sink"]
    with pytest.raises(UnknownName, match="no role `b`"):
        lab.remove("b", edges=True)


def test_a_forgotten_device_is_back_with_its_next_heartbeat(lab: Lab) -> None:
    device = Foreign(lab, definition("dev", {}, {"out": "dev.OUT"}, who="dev"))
    lab.remove("dev")
    assert not lab.network().roles
    device.announce(device.said)
    assert role(lab, "dev").state is RoleState.RUNNING
    with pytest.raises(UnknownName, match="no role `nobody`; there are: dev"):
        lab.remove("nobody")


@pytest.mark.parametrize("value", [0, False, "", None, [], {"a": 1}, b"\xff"])
def test_initial_packets_are_sent_whenever_their_participant_appears(lab: Lab, value: Any) -> None:
    lab.send("sink.in", value, initial=True)
    sink = Sink(lab)
    assert sink.wait(1) == [value]
    lab.remove("sink")
    again = Sink(lab)
    assert again.wait(1) == [value]
    lab.stop()
    lab.start()
    again.wait(2)
    assert sink.got == [value]


def test_an_initial_packet_for_who_is_there_is_sent_at_once_and_again(lab: Lab) -> None:
    sink = Sink(lab)
    given = [1, 2]
    lab.send("sink.in", given, initial=True)
    assert sink.wait(1) == [[1, 2]]
    given.append(3)
    lab.remove("sink")
    assert Sink(lab).wait(1) == [[1, 2]], "what happens to the value later does not matter"


def test_an_initial_packet_for_a_port_that_comes_later_with_new_code(lab: Lab) -> None:
    lab.add(lambda x: x, "f")
    sink = Sink(lab)
    lab.connect("f.out", "sink.in")
    lab.remove("f")
    lab.send("f.factor", 3, initial=True)
    lab.add(lambda x: x, "f")
    lab.add(lambda x, factor=1: x * factor, "f")
    lab.send("f.x", 5)
    eventually(lambda: 15 in sink.got)


def test_an_initial_packet_follows_its_participant_to_another_queue(lab: Lab) -> None:
    lab.send("dev.in", 5, initial=True)
    device = Foreign(lab, definition("dev", {"in": "first"}, who="dev-1"))
    eventually(lambda: device.got == [b"5"])
    device.announce(definition("dev", {"in": "second"}, who="dev-1"))
    moved = Foreign(lab, definition("dev", {"in": "third"}, who="dev-2"))
    eventually(lambda: moved.got == [b"5"])


def test_workers_that_share_a_queue_share_a_packet(lab: Lab) -> None:
    device = Foreign(lab, definition("dev", {"in": "q"}, who="dev-1"))
    device.announce(definition("dev", {"in": "q"}, who="dev-2"))
    lab.send("dev.in", 1, initial=True)
    lab.send("dev.in", 2)
    eventually(lambda: device.got[-1:] == [b"2"])
    assert device.got == [b"1", b"2"]


def test_equal_queues_are_an_edge(lab: Lab) -> None:
    Foreign(lab, definition("a", {}, {"out": "shared"}))
    other = Foreign(lab, definition("b", {"in": "shared"}))
    eventually(lambda: state(lab, "a.out", "b.in") is EdgeState.SHARED)
    assert not lab.graph.edges
    other.send("shared", b"1", b"2")
    eventually(lambda: [each.count for each in lab.traffic().values()] == [2])
    assert other.got == [b"1", b"2"], "each once: nobody forwards it"
    lab.remove("a")
    eventually(lambda: state(lab, "a.out", "b.in") is None)


def test_an_edge_of_the_graph_that_is_shared_too_stays_as_pending(lab: Lab) -> None:
    Foreign(lab, definition("a", {}, {"out": "shared"}))
    Foreign(lab, definition("b", {"in": "shared"}))
    lab.connect("a.out", "b.in")
    assert state(lab, "a.out", "b.in") is EdgeState.SHARED
    lab.remove("a")
    assert state(lab, "a.out", "b.in") is EdgeState.PENDING
    lab.disconnect("a.out", "b.in")
    assert state(lab, "a.out", "b.in") is None


def test_an_inport_and_an_outport_of_one_name_are_not_one_queue(lab: Lab) -> None:
    lab.add(lambda out: out, "f")
    view = role(lab, "f")
    assert view.inports[0].queue != view.outports[0].queue
    assert not lab.network().edges


def test_a_role_that_somebody_plays_elsewhere_is_shared_and_its_queue_too(lab: Lab) -> None:
    Foreign(lab, definition("x", {"in": "taken.IN"}))
    lab.add(lambda in_: in_, "taken")
    assert role(lab, "taken").inports[0].queue == "taken.IN~2"


def test_renaming_carries_everything_along(lab: Lab) -> None:
    sink = Sink(lab)
    lab.add(double)
    lab.connect("double.out", "sink.in")
    lab.send("double.x", 1, initial=True)
    assert sink.wait(1) == [2]
    lab.rename("double", "twice")
    assert state(lab, "twice.out", "sink.in") is EdgeState.BOUND
    assert [each.role for each in lab.network().roles] == ["sink", "twice"]
    lab.send("twice.x", 2)
    assert sink.wait(2) == [2, 4], "the initial packet is not sent again"


def test_what_cannot_be_renamed_changes_nothing(lab: Lab) -> None:
    lab.add(double)
    Sink(lab)
    lab.connect("double.out", "absent.in")
    before = (lab.network(), lab.graph)
    for other in ("sink", "", "absent", "x" * 2_000, "\ud800"):
        with pytest.raises(ValueError, match=r"taken|cannot be announced|already|no text"):
            lab.rename("double", other)
    with pytest.raises(UnknownName):
        lab.rename("nobody", "x")
    lab.rename("double", "double")
    assert (lab.network(), lab.graph) == before
    lab.stop()
    for other in ("sink", ""):
        with pytest.raises(InvalidName):
            lab.rename("double", other)
    lab.rename("double", "twice")
    lab.start()
    assert [r.role for r in lab.network().roles if r.local] == ["twice", "sink"]


def test_a_participant_takes_over_a_role_that_is_waited_for(lab: Lab) -> None:
    Sink(lab)
    lab.connect("twice.out", "sink.in")
    lab.add(double)
    lab.rename("double", "twice")
    assert state(lab, "twice.out", "sink.in") is EdgeState.BOUND


def test_unusable_announcements_are_problems_and_bounded(lab: Lab) -> None:
    device = Foreign(lab, definition("dev"))
    device.announce_raw(*[b"garbage %d" % number for number in range(1_000)])
    eventually(lambda: lab.status().problems[-1:] and "garbage 999" in lab.status().problems[-1])
    assert "unusable announcement: not JSON" in lab.status().problems[-1]
    assert len(lab.status().problems) == 100


def test_a_problem_knows_when_it_came_up(lab: Lab) -> None:
    device = Foreign(lab, definition("dev"))
    before = time.time()
    device.announce_raw(b"garbage")
    eventually(lambda: lab.status().problems)
    (problem,) = lab.status().problems
    assert isinstance(problem, Problem)
    assert before <= problem.at <= time.time()


def test_garbage_does_not_stop_messages(lab: Lab) -> None:
    sink = Sink(lab)
    lab.add(double)
    lab.connect("double.out", "sink.in")
    device = Foreign(lab, definition("dev"))
    flood = threading.Thread(target=lambda: device.announce_raw(*[b"{}"] * 20_000))
    flood.start()
    for number in range(500):
        lab.send("double.x", number)
    flood.join()
    assert sink.wait(500) == [2 * number for number in range(500)]


def test_a_thousand_announcements_at_once(lab: Lab) -> None:
    device = Foreign(lab, definition("dev"))
    device.announce_raw(
        *[
            encode(definition(f"p{n}", {"in": f"p{n}.IN"}, {"out": f"p{n}.OUT"}))
            for n in range(1_000)
        ]
    )
    eventually(lambda: len(lab.network().roles) == 1_001)
    assert not lab.status().problems


def test_one_announcement_cannot_make_a_million_edges(lab: Lab) -> None:
    device = Foreign(lab, definition("dev"))
    ports: dict[str, str | None] = {str(number): "same" for number in range(1_000)}
    for who in ("a", "b"):
        device.announce(definition(who, ports, ports))
    assert 0 < len(lab.network().edges) <= 1_000
    lab.remove("a")
    lab.remove("b")
    assert not lab.network().edges
