"""Fixtures for all tests."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator

import pytest
from hypothesis import settings

from msgflo_lab.names import QueueName
from tests.brokers import Certificates, Mosquitto, RabbitMQ

_numbers = itertools.count(1)

# On a desk every run looks for new cases; where a run decides whether a change lands, the same
# cases are tried each time.
settings.register_profile("ci", derandomize=True, print_blob=True)
if os.environ.get("CI") == "true":
    settings.load_profile("ci")


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """Tests marked `anyio` run on asyncio; on uvloop's loop if UVLOOP=1."""
    return "asyncio", {"use_uvloop": os.environ.get("UVLOOP") == "1"}


@pytest.fixture
def fresh() -> Callable[[str], QueueName]:
    """Makes queue names that no other test uses."""
    return lambda name: QueueName(f"test-{next(_numbers)}/{name}")


@pytest.fixture(scope="session")
def mosquitto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    """A Mosquitto for all tests that do not harm it."""
    broker = Mosquitto(tmp_path_factory.mktemp("mosquitto"))
    broker.start()
    yield broker
    broker.kill()


@pytest.fixture(scope="session")
def rabbitmq(
    tmp_path_factory: pytest.TempPathFactory, certificates: Certificates
) -> Iterator[RabbitMQ]:
    """A RabbitMQ for all tests that do not harm it."""
    broker = RabbitMQ(tmp_path_factory.mktemp("rabbitmq"), certificates=certificates)
    try:
        broker.start()
        yield broker
    finally:
        broker.kill()


@pytest.fixture(scope="session")
def harmed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitMQ]:
    """A RabbitMQ that tests kill, restart and block; its management interface is prompt."""
    broker = RabbitMQ(tmp_path_factory.mktemp("harmed"), prompt=True)
    try:
        broker.start()
        yield broker
    finally:
        broker.kill()


@pytest.fixture
def mended(harmed: RabbitMQ) -> RabbitMQ:
    """The same, running, also if the test before has failed in the middle of its harm."""
    try:
        harmed.api("GET", "/overview")
    except OSError:
        harmed.kill()
        harmed.start()
    return harmed


@pytest.fixture
def vhost(rabbitmq: RabbitMQ) -> Iterator[str]:
    """The address of a virtual host of the test's own."""
    with rabbitmq.vhost() as url:
        yield url


@pytest.fixture
def managed(vhost: str, rabbitmq: RabbitMQ) -> str:
    """The same, with the address of the management interface."""
    return f"{vhost}?management=http://127.0.0.1:{rabbitmq.management}"


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Certificates for brokers and clients."""
    return Certificates(tmp_path_factory.mktemp("certificates"))
