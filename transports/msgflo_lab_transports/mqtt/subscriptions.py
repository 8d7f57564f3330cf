"""What a session is subscribed to, counted, and restored on the next connection."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence

from msgflo_lab.errors import ConnectionFailed, TransportError
from msgflo_lab.names import QueueName, shown
from msgflo_lab_broker.mqtt import (
    V5,
    Filter,
    Properties,
    Property,
    Subscribe,
    Unsubscribe,
    encode,
    reason,
)

from ..limits import CLOSE_SECONDS, CONNECT_SECONDS, MQTT_TOPICS_PER_SUBSCRIBE, PATIENCE_SECONDS
from .outbox import Numbers
from .topics import shared
from .wire import Wire

_log = logging.getLogger(__name__)

_ONLY_IF_NEW = 1
"""Retain Handling (section 3.8.3.1): no retained messages for a subscription that exists."""


SHARED_ID = 1
"""The identifier of all shared subscriptions. Others have none, or a higher one."""
_NO_SHARING = (0x9E, 0xA1)
"""Neither shared subscriptions, nor identifiers of subscriptions."""


class _Topic:
    """One topic that somebody wants. `granted` is done once the broker has said yes or no.

    Attributes:
        text: What the broker is asked for.
        plain: The topic itself.
        shared: It is wanted as a shared subscription.
        identifier: What its messages are to be marked with; 0 for nothing.
    """

    __slots__ = ("granted", "identifier", "plain", "shared", "text", "users")

    def __init__(
        self, topic: bytes, shared: bool, identifier: int, granted: asyncio.Future[None]
    ) -> None:
        self.plain = self.text = topic.decode()
        self.shared = shared
        self.identifier = identifier
        self.users = 0
        self.granted = granted


class Subscriptions:
    """SUBSCRIBE and UNSUBSCRIBE (sections 3.8 to 3.11), once for each topic, or twice: shared too.

    A message that comes by a shared subscription carries its identifier (section 3.3.2.3.8), as a
    plain one to the same topic gets it too. Where the broker does not share (`shares`), whoever
    wants to gets a plain subscription.

    Attributes:
        shares: The broker of the present connection shares.

    Args:
        qos: Asked for with every subscription.
        no_local: Ask the broker not to send back what this connection publishes (MQTT 5).
        as_published: Ask it to say of each message whether it is retained, also of new ones (the
            same).
        on_busy: Called with True when an answer is awaited, False when none is any more.
        on_copies: Called with each queue that was to be shared and is not.
    """

    def __init__(
        self,
        *,
        qos: int,
        no_local: bool,
        as_published: bool = False,
        on_busy: Callable[[bool], None],
        on_copies: Callable[[QueueName], None],
    ) -> None:
        self.shares = False
        self._on_copies = on_copies
        self._qos = qos
        self._no_local = no_local
        self._as_published = as_published
        self._on_busy = on_busy
        self._loop = asyncio.get_running_loop()
        self._topics: dict[bytes, _Topic] = {}
        self._asked: dict[int, list[_Topic]] = {}
        self._leaving: dict[int, tuple[str, asyncio.Future[None]]] = {}
        # As far as we know: what the broker may have, and what it surely has.
        self._held: set[str] = set()
        self._sure: set[str] = set()
        self._restored: asyncio.Future[None] | None = None
        self._wire: Wire | None = None
        self._numbers = Numbers()
        self._version = 0

    async def add(self, topic: bytes, *, share: bool = False, identifier: int = 0) -> None:
        """Subscribe, or use the subscription there is. Returns when the broker has granted it.

        Args:
            topic: Or a pattern.
            share: With others who share it.
            identifier: Where the broker can (`shares`), messages that come by it carry this.

        Raises:
            TransportError: It refused.
            ConnectionFailed: No link within `PATIENCE_SECONDS`, or no answer from a silent broker
                within `CONNECT_SECONDS`.
        """
        key = shared(topic) if share else topic
        wanted = self._topics.get(key)
        if wanted is None:
            wanted = _Topic(topic, share, identifier, self._loop.create_future())
            self._topics[key] = wanted
            if self._wire is not None:
                self._ask(self._wire, [wanted])
        wanted.users += 1
        try:
            await self._granted(wanted)
        except BaseException:
            self._drop(key, wanted)
            raise

    async def granted(self, topic: bytes) -> None:
        """Wait until a subscription that somebody holds is granted. Raises like `add`."""
        wanted = self._topics.get(topic)
        if wanted is not None:
            await self._granted(wanted)

    async def remove(self, topic: bytes, *, share: bool = False) -> None:
        """One user less. With the last, returns when the broker has confirmed, or is lost."""
        key = shared(topic) if share else topic
        wanted = self._topics.get(key)
        answer = self._drop(key, wanted) if wanted is not None else None
        if answer is not None:
            await asyncio.wait([answer], timeout=CLOSE_SECONDS)

    async def restore(
        self, wire: Wire, numbers: Numbers, version: int, *, resumed: bool, shares: bool
    ) -> None:
        """Subscribe to everything on a new connection; wait for the answers.

        Where the broker has kept the session, retained messages are not to come again: MQTT 5 has
        an option for that; on 3.1.1 nothing is asked for that has been granted already.

        Raises:
            ConnectionFailed: They did not come within `CONNECT_SECONDS`, or the link is lost.
        """
        self._wire, self._numbers, self._version = wire, numbers, version
        self.shares = shares
        for each in self._topics.values():
            self._name(each)
        if not resumed:
            self._held.clear()
            self._sure.clear()
        topics = list(self._topics.values())
        for text in self._held - {each.text for each in topics}:
            # Given up while there was no link.
            self._leave(wire, text)
        if version < V5:
            for each in topics:
                if each.text in self._sure and not each.granted.done():
                    each.granted.set_result(None)
            topics = [each for each in topics if each.text not in self._sure]
        for start in range(0, len(topics), MQTT_TOPICS_PER_SUBSCRIBE):
            self._ask(wire, topics[start : start + MQTT_TOPICS_PER_SUBSCRIBE])
        if not self._asked:
            return
        self._restored = self._loop.create_future()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await self._restored
        except TimeoutError:
            raise ConnectionFailed("the broker did not confirm all subscriptions") from None
        finally:
            self._restored = None

    def unlinked(self) -> None:
        """The link is lost, and with it every answer that was awaited."""
        self._wire = None
        for number in (*self._asked, *self._leaving):
            self._numbers.free(number)
        self._asked.clear()
        if self._restored is not None and not self._restored.done():
            self._restored.set_exception(ConnectionFailed("the link was lost again at once"))
        for each in self._topics.values():
            if each.granted.done():
                each.granted = self._loop.create_future()
        leaving, self._leaving = self._leaving, {}
        for _, answer in leaving.values():
            if not answer.done():
                answer.set_result(None)
        self._idle()

    def end(self) -> None:
        """Nobody will ever answer: whoever waits gets an error."""
        self.unlinked()
        for each in self._topics.values():
            _refuse(each, ConnectionFailed("closed"))

    def on_suback(self, packet_id: int, codes: Sequence[int]) -> None:
        """The answer to a SUBSCRIBE."""
        topics = self._asked.pop(packet_id, ())
        self._numbers.free(packet_id)
        unshared: list[_Topic] = []
        for each, code in zip(topics, codes, strict=False):
            if each.granted.done():
                continue
            if code in _NO_SHARING and each.text != each.plain:
                self.shares = False
                unshared.append(each)
                continue
            if code < 0x80:
                self._sure.add(each.text)
                each.granted.set_result(None)
                continue
            error = TransportError(
                f"the broker refuses the subscription to `{shown(each.text)}`: {reason(code)}"
            )
            _log.warning("%s", error)
            _refuse(each, error)
        if unshared and self._wire is not None:
            self._ask(self._wire, unshared)
        self._idle()

    def on_unsuback(self, packet_id: int) -> None:
        """The answer to an UNSUBSCRIBE."""
        left = self._leaving.pop(packet_id, None)
        self._numbers.free(packet_id)
        if left is not None:
            text, answer = left
            if not self._is_wanted(text):
                self._held.discard(text)
            if not answer.done():
                answer.set_result(None)
        self._idle()

    async def _granted(self, wanted: _Topic) -> None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while True:
                    granted = wanted.granted
                    await asyncio.wait([granted])
                    # Granted, and the link lost since: it has to be granted again.
                    if granted is wanted.granted or granted.exception() is not None:
                        break
        except TimeoutError:
            raise ConnectionFailed(
                f"no answer to the subscription to `{shown(wanted.text)}` "
                f"within {PATIENCE_SECONDS:g} s"
            ) from None
        granted.result()

    def _name(self, wanted: _Topic) -> None:
        """What it is to be asked for as, on a broker that shares, or does not."""
        wanted.text = wanted.plain
        if wanted.shared and self.shares:
            wanted.text = shared(wanted.plain.encode()).decode()
        elif wanted.shared:
            self._on_copies(QueueName(wanted.plain))

    def _is_wanted(self, text: str) -> bool:
        key = text.encode()
        return key in self._topics or (not self.shares and shared(key) in self._topics)

    def _ask(self, wire: Wire, topics: Iterable[_Topic]) -> None:
        by_identifier: dict[int, list[_Topic]] = {}
        for each in topics:
            self._name(each)
            is_shared = each.text != each.plain
            identifier = SHARED_ID if is_shared else each.identifier if self.shares else 0
            by_identifier.setdefault(identifier, []).append(each)
        for identifier, asked in by_identifier.items():
            self._ask_for(wire, asked, identifier)

    def _ask_for(self, wire: Wire, asked: list[_Topic], identifier: int) -> None:
        number = self._numbers.take()
        self._asked[number] = asked
        self._held.update(each.text for each in asked)
        self._on_busy(True)
        filters = tuple(
            Filter(
                topic=each.text,
                qos=self._qos,
                # An error for a shared one (section 3.8.3.1).
                no_local=self._no_local and identifier != SHARED_ID,
                retain_as_published=self._as_published,
                retain_handling=_ONLY_IF_NEW if each.text in self._sure else 0,
            )
            for each in asked
        )
        properties: Properties = {Property.SUBSCRIPTION_ID: (identifier,)} if identifier else {}
        wire.write(encode(Subscribe(number, filters, properties), self._version))
        self._loop.call_later(CONNECT_SECONDS, self._check, wire, number, asked, wire.reads)

    def _check(self, wire: Wire, number: int, asked: list[_Topic], reads: int) -> None:
        """Some time after a SUBSCRIBE: a broker that has not said anything since is lost."""
        if wire is not self._wire or self._asked.get(number) is not asked:
            return
        if wire.reads != reads or wire.holding:
            self._loop.call_later(CONNECT_SECONDS, self._check, wire, number, asked, wire.reads)
            return
        why = f"the broker did not answer a subscription within {CONNECT_SECONDS:g} s"
        for each in asked:
            _refuse(each, ConnectionFailed(why))
        wire.fail(ConnectionResetError(why))

    def _drop(self, key: bytes, wanted: _Topic) -> asyncio.Future[None] | None:
        """One user less; for the last, the future of the broker's confirmation."""
        wanted.users -= 1
        if wanted.users or self._topics.get(key) is not wanted:
            return None
        del self._topics[key]
        if self._is_wanted(wanted.text):
            return None
        self._sure.discard(wanted.text)
        if self._wire is None:
            return None
        return self._leave(self._wire, wanted.text)

    def _leave(self, wire: Wire, text: str) -> asyncio.Future[None]:
        number = self._numbers.take()
        answer: asyncio.Future[None] = self._loop.create_future()
        self._leaving[number] = (text, answer)
        self._on_busy(True)
        wire.write(encode(Unsubscribe(number, (text,)), self._version))
        return answer

    def _idle(self) -> None:
        if not self._asked and self._restored is not None and not self._restored.done():
            self._restored.set_result(None)
        if not self._asked and not self._leaving:
            self._on_busy(False)


def _refuse(topic: _Topic, error: TransportError) -> None:
    if not topic.granted.done():
        topic.granted.set_exception(error)
        # Nobody may be waiting: it may have been granted on an earlier connection.
        topic.granted.exception()
