"""`direct://`: queues in this process, for a lab that needs no broker.

A *hub* joins everybody who uses the same address on the same event loop; it disappears with the
last of them. Delivery is immediate and complete: a publisher whose receiver's inbox is full waits
for it, up to `PATIENCE_SECONDS`. Acknowledgements have no meaning here.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

from msgflo_lab.binding import Binding, Route, Routes
from msgflo_lab.definition import Side
from msgflo_lab.errors import ConnectionFailed, InvalidName, InvalidUrl, PayloadTooLarge, Timeout
from msgflo_lab.names import QueueName, listed, shown
from msgflo_lab.transport import BrokerUrl, OnLink, Subscription

from .inbox import Inbox, Received, WhenFull
from .limits import (
    DIRECT_INBOX_MESSAGES,
    DIRECT_MAX_PAYLOAD,
    DISCOVERY,
    PATIENCE_SECONDS,
    TAP_BYTES,
    TAP_MESSAGES,
)


class _Hub:
    """The queues of one address. A queue is only a name; an inbox listens to one."""

    def __init__(self) -> None:
        self.users = 0
        self.routes = Routes()
        self._holders: Counter[Binding] = Counter()
        self._inboxes: dict[QueueName, list[Inbox]] = {}
        self._paths: dict[QueueName, tuple[Route, tuple[Inbox, ...]]] = {}

    def path(self, queue: QueueName) -> tuple[Route, tuple[Inbox, ...]]:
        """The route of a queue, and every inbox that one of its messages ends up in."""
        found = self._paths.get(queue)
        if found is None:
            route = self.routes.route(queue)
            inboxes = [i for q in (queue, *route.targets) for i in self._inboxes.get(q, ())]
            found = self._paths[queue] = (route, tuple(inboxes))
            if len(self._paths) > len(self.routes.sources) + len(self._inboxes) + 10_000:
                self._paths.clear()
        return found

    def attach(self, inbox: Inbox) -> None:
        self._inboxes.setdefault(inbox.queue, []).append(inbox)
        self._paths.clear()

    def detach(self, inbox: Inbox) -> None:
        listening = self._inboxes.get(inbox.queue, [])
        if inbox in listening:
            listening.remove(inbox)
        if not listening:
            self._inboxes.pop(inbox.queue, None)
        self._paths.clear()

    def bind(self, binding: Binding) -> None:
        self._holders[binding] += 1
        self.routes.add(binding)
        self._paths.clear()

    def unbind(self, binding: Binding) -> None:
        self._holders[binding] -= 1
        if not self._holders[binding]:
            del self._holders[binding]
            self.routes.remove(binding)
            self._paths.clear()


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, _Hub]] = WeakKeyDictionary()


class DirectClient:
    """A participant's handle on a hub."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._here = _hubs.setdefault(asyncio.get_running_loop(), {})
        self._hub = self._here.setdefault(address, _Hub())
        self._hub.users += 1
        self._mine: list[Inbox] = []
        self._closed = False

    async def declare(
        self, queue: QueueName, side: Side, options: Mapping[str, Any] | None = None
    ) -> None:
        """Nothing to declare: a queue is only a name here. Raises InvalidName if it is empty."""
        del side, options
        if not queue:
            raise InvalidName("a queue needs a name")

    async def publish(self, queue: QueueName, payload: bytes, side: Side = Side.OUT) -> None:
        """Put the message into every inbox it is for; wait for those that are full."""
        del side
        if self._closed:
            raise _closed()
        if len(payload) > DIRECT_MAX_PAYLOAD:
            raise PayloadTooLarge(len(payload), DIRECT_MAX_PAYLOAD, "DIRECT_MAX_PAYLOAD")
        route, inboxes = self._hub.path(queue)
        route.count += 1
        full: list[Inbox] = []
        for inbox in inboxes:
            if inbox.full:
                full.append(inbox)
            else:
                inbox.put(Received(inbox.queue, payload))
        # Those that have room must not wait for those that have none.
        if full:
            await self._put_later(full, payload)

    async def post(self, queue: QueueName, payload: bytes, side: Side = Side.OUT) -> None:
        """The same: whoever is to have it has it then."""
        await self.publish(queue, payload, side)

    async def subscribe(self, queue: QueueName) -> Subscription:
        """Receive the messages of a queue."""
        return self._listen(Inbox(queue, messages=DIRECT_INBOX_MESSAGES, on_close=self._leave))

    async def announce(self, announcement: bytes) -> None:
        """Publish to the discovery queue."""
        await self.publish(DISCOVERY, announcement)

    async def close(self) -> None:
        """End all subscriptions and leave the hub."""
        if self._closed:
            return
        self._closed = True
        for inbox in self._mine:
            self._hub.detach(inbox)
            inbox.end()
        self._mine.clear()
        self._hub.users -= 1
        if not self._hub.users:
            self._here.pop(self._address, None)

    def _listen(self, inbox: Inbox) -> Inbox:
        if self._closed:
            raise _closed()
        self._mine.append(inbox)
        self._hub.attach(inbox)
        return inbox

    async def _leave(self, inbox: Inbox) -> None:
        self._hub.detach(inbox)
        if inbox in self._mine:
            self._mine.remove(inbox)

    async def _put_later(self, full: list[Inbox], payload: bytes) -> None:
        waiting = deque(full)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                while waiting:
                    await waiting[0].room()
                    inbox = waiting.popleft()
                    inbox.put(Received(inbox.queue, payload))
        # One that stays full must not cost the others the message.
        late = [inbox for inbox in waiting if inbox.full]
        for inbox in waiting:
            if not inbox.full:
                inbox.put(Received(inbox.queue, payload))
        if late:
            raise Timeout(
                f"the inbox of `{shown(late[0].queue)}` has been full for {PATIENCE_SECONDS:g} s: "
                "its participant is blocked, or waits for itself along a cycle"
            )


