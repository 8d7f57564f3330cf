"""One foreign participant: what it says is sent on as JSON, what it is to hear is written for it.

See `msgflo_lab.foreign`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from .. import message
from ..definition import ParticipantDefinition, Side
from ..encoding import Absent, encoding_of
from ..errors import ConnectionFailed, InvalidMessage, MsgFloLabError, Timeout
from ..foreign import Interpretation, QueueOf, interpreted
from ..names import QueueName, shown
from ..topics import metadata_of
from ..transport import Client, Delivery, Subscription, Topics
from .limits import FOREIGN_AGAIN, FOREIGN_AHEAD, FOREIGN_KEPT, FOREIGN_KEPT_BYTES
from .window import Window

Report = Callable[[str], None]
"""Called with one line for people."""


class Saying(NamedTuple):
    """What a device has said.

    Attributes:
        payload: In JSON.
        metadata: Where.
    """

    payload: bytes
    metadata: dict[str, str]


class ForeignParticipant:
    """One of them. Made by `Foreigners`.

    Attributes:
        described: As somebody has described it: topics and encodings.
        announced: As others know it.
        is_alive: Whether it is said to be there; else it is not announced.
        passed: Messages that were read or written for it.
        skipped: Of those, such as had nothing for us.
        refused: Messages that could not be understood, or not be written.
        problem: The last reason for that.
    """

    def __init__(
        self,
        described: ParticipantDefinition,
        queue_of: QueueOf,
        *,
        all_ports: bool,
        ours: set[QueueName],
        report: Report,
    ) -> None:
        """`ours`: queues on which JSON is spoken, of all foreign participants."""
        self.described = described
        self.announced, self._ports = interpreted(described, queue_of, all_ports=all_ports)
        self.is_alive = True
        self.passed = self.skipped = self.refused = 0
        self.problem = ""
        self._ours = ours
        self._report = report
        self._tasks: list[asyncio.Task[None]] = []
        self._subscriptions: list[Subscription] = []
        self._kept: dict[QueueName, dict[str, Saying]] = {}
        self._under_way: Window[asyncio.Future[None]] = Window(FOREIGN_AHEAD)

    @property
    def needs_us(self) -> bool:
        """Whether anything has to be interpreted; else to announce it is all there is to do."""
        return bool(self._ports)

    async def start(self, client: Client, topics: Topics) -> None:
        """Begin to interpret.

        Raises:
            InvalidName, TransportError: The broker cannot have a topic, or refuses.
        """
        try:
            self._ours.update(each.queue for each in self._ports)
            for each in self._ports:
                await client.declare(each.queue, each.side, each.options)
                if each.side is Side.IN:
                    inbox = await client.subscribe(each.queue)
                    work = self._write(each, inbox, topics)
                else:
                    assert each.port.queue is not None
                    inbox = await topics.listen(each.port.queue)
                    work = self._read(each, inbox, client)
                self._subscriptions.append(inbox)
                name = f"{self.described.role}.{each.port.id}"
                self._tasks.append(asyncio.create_task(work, name=name))
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Interpret no more. Idempotent."""
        self._ours.difference_update(each.queue for each in self._ports)
        subscriptions, self._subscriptions = self._subscriptions, []
        for each in subscriptions:
            with contextlib.suppress(MsgFloLabError):
                await each.close()
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _read(self, of: Interpretation, inbox: Subscription, client: Client) -> None:
        encoding, queue = encoding_of(of.port.encoding), of.queue
        async for delivery in inbox:
            if delivery.queue in self._ours:  # a pattern such as `#` stands for them, too
                delivery.ack()
                continue
            is_retained = bool(getattr(delivery, "is_retained", False))
            if is_retained and not delivery.payload:  # that it is retained no more
                self._keep(queue, delivery.queue, None)
                delivery.ack()
                continue
            try:
                payload = message.encode(encoding.read(delivery.payload))
            except Absent:
                self.skipped += 1
                delivery.ack()
                continue
            except InvalidMessage as error:
                self._not_understood(of, error)
                delivery.ack()  # the device would say the same again
                continue
            if self._under_way.is_full:
                await self._under_way.room()
            saying = Saying(payload, metadata_of(of.port.queue or "", delivery.queue))
            if is_retained or delivery.queue in self._kept.get(queue, ()):
                self._keep(queue, delivery.queue, saying)
            try:
                confirmed = await client.post(queue, payload, Side.OUT, metadata=saying.metadata)
            except MsgFloLabError as error:
                self._not_sent(of, delivery, error)
                continue
            self.passed += 1
            if confirmed is None:
                delivery.ack()
            else:
                self._under_way.add(confirmed)
                confirmed.add_done_callback(partial(self._confirmed, of, delivery))

    def kept(self, queue: QueueName) -> list[Saying]:
        """The last that was said on each topic behind a queue of ours, as far as it is retained."""
        return list(self._kept.get(queue, {}).values())

    def _keep(self, queue: QueueName, topic: str, saying: Saying | None) -> None:
        by_topic = self._kept.setdefault(queue, {})
        if saying is None or len(saying.payload) > FOREIGN_KEPT_BYTES:
            by_topic.pop(topic, None)
        elif topic in by_topic or len(by_topic) < FOREIGN_KEPT:
            by_topic[topic] = saying

    def _confirmed(
        self, of: Interpretation, delivery: Delivery, confirmed: asyncio.Future[None]
    ) -> None:
        self._under_way.remove(confirmed)
        error = None if confirmed.cancelled() else confirmed.exception()
        if isinstance(error, MsgFloLabError):
            self._not_sent(of, delivery, error)
        else:
            delivery.ack()

    async def _write(self, of: Interpretation, inbox: Subscription, topics: Topics) -> None:
        encoding, topic = encoding_of(of.port.encoding), of.port.queue
        assert topic is not None
        qos, retain = int(of.port.options.get("qos", 0)), bool(of.port.options.get("retain"))
        async for delivery in inbox:
            try:
                payload = encoding.write(message.decode(delivery.payload))
                await topics.say(topic, payload, qos=qos, retain=retain)
            except InvalidMessage as error:
                self._not_understood(of, error)
                delivery.nack(str(error))
                continue
            except MsgFloLabError as error:
                self._not_sent(of, delivery, error)
                continue
            self.passed += 1
            delivery.ack()

    def _not_sent(self, of: Interpretation, delivery: Delivery, error: MsgFloLabError) -> None:
        """A broker is away, and comes back; or it does not take this one, and never will."""
        self._not_understood(of, error)
        if isinstance(error, ConnectionFailed | Timeout):
            delivery.retry(FOREIGN_AGAIN)
        else:
            delivery.nack(str(error))

    def _not_understood(self, of: Interpretation, error: Exception) -> None:
        self.refused += 1
        self.problem = f"`{shown(self.described.role)}.{shown(of.port.id)}`: {error}"
        if self.refused == 1:
            self._report(self.problem)
