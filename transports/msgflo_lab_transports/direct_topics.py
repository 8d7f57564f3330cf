"""The handle for devices that are code in this process: topics on `direct://`."""

from __future__ import annotations

from msgflo_lab.errors import ConnectionFailed, InvalidName, PayloadTooLarge
from msgflo_lab.names import QueueName, shown
from msgflo_lab.topics import is_pattern, problem_of
from msgflo_lab.transport import Subscription

from .hub import Ear, Membership, put
from .inbox import Inbox, WhenFull
from .limits import DIRECT_INBOX_MESSAGES, DIRECT_MAX_PAYLOAD, TAP_BYTES, TAP_MESSAGES


class DirectTopics:
    """`Topics` on a hub. What is retained ends with the hub."""

    def __init__(self, address: str) -> None:
        self._membership = Membership(address)
        self._hub = self._membership.hub
        self._mine: list[Inbox] = []
        self._closed = False

    async def listen(self, pattern: str, *, onlooking: bool = False) -> Subscription:
        """See `Topics.listen`."""
        problem = problem_of(pattern) or ("" if pattern else "it is empty")
        if problem:
            raise InvalidName(f"`{shown(pattern)}` is no pattern of topics: {problem}")
        self._check_open()
        inbox = Inbox(
            QueueName(pattern),
            messages=TAP_MESSAGES if onlooking else DIRECT_INBOX_MESSAGES,
            size=TAP_BYTES,
            when_full=WhenFull.DROP_OLDEST if onlooking else WhenFull.PAUSE,
            on_close=self._leave,
        )
        self._mine.append(inbox)
        self._hub.listen(pattern, inbox)
        return inbox

    async def say(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> None:
        """See `Topics.say`; whoever is to have it has it then."""
        del qos
        if not topic or is_pattern(topic):
            raise InvalidName(f"`{shown(topic)}` is no topic")
        if len(payload) > DIRECT_MAX_PAYLOAD:
            raise PayloadTooLarge(len(payload), DIRECT_MAX_PAYLOAD, "DIRECT_MAX_PAYLOAD")
        self._check_open()
        if retain:
            self._hub.retain(QueueName(topic), payload)
        route, listeners, shares = self._hub.path(QueueName(topic))
        route.count += 1
        for each in listeners:
            await each.room()
            if isinstance(each, Ear) and each.queue == topic:
                each.hear(payload, retain)
            else:
                put(each, payload)
        for share in shares:
            await share.room()
            put(share, payload)

    async def close(self) -> None:
        """Leave. Idempotent."""
        if self._closed:
            return
        self._closed = True
        for inbox in self._mine:
            self._hub.leave(inbox.queue, inbox)
            inbox.end()
        self._mine.clear()
        self._membership.leave()

    async def _leave(self, inbox: Inbox) -> None:
        if inbox in self._mine:
            self._mine.remove(inbox)
            self._hub.leave(inbox.queue, inbox)

    def _check_open(self) -> None:
        if self._closed:
            raise ConnectionFailed("this handle on direct:// is closed")
