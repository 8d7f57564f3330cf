"""A broker that these tests may harm."""

from __future__ import annotations

import pytest

from tests.brokers import RabbitMQ


@pytest.fixture
def broker(mended: RabbitMQ) -> RabbitMQ:
    """The one that may be harmed, running and empty."""
    mended.api("DELETE", "/vhosts/%2F")
    mended.api("PUT", "/vhosts/%2F")
    mended.api("PUT", "/permissions/%2F/guest", {"configure": ".*", "write": ".*", "read": ".*"})
    return mended
