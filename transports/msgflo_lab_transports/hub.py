"""The queues of one address in this process, and who listens to them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from weakref import WeakKeyDictionary

from msgflo_lab.binding import Binding, Kind, Route, Routes
from msgflo_lab.names import QueueName, dead_letters_of
from msgflo_lab.topics import Patterns

from .dead_letters import Box
from .inbox import Described, Inbox, Received, Settle, WhenFull
from .limits import DIRECT_RETAINED
from .sharing import Share


class Heard(Received):
    """What was said on a topic that a pattern stands for: `queue` is the topic."""

    __slots__ = ("is_retained",)

    def __init__(self, topic: QueueName, payload: bytes, is_retained: bool, inbox: Inbox) -> None:
        super().__init__(topic, payload, None, inbox)
        self.is_retained = is_retained


class Ear:
    """Whoever listens to a pattern, as far as one topic is concerned. Like an inbox of that."""

    __slots__ = ("inbox", "queue")

    def __init__(self, topic: QueueName, inbox: Inbox) -> None:
        self.queue = topic
        self.inbox = inbox

    @property
    def full(self) -> bool:
        """Whoever sends should wait for `room`."""
        return self.inbox.full

    @property
    def overfull(self) -> bool:
        """There is no room at all."""
        return self.inbox.overfull

    @property
    def when_full(self) -> WhenFull:
        """Whether it is an onlooker's."""
        return self.inbox.when_full

    def put(self, received: Received) -> None:
        """One message."""
        self.hear(received.payload, False)

    def hear(self, payload: bytes, is_retained: bool) -> None:
        """One message of this topic."""
        self.inbox.put(Heard(self.queue, payload, is_retained, self.inbox))

    async def room(self) -> None:
        """Wait until it is not full."""
        await self.inbox.room()


Listener = Inbox | Ear
"""Gets a copy of each message."""
Path = tuple[Route, tuple[Listener, ...], tuple[Share, ...]]
"""A queue's route, those that get a copy of each message, and those that share them."""


class Hub:
    """The queues of one address. A queue is only a name; an inbox listens to one."""

    def __init__(self) -> None:
        self.users = 0
        self.routes = Routes()
        self.box = Box()
        self._holders: Counter[Binding] = Counter()
        self._inboxes: dict[QueueName, list[Inbox]] = {}
        self._sharing: set[Inbox] = set()
        self.paths: dict[QueueName, Path] = {}
        self._patterns: Patterns[Inbox] = Patterns()
        self._has_patterns = False
        self._retained: dict[QueueName, bytes] = {}

    def path(self, queue: QueueName) -> Path:
        """Work out who gets the messages of a queue; it is found in `paths` until that changes."""
        route = self.routes.route(queue)
        alone: list[Listener] = []
        shares: list[Share] = []
        for each in (queue, *route.targets):
            together: list[Inbox] = []
            for inbox in self._inboxes.get(each, ()):
                is_one_of = is_reader(inbox) and (each in route.in_turn or inbox in self._sharing)
                (together if is_one_of else alone).append(inbox)
            if len(together) > 1:
                shares.append(Share(together))
            else:
                alone += together
            if self._has_patterns:
                alone += (Ear(each, inbox) for inbox in self._patterns.of(each))
        if len(self.paths) > len(self.routes.sources) + len(self._inboxes) + 10_000:
            self.paths.clear()
        found = self.paths[queue] = (route, tuple(alone), tuple(shares))
        return found

    def attach(self, inbox: Inbox, *, shares: bool = False) -> None:
        """Let an inbox have the messages of its queue, or a part of them."""
        self._inboxes.setdefault(inbox.queue, []).append(inbox)
        if shares:
            self._sharing.add(inbox)
        self.paths.clear()

    def detach(self, inbox: Inbox) -> None:
        """Undo `attach`."""
        listening = self._inboxes.get(inbox.queue, [])
        if inbox in listening:
            listening.remove(inbox)
        if not listening:
            self._inboxes.pop(inbox.queue, None)
        self._sharing.discard(inbox)
        self.paths.clear()

    def listen(self, pattern: str, inbox: Inbox) -> None:
        """Let an inbox hear all topics of a pattern; first what is retained there."""
        self._patterns.add(pattern, inbox)
        self._has_patterns = True
        self.paths.clear()
        wanted: Patterns[bool] = Patterns()
        wanted.add(pattern, True)
        for topic, payload in self._retained.items():
            if wanted.of(topic):
                inbox.put(Heard(topic, payload, True, inbox))

    def leave(self, pattern: str, inbox: Inbox) -> None:
        """Undo `listen`."""
        self._patterns.remove(pattern, inbox)
        self._has_patterns = any(True for _ in self._patterns)
        self.paths.clear()

    def retain(self, topic: QueueName, payload: bytes) -> None:
        """Keep this for those who come later; nothing, if it is empty."""
        self._retained.pop(topic, None)
        if payload:
            while len(self._retained) >= DIRECT_RETAINED:
                del self._retained[next(iter(self._retained))]
            self._retained[topic] = payload

    def bind(self, binding: Binding) -> None:
        """Carry a binding out, for one more who wants it."""
        self._holders[binding] += 1
        self.routes.add(binding)
        self.paths.clear()
        if binding.kind is Kind.DEAD_LETTER:
            self.box.divert(binding.source)

    def unbind(self, binding: Binding) -> None:
        """For one less."""
        if binding.kind is Kind.DEAD_LETTER:
            self.box.restore(binding.source)
        self._holders[binding] -= 1
        if not self._holders[binding]:
            del self._holders[binding]
            self.routes.remove(binding)
            self.paths.clear()

    def rejected(self, delivery: Received, reason: str, _settle: Settle | None) -> None:
        """What a binding takes elsewhere arrives there; the rest, and what has no room, is kept."""
        route, inboxes, shares = self.path(dead_letters_of(delivery.queue))
        route.count += 1
        arrived = False
        for inbox in (*inboxes, *(each.pick() for each in shares)):
            if inbox is not None and not inbox.overfull:
                put(inbox, delivery.payload)
                arrived = arrived or is_reader(inbox)
        if not (arrived and self.box.is_diverted(delivery.queue)):
            self.box.add(delivery.queue, delivery.payload, reason)

    def is_read(self, queue: QueueName) -> bool:
        """Somebody gets what is published to a queue, other than onlookers."""
        _, inboxes, shares = self.path(queue)
        return bool(shares) or any(map(is_reader, inboxes))


def is_reader(inbox: Listener) -> bool:
    """It is no onlooker's."""
    return inbox.when_full is WhenFull.PAUSE


def put(
    listener: Listener | Share, payload: bytes, metadata: Mapping[str, str] | None = None
) -> None:
    """Give a message to one, or to one of those who share."""
    inbox = listener.pick() if isinstance(listener, Share) else listener
    if inbox is None:
        return
    if isinstance(inbox, Ear):
        inbox.hear(payload, False)
    elif metadata:
        inbox.put(Described(inbox.queue, payload, None, inbox, metadata))
    else:
        inbox.put(Received(inbox.queue, payload, None, inbox))


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, Hub]] = WeakKeyDictionary()


class Membership:
    """One user of a hub; with the last, the hub disappears."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._here = _hubs.setdefault(asyncio.get_running_loop(), {})
        self.hub = self._here.setdefault(address, Hub())
        self.hub.users += 1

    def leave(self) -> None:
        """To be called once."""
        self.hub.users -= 1
        if not self.hub.users:
            self.hub.box.flush()
            self._here.pop(self._address, None)
