"""Threads that do jobs, one after the other."""

from __future__ import annotations

import threading

import pytest

from msgflo_lab.names import PortName
from msgflo_lab.runtime.jobs import Job
from msgflo_lab.runtime.lanes import ThreadLane

pytestmark = pytest.mark.anyio


async def test_a_lane_that_was_stopped_ends_whoever_takes_its_jobs_back() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def work(job: Job) -> None:
        begun.set()
        assert go_on.wait(20)

    lane = ThreadLane("test", work)
    jobs = [Job(PortName("in"), act=lambda: None) for _ in range(3)]
    for job in jobs:
        lane.put(job)
    assert begun.wait(20)
    lane.stop()
    assert lane.take_back() == jobs[1:]
    assert lane.take_back() == []
    go_on.set()
    assert await lane.join(20)
