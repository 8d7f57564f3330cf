"""`direct://`: queues in this process, for a lab that needs no broker.

A *hub* joins everybody who uses the same address on the same event loop; it disappears with the
last of them. Delivery is immediate and complete: a publisher whose receiver's inbox is full waits
for it, up to `PATIENCE_SECONDS`. An acknowledgement only shows that a reader is less busy; what is
rejected lies in the hub's box of dead letters.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from msgflo_lab.binding import Binding
from msgflo_lab.definition import Side
from msgflo_lab.errors import (
    ConnectionFailed,
    InvalidName,
    InvalidUrl,
    PayloadTooLarge,
    Timeout,
    TransportError,
)
from msgflo_lab.names import QueueName, listed, shown
from msgflo_lab.transport import BrokerUrl, Delivery, OnLink, OnNote, Subscription, Traits

from .dead_letters import Letters
from .direct_topics import DirectTopics
from .hub import Listener, Membership, put
from .inbox import Inbox, Received, WhenFull
from .limits import (
    DIRECT_INBOX_MESSAGES,
    DIRECT_MAX_PAYLOAD,
    DISCOVERY,
    PATIENCE_SECONDS,
    TAP_BYTES,
    TAP_MESSAGES,
)
from .ports import port_options
from .sharing import Share


class DirectClient:
    """A participant's handle on a hub."""

    def __init__(self, address: str) -> None:
        self._membership = Membership(address)
        self._hub = self._membership.hub
        self._mine: list[Inbox] = []
        self._shared: set[QueueName] = set()
        self._closed = False

    @property
    def traits(self) -> Traits:
        """Each subscriber gets a copy, and nothing outlives those who use it."""
        return Traits()

    async def declare(
        self, queue: QueueName, side: Side, options: Mapping[str, Any] | None = None
    ) -> None:
        """A queue is only a name here. With the option `share`, `subscribe` shares its messages.

        Raises:
            InvalidName: It is empty.
            InvalidDefinition: An option that nobody knows, or a value that it cannot have.
        """
        del side
        if not queue:
            raise InvalidName("a queue needs a name")
        asked = port_options(queue, options)
        if "share" in asked:
            (self._shared.add if asked["share"] else self._shared.discard)(queue)

    async def publish(self, queue: QueueName, payload: bytes, side: Side = Side.OUT) -> None:
        """Put the message into every inbox it is for; wait for those that are full."""
        del side
        if self._closed or len(payload) > DIRECT_MAX_PAYLOAD:
            self._check(payload)
        hub = self._hub
        route, inboxes, shares = hub.paths.get(queue) or hub.path(queue)
        route.count += 1
        full: list[Listener | Share] | None = None
        for inbox in inboxes:
            if inbox.full:
                full = full or []
                full.append(inbox)
            else:
                # An ear makes something of its own of it.
                inbox.put(Received(inbox.queue, payload, None, inbox))  # type: ignore[arg-type]
        if shares:
            for share in shares:
                if share.full:
                    full = full or []
                    full.append(share)
                else:
                    put(share, payload)
        # Those that have room must not wait for those that have none.
        if full:
            await self._put_later(full, payload)

    async def post(
        self,
        queue: QueueName,
        payload: bytes,
        side: Side = Side.OUT,
        *,
        cause: Delivery | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        """The same: whoever is to have it has it then."""
        del cause
        if not metadata:
            await self.publish(queue, payload, side)
            return
        self._check(payload)
        route, inboxes, shares = self._hub.path(queue)
        route.count += 1
        listeners: list[Listener | Share] = [*inboxes, *shares]
        full = [each for each in listeners if each.full]
        for each in listeners:
            if not each.full:
                put(each, payload, metadata)
        await self._put_later(full, payload, metadata)

    async def subscribe(self, queue: QueueName) -> Subscription:
        """Receive the messages of a queue."""
        return self._listen(
            Inbox(
                queue,
                messages=DIRECT_INBOX_MESSAGES,
                on_close=self._leave,
                on_reject=self._hub.rejected,
            ),
            shares=queue in self._shared,
        )

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
        self._membership.leave()

    def _listen(self, inbox: Inbox, *, shares: bool = False) -> Inbox:
        if self._closed:
            raise _closed()
        self._mine.append(inbox)
        self._hub.attach(inbox, shares=shares)
        return inbox

    async def _leave(self, inbox: Inbox) -> None:
        self._hub.detach(inbox)
        if inbox in self._mine:
            self._mine.remove(inbox)

    def _check(self, payload: bytes) -> None:
        if self._closed:
            raise _closed()
        if len(payload) > DIRECT_MAX_PAYLOAD:
            raise PayloadTooLarge(len(payload), DIRECT_MAX_PAYLOAD, "DIRECT_MAX_PAYLOAD")

    async def _put_later(
        self,
        full: list[Listener | Share],
        payload: bytes,
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        waiting = deque(full)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                while waiting:
                    await waiting[0].room()
                    put(waiting.popleft(), payload, metadata)
        # One that stays full must not cost the others the message.
        late = [each for each in waiting if each.full]
        for each in waiting:
            if not each.full:
                put(each, payload, metadata)
        if late:
            raise Timeout(
                f"the inbox of `{shown(late[0].queue)}` has been full for {PATIENCE_SECONDS:g} s: "
                "its participant is blocked, or waits for itself along a cycle"
            )


class DirectBinder(DirectClient):
    """The coordinator's handle on a hub. Bindings go when the last binder that wants them goes."""

    def __init__(self, address: str, on_note: OnNote | None = None) -> None:
        super().__init__(address)
        self._leaving = contextlib.ExitStack()
        if on_note is not None:
            self._leaving.enter_context(self._hub.box.telling(on_note))
        self._bound: set[Binding] = set()
        self._letters = Letters(self._hub.box, self._put_back)

    @property
    def dead_letters(self) -> Letters:
        """What was rejected on this hub. They end with it."""
        return self._letters

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

    async def bindings(self, *, everybodys: bool = False) -> frozenset[Binding]:
        """What is bound in the hub, by whomever."""
        del everybodys
        return frozenset(self._hub.routes)

    async def is_declared(self, queue: QueueName, side: Side) -> bool:
        """A queue is only a name here."""
        del queue, side
        return True

    def traffic(self) -> Iterable[tuple[Binding, int]]:
        """For each binding, how many messages have passed."""
        return self._hub.routes.counts()

    async def waiting(self, queues: Collection[QueueName]) -> Mapping[QueueName, int]:
        """Nothing: what waits, waits with those who read it."""
        del queues
        return {}

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

    async def _put_back(self, queue: QueueName, payload: bytes) -> None:
        if not self._hub.is_read(queue):
            raise TransportError(
                f"nobody listens to `{shown(queue)}`, and in the process a message cannot wait for "
                "somebody: start its participant first"
            )
        await self.publish(queue, payload, Side.IN)

    async def close(self) -> None:
        """Undo our bindings and leave the hub."""
        for binding in list(self._bound):
            await self.unbind(binding)
        self._leaving.close()
        await super().close()


class Direct:
    """The transport behind `direct://`; `direct://name` is another hub than `direct://`."""

    async def client(
        self,
        url: BrokerUrl,
        *,
        name: str,
        on_link: OnLink | None = None,
        on_note: OnNote | None = None,
    ) -> DirectClient:
        """A participant's handle. A hub is never lost, and there is nothing to note about it."""
        del name, on_link, on_note
        return DirectClient(_address(url))

    async def topics(
        self,
        url: BrokerUrl,
        *,
        name: str,
        on_link: OnLink | None = None,
        on_note: OnNote | None = None,
    ) -> DirectTopics:
        """A handle for devices, which are code in this process."""
        del name, on_link, on_note
        return DirectTopics(_address(url))

    async def binder(
        self,
        url: BrokerUrl,
        *,
        name: str,
        on_link: OnLink | None = None,
        on_note: OnNote | None = None,
    ) -> DirectBinder:
        """The coordinator's handle; it notes dead letters for which there is no room."""
        del name, on_link
        return DirectBinder(_address(url), on_note)


def _closed() -> ConnectionFailed:
    return ConnectionFailed("this handle on `direct://` has been closed")


def _address(url: BrokerUrl) -> str:
    if url.options:
        raise InvalidUrl(f"`direct://` has no options, and was given: {listed(url.options)}")
    return f"{url.host}/{url.path}"
