"""A lab that serves, for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from msgflo_lab import Lab


@pytest.fixture
def lab() -> Iterator[Lab]:
    """A lab that runs on `direct://`."""
    with Lab("test") as lab:
        lab.start()
        yield lab


@pytest.fixture
def link(lab: Lab) -> str:
    """The address of its page, with a secret that may edit."""
    return lab.serve(port=0)
