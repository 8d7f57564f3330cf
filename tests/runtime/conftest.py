"""A lab for each test, that leaves nothing behind."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from msgflo_lab import Lab
from tests.runtime.helpers import eventually


@pytest.fixture(autouse=True)
def no_thread_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every thread that a test started has ended, unless it is marked as abandoning one."""
    before = set(threading.enumerate())
    yield
    if "abandons" not in request.fixturenames:
        eventually(lambda: set(threading.enumerate()) <= before, "threads are left")


@pytest.fixture
def abandons() -> None:
    """The test leaves a handler behind that does not return."""


@pytest.fixture
def lab(no_thread_left: None) -> Iterator[Lab]:
    """A lab that runs on `direct://`."""
    with Lab() as lab:
        lab.start()
        yield lab
