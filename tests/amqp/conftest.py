"""Connections to a virtual host of the test's own, a broker that allows little, and patience."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from msgflo_lab_transports.amqp import binder
from tests.amqp.tools import MOST, Side
from tests.brokers import RabbitMQ


@pytest.fixture
async def side(vhost: str, anyio_backend: object) -> AsyncIterator[Side]:
    """Opens connections there, and closes them."""
    async with Side(vhost) as found:
        yield found


@pytest.fixture(scope="session")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitMQ]:
    """A RabbitMQ that takes no large messages, no large frames, and not many channels."""
    limits = (f"max_message_size = {MOST}", "frame_max = 8192", "channel_max = 10")
    broker = RabbitMQ(tmp_path_factory.mktemp("narrow"), *limits)
    try:
        broker.start()
        yield broker
    finally:
        broker.kill()


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Binders do not look after their bindings by themselves."""
    monkeypatch.setattr(binder, "AMQP_REASSERT_SECONDS", 3_600.0)
