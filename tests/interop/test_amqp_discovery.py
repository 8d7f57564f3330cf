"""The queue of announcements: who came before the lab is seen, and nothing piles up there."""

from __future__ import annotations

import subprocess
import sys
import time

from tests.brokers import RabbitMQ

from .amqp import Management, announcement, lab_on, python, waiting
from .conftest import node_repeat
from .watching import DEADLINE, is_running, role_of, wait_for

_PARTICIPANT = """
import sys
from msgflo_lab import run

def early(number: int) -> int:
    return number + 1

run(early, broker=sys.argv[1])
"""


def test_those_who_came_before_the_lab_are_seen_at_its_start(
    rabbitmq: RabbitMQ, vhost: str
) -> None:
    command = [sys.executable, "-c", _PARTICIPANT, vhost]
    with python(vhost) as channel, subprocess.Popen(command, stdout=subprocess.PIPE) as early:
        try:
            assert early.stdout is not None
            assert early.stdout.readline()
            channel.basic_publish("", "fbp", announcement("py", inports={"in": "py/in"}))
            with lab_on(rabbitmq, vhost) as lab:
                for role in ("early", "py"):
                    wait_for(lab, is_running(role), timeout=5)
                # A second lab has nothing to read there, and hears those who come now.
                with lab_on(rabbitmq, vhost) as other:
                    lab.add(lambda number: number, "late", outports=["out"])
                    channel.basic_publish("", "fbp", announcement("later", outports={"o": "x"}))
                    for each in (lab, other):
                        wait_for(each, is_running("late"))
                        wait_for(each, is_running("later"))
        finally:
            early.terminate()


def test_nothing_piles_up_while_there_is_a_lab(rabbitmq: RabbitMQ, vhost: str) -> None:
    with python(vhost) as channel, lab_on(rabbitmq, vhost) as lab, node_repeat(vhost):
        wait_for(lab, is_running("repeat"))
        for number in range(500):
            channel.basic_publish("", "fbp", announcement(f"py{number % 10}"))
        channel.basic_publish("", "fbp", b"rubbish")
        wait_for(lab, is_running("py9"))
        deadline = time.monotonic() + DEADLINE
        while waiting(channel, "fbp") or not lab.status().problems:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert [text for text in lab.status().problems if "unusable announcement" in text]
        assert lab.status().is_up


def test_a_pile_that_others_have_left_is_read(rabbitmq: RabbitMQ, vhost: str) -> None:
    """Announcements of msgflo's own libraries stay until somebody reads them."""
    with python(vhost) as channel:
        channel.queue_declare("fbp", durable=True)
        for number in range(5_000):
            channel.basic_publish("", "fbp", announcement(f"py{number % 50}"))
        with lab_on(rabbitmq, vhost) as lab:
            for number in range(50):
                wait_for(lab, is_running(f"py{number}"))
            assert waiting(channel, "fbp") == 0
            found = role_of(lab.network(), "py0")
            assert found is not None
            assert found.workers == 1


def test_without_a_lab_ours_expire(rabbitmq: RabbitMQ, vhost: str) -> None:
    command = [sys.executable, "-c", _PARTICIPANT, vhost]
    with python(vhost) as channel, subprocess.Popen(command, stdout=subprocess.PIPE) as early:
        try:
            assert early.stdout is not None
            assert early.stdout.readline()
            assert waiting(channel, "fbp") == 1
            (message,) = Management(rabbitmq, vhost).look("fbp")
            assert int(message["properties"]["expiration"]) <= 120_000
        finally:
            early.terminate()