class DirectBinder(DirectClient):
    """The coordinator's handle on a hub. Bindings go when the last binder that wants them goes."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self._bound: set[Binding] = set()

    async def bind(self, binding: Binding) -> None:
        """Carry out a binding. Idempotent."""
        if self._closed:
            raise _closed()
        if binding not in self._bound:
            self._bound.add(binding)
            self._hub.bind(binding)

    async def unbind(self, binding: Binding) -> None:
        """Undo a binding of ours. Idempotent."""
        if binding in self._bound:
            self._bound.remove(binding)
            self._hub.unbind(binding)

    async def bindings(self) -> frozenset[Binding]:
        """What is bound in the hub, by whomever."""
        return frozenset(self._hub.routes)

    def traffic(self) -> Iterable[tuple[Binding, int]]:
        """For each binding, how many messages have passed."""
        return self._hub.routes.counts()

    async def tap(self, queue: QueueName, side: Side) -> Subscription:
        """A copy of what passes a queue. A slow reader loses the oldest, and stops nobody."""
        del side
        return self._observe(queue)

    async def discoveries(self) -> Subscription:
        """All announcements from now on."""
        return self._observe(DISCOVERY)

    def _observe(self, queue: QueueName) -> Inbox:
        return self._listen(
            Inbox(
                queue,
                messages=TAP_MESSAGES,
                size=TAP_BYTES,
                when_full=WhenFull.DROP_OLDEST,
                on_close=self._leave,
            )
        )

    async def close(self) -> None:
        """Undo our bindings and leave the hub."""
        for binding in list(self._bound):
            await self.unbind(binding)
        await super().close()


class Direct:
    """The transport behind `direct://`; `direct://name` is another hub than `direct://`."""

    async def client(
        self, url: BrokerUrl, *, name: str, on_link: OnLink | None = None
    ) -> DirectClient:
        """A participant's handle. The link of a hub is never lost, so `on_link` is never called."""
        del name, on_link
        return DirectClient(_address(url))

    async def binder(
        self, url: BrokerUrl, *, name: str, on_link: OnLink | None = None
    ) -> DirectBinder:
        """The coordinator's handle."""
        del name, on_link
        return DirectBinder(_address(url))


def _closed() -> ConnectionFailed:
    return ConnectionFailed("this handle on `direct://` has been closed")


def _address(url: BrokerUrl) -> str:
    if url.options:
        raise InvalidUrl(f"`direct://` has no options, and was given: {listed(url.options)}")
    return f"{url.host}/{url.path}"
