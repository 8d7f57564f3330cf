"""Queues as msgflo-python makes them, with pika: not durable, and no place for what is rejected.

Ours take them as they are, and say so.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from pika.exchange_type import ExchangeType

from msgflo_lab import Lab
from msgflo_lab.errors import PayloadTooLarge
from msgflo_lab_transports.amqp.limits import AMQP_MAX_PAYLOAD
from tests.brokers import RabbitMQ
from tests.runtime.helpers import eventually

from .amqp import Management, announcement, lab_on, python, received
from .watching import DEADLINE, all_bound, is_running, role_of, wait_for


@pytest.fixture
def lab(rabbitmq: RabbitMQ, vhost: str) -> Iterator[Lab]:
    with lab_on(rabbitmq, vhost) as lab:
        yield lab


def test_a_participant_with_pika_is_bound_in_both_directions(lab: Lab, vhost: str) -> None:
    with python(vhost) as channel:
        channel.queue_declare("py/in", durable=False)
        channel.exchange_declare("py/out", ExchangeType("fanout"), durable=False)
        body = announcement("py", inports={"in": "py/in"}, outports={"out": "py/out"})
        channel.basic_publish("", "fbp", body)
        wait_for(lab, is_running("py"))

        got: list[Any] = []
        all_there = threading.Event()

        @lab.participant("twice")
        def twice(number: int) -> int:
            got.append(number)
            if len(got) == 20:
                all_there.set()
            return 2 * number

        lab.connect("py.out", "twice.number")
        lab.connect("twice.out", "py.in")
        wait_for(lab, all_bound)
        for number in range(20):
            channel.basic_publish("py/out", "", b"%d" % number)
        assert all_there.wait(DEADLINE)
        assert received(channel, "py/in", 20) == [2 * number for number in range(20)]
        assert not lab.status().problems


def test_ours_use_what_is_there_and_say_so(lab: Lab, rabbitmq: RabbitMQ, vhost: str) -> None:
    management = Management(rabbitmq, vhost)
    with python(vhost) as channel:
        channel.queue_declare("half.NUMBER", durable=False)
        channel.exchange_declare("half.OUT", ExchangeType("fanout"), durable=False)
        channel.queue_declare("ear", exclusive=True)
        channel.queue_bind("ear", "half.OUT")

        @lab.participant("half")
        def half(number: int) -> float:
            if number % 2:
                raise ValueError(f"{number} is odd")
            return number / 2

        problems = lab.status().problems
        for what in ("queue `half.NUMBER`", "exchange `half.OUT`"):
            said = [text for text in problems if what in text]
            assert len(said) == 1
            assert "is there already, and is used as it is" in said[0]
            assert "\n" not in said[0]
        kept = management.queue("half.NUMBER")
        assert not kept["durable"]
        assert kept["arguments"] == {}
        # Straight into the queue, and over the exchange that came with our inport.
        for number in range(10):
            channel.basic_publish("", "half.NUMBER", b"%d" % (2 * number))
        assert received(channel, "ear", 10) == list(range(10))
        channel.basic_publish("half.NUMBER", "", b"20")
        assert received(channel, "ear", 1) == [10]
        # The queue has no dead-letter exchange; what is rejected is not lost all the same.
        channel.basic_publish("", "half.NUMBER", b"7")
        deadline = time.monotonic() + DEADLINE
        while not (letters := lab.dead.letters("half.number")) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert [(each.payload, each.reason) for each in letters] == [(b"7", "ValueError: 7 is odd")]
        assert lab.status().is_up
        assert not [text for text in lab.status().problems if "link" in text]


def test_an_announcement_queue_that_is_not_durable(rabbitmq: RabbitMQ, vhost: str) -> None:
    with python(vhost) as channel:
        channel.queue_declare("fbp", durable=False)
        with lab_on(rabbitmq, vhost) as lab:

            @lab.participant
            def ours(value: int) -> int:
                return value

            lab.add(lambda value: value, "others")
            channel.basic_publish("", "fbp", announcement("py", inports={"in": "py/in"}))
            wait_for(lab, is_running("py"))
            assert role_of(lab.network(), "ours") is not None
            problems = lab.status().problems
            assert sum("queue `fbp` is there already" in text for text in problems) == 1
            assert lab.status().is_up


def test_a_queue_that_somebody_has_for_himself(lab: Lab, vhost: str) -> None:
    """Then there is nothing to share: one clear line, and the rest of the lab goes on."""
    with python(vhost) as channel:
        channel.queue_declare("taken.NUMBER", exclusive=True)

        def taken(number: int) -> int:
            return number

        with pytest.raises(Exception, match=r"queue `taken\.NUMBER` cannot be declared") as error:
            lab.add(taken)
        assert "\n" not in str(error.value)
        assert lab.status().is_up
    # pika has left, and the queue with it.
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline:
        try:
            lab.add(taken)
            break
        except Exception:
            time.sleep(0.1)
    lab.send("taken.number", 3)
    assert [each.value for each in lab.inspect("taken.out", 1, wait=DEADLINE)] == [3]


def test_a_job_that_is_longer_than_ours_may_be(lab: Lab, vhost: str) -> None:
    """It is a dead letter, and can be requeued, like any other."""
    tries: list[int] = []

    @lab.participant("long")
    def long(job: str) -> None:
        tries.append(len(job))
        if len(tries) == 1:
            raise ValueError("once")

    with python(vhost) as channel:
        channel.basic_publish("", "long.JOB", b"x" * (AMQP_MAX_PAYLOAD + 1))
        eventually(lambda: lab.dead.counts() == {"long.job": 1})
        (letter,) = lab.dead.letters("long.job")
        assert letter.reason == "ValueError: once"
        with pytest.raises(PayloadTooLarge, match="AMQP_MAX_PAYLOAD"):
            lab.dead.requeue("long.job", letter.id, {letter.id: b"y" * (AMQP_MAX_PAYLOAD + 1)})
        assert lab.dead.requeue("long.job") == 1
        eventually(lambda: tries == [AMQP_MAX_PAYLOAD + 1] * 2)
        assert lab.dead.counts() == {}
