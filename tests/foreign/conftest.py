"""A lab on a Mosquitto, and a device on the same."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from msgflo_lab import Lab
from tests.brokers import Mosquitto
from tests.foreign.device import Device, device

_numbers = itertools.count(1)


@pytest.fixture
def lab(mosquitto: Mosquitto) -> Iterator[Lab]:
    with Lab() as lab:
        lab.start(mosquitto.url)
        yield lab


@pytest.fixture
def far(mosquitto: Mosquitto) -> Iterator[Device]:
    """A device."""
    with device(mosquitto) as made:
        yield made


@pytest.fixture
def house() -> str:
    """The first level of topics that no other test uses."""
    return f"house{next(_numbers)}"
