"""Round robins to workers that do not share their queue: nothing is handed out in turn, and why."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from msgflo_lab import Lab
from msgflo_lab.definition import ParticipantDefinition
from msgflo_lab.errors import UnknownName
from msgflo_lab.network import RoleState
from msgflo_lab.transport import Traits
from tests.runtime.helpers import Foreign, definition, eventually, on_loop, role

SAID = (
    "each of the 2 workers of `worker` gets every message: they do not share `job` "
    "(give each `share=True`, or `--share`)"
)


def worker(
    number: int, *, shares: bool = False, queue: str = "worker.JOB"
) -> ParticipantDefinition:
    said = definition("worker", {"job": queue}, who=f"worker-{number}")
    (port,) = said.inports
    return replace(said, inports=(replace(port, options={"share": shares}),))


@pytest.fixture
def front(lab: Lab) -> Lab:
    lab.add(lambda request: request, "front", outports=["job"])
    return lab


def test_it_is_said_while_it_is_so(front: Lab) -> None:
    device = Foreign(front, worker(1))
    node = front.balance("front.job", "worker.job")
    assert role(front, node).note == ""
    assert not front.status().problems
    device.announce(worker(2))
    eventually(lambda: role(front, node).note == SAID)
    assert front.status().problems == (f"`front-job-turns`: {SAID}",)
    assert role(front, node).state is RoleState.RUNNING
    device.announce(worker(1, shares=True))
    assert role(front, node).note == SAID  # the other one still gets every message
    device.announce(worker(2, shares=True))
    eventually(lambda: role(front, node).note == "")
    assert not front.status().problems


def test_a_queue_each_is_in_turn(front: Lab) -> None:
    device = Foreign(front, worker(1))
    device.announce(worker(2, queue="other.JOB"))
    assert role(front, front.balance("front.job", "worker.job")).note == ""


def test_where_the_broker_shares_there_is_nothing_to_say(
    front: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    traits = property(lambda _: Traits(shares=True, keeps=True))
    kind = on_loop(front, lambda session: type(session.binder))
    monkeypatch.setattr(kind, "traits", traits)
    device = Foreign(front, worker(1))
    device.announce(worker(2))
    assert role(front, front.balance("front.job", "worker.job")).note == ""
    assert front.status().keeps


@pytest.mark.parametrize("is_running", [True, False])
def test_a_junction_has_the_ports_that_it_has(front: Lab, is_running: bool) -> None:
    node = front.balance("front.job", "worker.job")
    if not is_running:
        front.stop()
    with pytest.raises(UnknownName, match="it has: out, deadletter"):
        front.connect(f"{node}.foo", "sink.in")
    with pytest.raises(UnknownName, match="it has: in"):
        front.connect("front.job", f"{node}.into")
    front.connect(f"{node}.DEADLETTER", "sink.in")
    front.connect(f"{node}.OUT", "other.job")
    assert len(front.graph.edges) == 4
