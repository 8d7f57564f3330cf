"""Listening to a broker for a while, to propose foreign participants for what is heard."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Collection
from typing import TYPE_CHECKING

from ..errors import InvalidUrl
from ..transport import BrokerUrl, HasTopics, Topics, transport_for
from .crossing import beside

if TYPE_CHECKING:
    from ..devices.scan import Proposal, Scan


async def scanned(
    url: BrokerUrl, known: Collection[str], *, name: str, seconds: float, pattern: str
) -> list[Proposal]:
    """Listen for so long, and propose foreign participants for what is heard.

    Args:
        known: Topics and patterns that somebody has already.
        name: Of the connection.

    Raises:
        TransportError: The broker refuses, or has no topics.
    """
    from ..devices.scan import Scan

    transport = transport_for(url)
    if not isinstance(transport, HasTopics):
        raise InvalidUrl(f"{url} has no topics that could be looked at: that takes MQTT")
    # One that goes again: nothing of it is to be in the way of others.
    topics = await transport.topics(url, name=name)
    try:
        scan = Scan(known)
        await _listen(scan, topics, seconds, pattern)
    finally:
        await topics.close()
    return await beside(scan.proposals)


async def _listen(scan: Scan, topics: Topics, seconds: float, pattern: str) -> None:
    subscription = await topics.listen(pattern, onlooking=True)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            async for delivery in subscription:
                retained = bool(getattr(delivery, "is_retained", False))
                scan.hear(delivery.queue, delivery.payload, retained)
                delivery.ack()
