"""What is retained on topics that are read already: a broker tells that to the first reader only.

Later readers of the same pattern share its subscription, and get it from here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgflo_lab.topics import Patterns

from ..limits import RETAINED_BYTES, RETAINED_TOPICS


class Retained:
    """The last retained message by topic; bounded, the one that has not changed for longest goes.

    Who comes late for one that has gone waits for the next message, as on brokers that keep none.
    """

    def __init__(self) -> None:
        self._messages: dict[str, bytes] = {}
        self._bytes = 0

    def heard(self, topic: str, payload: bytes, is_retained: bool | None) -> None:
        """A message has come.

        Args:
            is_retained: None where nobody tells: then it is the latest of a topic that has retained
                ones.
        """
        if is_retained or (is_retained is None and topic in self._messages):
            self._drop(topic)
            if payload:
                self._messages[topic] = payload
                self._bytes += len(payload)
                while len(self._messages) > RETAINED_TOPICS or self._bytes > RETAINED_BYTES:
                    self._drop(next(iter(self._messages)))

    def of(self, pattern: str) -> Iterator[tuple[str, bytes]]:
        """The messages of the topics that a pattern stands for."""
        wanted: Patterns[None] = Patterns()
        wanted.add(pattern, None)
        yield from [each for each in self._messages.items() if wanted.of(each[0])]

    def keep(self, is_read: Callable[[str], object]) -> None:
        """Forget those of topics that nobody reads any more: news of them does not come."""
        for topic in [topic for topic in self._messages if not is_read(topic)]:
            self._drop(topic)

    def clear(self) -> None:
        """Forget all: a new connection brings them again."""
        self._messages.clear()
        self._bytes = 0

    def _drop(self, topic: str) -> None:
        payload = self._messages.pop(topic, None)
        if payload is not None:
            self._bytes -= len(payload)
