"""What was seen on a broker: each topic with a few of its messages. Pure and bounded."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from ...discovery.limits import DISCOVERY
from ...names import QueueName, dead_letters_of, is_waiting_room
from ...topics import Patterns
from ..adapter import Adapter
from ..adapters import ADAPTERS, adapter_of
from ..limits import MAX_SAMPLE, MAX_SAMPLED, MAX_SAMPLES, MAX_TOPIC, MAX_TOPICS
from .proposals import Proposal, Seen, proposals


@dataclass(slots=True)
class _Topic:
    """One topic. `samples` are different from each other."""

    count: int = 0
    is_retained: bool = False
    samples: deque[bytes] = field(default_factory=lambda: deque(maxlen=MAX_SAMPLES))


class Scan:
    """Looks at messages, and proposes foreign participants. Not thread-safe.

    Descriptions of devices for an adapter are passed over, whether or not it is turned on.

    Args:
        known: Topics, and patterns, that belong to somebody who is known: the queues of everybody
            who was announced, and what `owned_by` says of adapters.

    Attributes:
        messages: How many it has looked at.
        left_out: How many of these were on further topics, when there were MAX_TOPICS already.
    """

    def __init__(self, known: Iterable[str] = ()) -> None:
        self._known: Patterns[bool] = Patterns()
        for each in (*known, *(f for name in ADAPTERS for f in adapter_of(name).filters)):
            self._known.add(each, True)
            self._known.add(dead_letters_of(QueueName(each)), True)
        self._topics: dict[str, _Topic] = {}
        self._bytes = 0
        self.messages = 0
        self.left_out = 0

    def __len__(self) -> int:
        """How many topics were seen."""
        return len(self._topics)

    def hear(self, topic: str, payload: bytes, retained: bool = False) -> None:
        """A message came."""
        if not topic or topic == DISCOVERY or len(topic) > MAX_TOPIC:
            return
        # `$SYS` is the broker's; further on, `$` is for Homie's attributes.
        if topic.startswith("$") or "/$" in topic:
            return
        if is_waiting_room(QueueName(topic)) or self._known.of(topic):
            return
        self.messages += 1
        seen = self._topics.get(topic)
        if seen is None:
            if len(self._topics) >= MAX_TOPICS:
                self.left_out += 1
                return
            seen = self._topics[topic] = _Topic()
        seen.count += 1
        seen.is_retained = seen.is_retained or retained
        if payload in seen.samples or len(payload) > MAX_SAMPLE:
            return
        if len(seen.samples) == MAX_SAMPLES:
            self._bytes -= len(seen.samples[0])
        elif self._bytes >= MAX_SAMPLED:
            return
        seen.samples.append(payload)
        self._bytes += len(payload)

    def proposals(self) -> list[Proposal]:
        """The participants there seem to be; see `proposals.proposals` for their order."""
        return proposals(
            {
                topic: Seen(seen.count, seen.is_retained, tuple(seen.samples))
                for topic, seen in self._topics.items()
            }
        )


def owned_by(adapters: Collection[Adapter]) -> list[str]:
    """The topics that adapters know the meaning of."""
    owned = [each for adapter in adapters for each in (*adapter.filters, *adapter.watching)]
    for adapter in adapters:
        for found in adapter.found.values():
            ports = (*found.definition.inports, *found.definition.outports)
            owned += [port.queue for port in ports if port.queue is not None]
    return list(dict.fromkeys(owned))
