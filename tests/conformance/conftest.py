"""The fixture that runs a test in every place."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.brokers import Mosquitto
from tests.conformance.places import Place, direct, opened

MQTT = {
    "mqtt5-qos0": {"version": "5", "qos": 0},
    "mqtt5-qos1": {"version": "5", "qos": 1},
    "mqtt5-qos2": {"version": "5", "qos": 2},
    "mqtt311-qos0": {"version": "3.1.1", "qos": 0},
    "mqtt311-qos1": {"version": "3.1.1", "qos": 1},
}


@pytest.fixture(params=["direct", *MQTT])
async def place(request: pytest.FixtureRequest, anyio_backend: object) -> AsyncIterator[Place]:
    """Every transport in turn."""
    async with opened(_place(request)) as found:
        yield found


@pytest.fixture(params=list(MQTT))
async def mqtt(request: pytest.FixtureRequest, anyio_backend: object) -> AsyncIterator[Place]:
    """MQTT in every mode."""
    async with opened(_place(request)) as found:
        yield found


def _place(request: pytest.FixtureRequest) -> Place:
    if request.param == "direct":
        return direct()
    broker: Mosquitto = request.getfixturevalue("mosquitto")
    return Place(broker.url, **MQTT[request.param])
