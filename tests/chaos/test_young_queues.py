"""A broker is killed when the queue of delayed messages has just been made: it may never answer
again, and no job is to be in it, or to wait for it."""

from __future__ import annotations

import pytest

from msgflo_lab import Lab, current_message
from tests.brokers import RabbitMQ
from tests.runtime.helpers import eventually

JOBS = 50

pytestmark = pytest.mark.timeout(180)


def test_jobs_that_are_delayed_when_the_broker_is_killed(broker: RabbitMQ) -> None:
    done: set[int] = set()
    failed: set[int] = set()

    def work(job: int) -> None:
        if current_message().attempt == 1:
            failed.add(job)
            raise RuntimeError("again")
        done.add(job)

    with Lab() as lab:
        lab.start(broker.url)
        lab.add(work, retries=3, retry_after=2)
        for job in range(JOBS):
            lab.send("work.job", job)
        eventually(lambda: len(failed) > JOBS / 2)
        broker.kill()
        broker.start()
        eventually(lambda: done == set(range(JOBS)), within=90)
