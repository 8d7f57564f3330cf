"""A lab for each test, and a loop for what is tested below one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from msgflo_lab import Lab


@pytest.fixture
def lab() -> Iterator[Lab]:
    """A lab that runs on `direct://`."""
    with Lab() as lab:
        lab.start()
        yield lab
