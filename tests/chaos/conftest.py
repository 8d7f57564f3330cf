"""A broker that these tests may harm."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.brokers import RabbitMQ


@pytest.fixture(scope="session")
def harmed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitMQ]:
    """A RabbitMQ for these tests alone."""
    broker = RabbitMQ(tmp_path_factory.mktemp("harmed"))
    try:
        broker.start()
        yield broker
    finally:
        broker.kill()


@pytest.fixture
def broker(harmed: RabbitMQ) -> RabbitMQ:
    """The same, running and empty."""
    try:
        harmed.api("GET", "/overview")
    except OSError:
        harmed.restart()
    harmed.api("DELETE", "/vhosts/%2F")
    harmed.api("PUT", "/vhosts/%2F")
    harmed.api("PUT", "/permissions/%2F/guest", {"configure": ".*", "write": ".*", "read": ".*"})
    return harmed
