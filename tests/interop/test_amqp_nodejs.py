"""Participants of msgflo-nodejs, as real processes on RabbitMQ, among ours."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from msgflo_lab.definition import Side
from msgflo_lab.names import QueueName
from msgflo_lab.transport import BrokerUrl
from msgflo_lab_transports.amqp import Amqp
from tests.brokers import RabbitMQ

from .amqp import Management, lab_on
from .conftest import node_repeat
from .watching import DEADLINE, all_bound, is_running, role_of, wait_for

VALUES: list[Any] = [
    {"n": 1, "text": "žluťoučký", "deep": [{"a": None}]},
    [1, 2.5, True],
    "plain text",
    0,
    False,
    "",
    "x" * 200_000,
]


def test_it_is_discovered_as_it_announces_itself(rabbitmq: RabbitMQ, vhost: str) -> None:
    with lab_on(rabbitmq, vhost) as lab, node_repeat(vhost) as process:
        wait_for(lab, is_running("repeat"))
        found = role_of(lab.network(), "repeat")
        assert found is not None
        assert found.component == "Repeat"
        assert found.label == "Repeats in data without changes"
        assert [(port.id, port.queue) for port in found.inports] == [("in", "repeat.IN")]
        assert [(port.id, port.queue) for port in found.outports] == [("out", "repeat.OUT")]
        assert not lab.status().problems
        assert process.poll() is None


@pytest.mark.parametrize("options", [{}, {"confirms": "all"}, {"quorum": 1}])
def test_messages_go_there_and_back(
    rabbitmq: RabbitMQ, vhost: str, options: dict[str, object]
) -> None:
    with lab_on(rabbitmq, vhost, **options) as lab, node_repeat(vhost) as process:

        @lab.participant("ask")
        def ask(question):  # type: ignore[no-untyped-def]
            return question

        got: list[Any] = []
        all_there = threading.Event()

        @lab.participant("answer")
        def answer(value):  # type: ignore[no-untyped-def]
            got.append(value)
            if len(got) == len(VALUES):
                all_there.set()

        # The edges may be there before the Node.js process is.
        lab.connect("ask.out", "repeat.in")
        lab.connect("repeat.out", "answer.value")
        wait_for(lab, all_bound)
        for value in VALUES:
            lab.send("ask.question", value)
        assert all_there.wait(DEADLINE), (got, lab.status())
        assert got == VALUES
        assert process.poll() is None
        assert not [text for text in lab.status().problems if "link" in text]


def test_text_that_is_no_json_reaches_it_as_text(rabbitmq: RabbitMQ, vhost: str) -> None:
    with lab_on(rabbitmq, vhost) as lab, node_repeat(vhost):
        wait_for(lab, is_running("repeat"))
        assert lab.inspect("repeat.out", 1) == []
        lab.send("repeat.in", b"no json")
        assert [each.value for each in lab.inspect("repeat.out", 1, wait=DEADLINE)] == ["no json"]


def test_its_queues_are_what_ours_would_be(rabbitmq: RabbitMQ, vhost: str) -> None:
    management = Management(rabbitmq, vhost)
    with lab_on(rabbitmq, vhost) as lab, node_repeat(vhost):

        @lab.participant("ours")
        def ours(value):  # type: ignore[no-untyped-def]
            return value

        wait_for(lab, is_running("repeat"))
        alike = ["durable", "auto_delete", "exclusive", "type"]
        theirs, mine = management.queue("repeat.IN"), management.queue("ours.VALUE")
        assert {key: theirs[key] for key in alike} == {key: mine[key] for key in alike}
        assert theirs["arguments"] == {"x-dead-letter-exchange": "dead-repeat.IN"}
        assert mine["arguments"] == {"x-dead-letter-exchange": "dead-ours.VALUE"}
        for theirs_is, mine_is in [("repeat.IN", "ours.VALUE"), ("repeat.OUT", "ours.OUT")]:
            one, other = management.exchange(theirs_is), management.exchange(mine_is)
            alike = ["type", "durable", "auto_delete", "internal", "arguments"]
            assert {key: one[key] for key in alike} == {key: other[key] for key in alike}


@pytest.mark.anyio
async def test_a_worker_of_ours_shares_its_queue(rabbitmq: RabbitMQ, vhost: str) -> None:
    """Also one that would have declared it otherwise: the queue is used as it is."""
    queue, notes = QueueName("repeat.IN"), list[str]()
    with lab_on(rabbitmq, vhost) as lab, node_repeat(vhost) as process:
        wait_for(lab, is_running("repeat"))
        for options in ({}, {"quorum": "1"}):
            notes.clear()
            client = await Amqp().client(
                BrokerUrl.parse(vhost, **options), name="worker", on_note=notes.append
            )
            try:
                await client.declare(queue, Side.IN)
                await client.declare(QueueName("repeat.OUT"), Side.OUT)
                inbox = await client.subscribe(queue)
                assert len(notes) == len(options)
                assert all("`repeat.IN` is there already, and is used as it is" in n for n in notes)
                # Both get some: the broker serves its consumers in turn.
                for number in range(4):
                    await client.publish(queue, b"%d" % number, Side.IN)
                (await inbox.get()).ack()
                (await inbox.get()).ack()
                assert client._link.connection is not None
            finally:
                await client.close()
        assert process.poll() is None
        assert not lab.status().problems


def test_it_joins_queues_that_we_have_declared_before(rabbitmq: RabbitMQ, vhost: str) -> None:
    with lab_on(rabbitmq, vhost) as lab:

        class Repeat:
            def process(self, port: str, value: Any) -> Any:
                return value

        lab.add(Repeat, "repeat")
        mine = role_of(lab.network(), "repeat")
        assert mine is not None
        assert [port.queue for port in mine.inports] == ["repeat.IN"]
        with node_repeat(vhost) as process:
            wait_for(lab, lambda view: (role_of(view, "repeat") or mine).workers == 2)
            for number in range(10):
                lab.send("repeat.in", number)
            lab.remove("repeat")
            # What is left is theirs.
            lab.send("repeat.in", 11)
            seen = lab.inspect("repeat.out", 1, wait=DEADLINE)
            assert seen
            assert process.poll() is None


def test_a_quorum_queue_of_ours_is_none_that_it_can_declare(rabbitmq: RabbitMQ, vhost: str) -> None:
    """That is msgflo-nodejs's own rule: it ends, and says why. Nothing of ours ends with it."""
    with lab_on(rabbitmq, vhost, quorum=1) as lab:

        class Repeat:
            def process(self, port: str, value: Any) -> Any:
                return value

        lab.add(Repeat, "repeat")
        with node_repeat(vhost) as process:
            _, errors = process.communicate(timeout=DEADLINE)
            assert process.returncode
            assert b"PRECONDITION_FAILED" in errors
        lab.send("repeat.in", 1)
        assert [each.value for each in lab.inspect("repeat.out", 1, wait=DEADLINE)] == [1]
        assert lab.status().is_up
        assert not lab.status().problems
