"""A worker of these tests, as a program of its own: python -m tests.chaos.worker ADDRESS."""

from __future__ import annotations

import random
import sys
import time

from msgflo_lab import current_message, run

POISONED, FLAKY = 97, 50
"""Every so many jobs, one that can never be done; and one that can at the second attempt."""
PACE = 0.004
"""Seconds that a job takes at most."""


def is_poisoned(number: int) -> bool:
    """It can never be done."""
    return number % POISONED == 0


def work(job: dict[str, int]) -> dict[str, int]:
    """Do one numbered job."""
    number = job["n"]
    if is_poisoned(number):
        raise ValueError(f"job {number} is poisoned")
    if number % FLAKY == 0 and current_message().attempt == 1:
        raise RuntimeError(f"job {number} wants to be tried again")
    time.sleep(random.random() * PACE)
    return job


if __name__ == "__main__":
    run(work, "work", broker=sys.argv[1], retries=2, retry_after=0.05)
