"""Connections to a virtual host of the test's own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.amqp.tools import Side


@pytest.fixture
async def side(vhost: str, anyio_backend: object) -> AsyncIterator[Side]:
    """Opens connections there, and closes them."""
    async with Side(vhost) as found:
        yield found
