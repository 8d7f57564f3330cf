"""Who waits for which answer of the broker's, on one channel."""

from __future__ import annotations

import asyncio

from .frames import Method


class Answers:
    """Requests that were sent and have not been answered.

    Requests are carried out in order. Their answers come in order for each kind; but RabbitMQ has
    queues answer themselves to those that begin and end consumers, which others may overtake.
    """

    def __init__(self) -> None:
        self._due: list[tuple[type[Method], str, asyncio.Future[Method]]] = []

    def expect(self, kind: type[Method], tag: str = "") -> asyncio.Future[Method]:
        """An answer will come; `tag`: about which consumer."""
        future: asyncio.Future[Method] = asyncio.get_running_loop().create_future()
        self._due.append((kind, tag, future))
        return future

    def take(self, method: Method) -> asyncio.Future[Method] | None:
        """An answer has come; whose it is, or None if nobody expects it."""
        tag = getattr(method, "consumer_tag", "")
        for place, (kind, of, future) in enumerate(self._due):
            if isinstance(method, kind) and of == tag:
                del self._due[place]
                return future
        return None

    def due(self, tag: str) -> bool:
        """Whether one about this consumer is awaited."""
        return any(of == tag for _, of, _ in self._due)

    def fail(self, error: Exception) -> None:
        """None will come any more."""
        due, self._due = self._due, []
        for _, _, future in due:
            if not future.done():
                future.set_exception(error)
                # Whoever was to await it may have been cancelled.
                future.exception()
