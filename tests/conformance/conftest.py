"""The fixture that runs a test in every place."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.brokers import Mosquitto, RabbitMQ
from tests.conformance.places import Place, direct, opened

MQTT = {
    "mqtt5-qos0": {"version": "5", "qos": 0},
    "mqtt5-qos1": {"version": "5", "qos": 1},
    "mqtt5-qos2": {"version": "5", "qos": 2},
    "mqtt311-qos0": {"version": "3.1.1", "qos": 0},
    "mqtt311-qos1": {"version": "3.1.1", "qos": 1},
}


AMQP: dict[str, dict[str, object]] = {
    "amqp": {},
    "amqp-confirms": {"confirms": "all"},
    "amqp-quorum": {"quorum": True},
    "amqps": {},
}


@pytest.fixture(params=["direct", *MQTT, *AMQP])
async def place(request: pytest.FixtureRequest, anyio_backend: object) -> AsyncIterator[Place]:
    """Every transport in turn."""
    async with opened(_place(request)) as found:
        yield found


@pytest.fixture(params=["direct", *(each for each in MQTT if each.startswith("mqtt5")), *AMQP])
async def sharing(request: pytest.FixtureRequest, anyio_backend: object) -> AsyncIterator[Place]:
    """Every transport that can share a queue among its readers."""
    async with opened(_place(request)) as found:
        yield found


@pytest.fixture(params=["direct", *(each for each in MQTT if each.startswith("mqtt5"))])
async def copying(request: pytest.FixtureRequest, anyio_backend: object) -> AsyncIterator[Place]:
    """Every transport where some readers may share a queue and others not."""
    async with opened(_place(request)) as found:
        yield found


@pytest.fixture(params=["direct", *MQTT])
async def forwarder(request: pytest.FixtureRequest, anyio_backend: object) -> AsyncIterator[Place]:
    """Every transport where what arrives in a queue goes on along that queue's own bindings."""
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
    if request.param in AMQP:
        rabbitmq: RabbitMQ = request.getfixturevalue("rabbitmq")
        url: str = request.getfixturevalue("vhost")
        options = {"management": f"http://127.0.0.1:{rabbitmq.management}", **AMQP[request.param]}
        if request.param == "amqps":
            url = url.replace(rabbitmq.url, f"amqps://localhost:{rabbitmq.tls}")
            options["ca_certs"] = request.getfixturevalue("certificates").ca
        return Place(url, **options)
    broker: Mosquitto = request.getfixturevalue("mosquitto")
    return Place(broker.url, **MQTT[request.param])
