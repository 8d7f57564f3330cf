"""One foreign participant: what it says is sent on as JSON, what it is to hear is written for it.

See `msgflo_lab.foreign`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine
from functools import partial
from typing import NamedTuple

from .. import message
from ..definition import ParticipantDefinition, Side
from ..discovery import Diagnosis
from ..discovery import decode as decode_announcement
from ..discovery import encode as encode_announcement
from ..encoding import Absent, encoding_of
from ..errors import ConnectionFailed, InvalidDefinition, MsgFloLabError, Timeout
from ..foreign import Interpretation, QueueOf, interpreted
from ..names import QueueName, shown
from ..topics import ONE, REST, is_pattern, metadata_of
from ..transport import Client, Delivery, Subscription, Topics
from .faults import Faults
from .lapse import Afterwards, Silence
from .limits import (
    FOREIGN_AGAIN,
    FOREIGN_AHEAD,
    FOREIGN_FAULTS,
    FOREIGN_KEPT,
    FOREIGN_KEPT_BYTES,
    STOP_PATIENCE,
)
from .window import Window

log = logging.getLogger(__name__)

Report = Callable[[str], None]
"""Called with one line for people."""
Work = Callable[[], Coroutine[None, None, None]]


class Saying(NamedTuple):
    """What a device has said.

    Attributes:
        payload: In JSON.
        metadata: Where.
    """

    payload: bytes
    metadata: dict[str, str]


def _as_others_read_it(definition: ParticipantDefinition) -> ParticipantDefinition:
    try:
        found = decode_announcement(encode_announcement(definition))
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidDefinition(
            f"`{shown(definition.role)}` cannot be announced: {type(error).__name__}: {error}"
        ) from error
    if isinstance(found, Diagnosis):
        raise InvalidDefinition(f"`{shown(definition.role)}` cannot be announced: {found.problem}")
    return found


class ForeignParticipant:
    """One of them. Made by `Foreigners`.

    Attributes:
        described: As somebody has described it: topics and encodings.
        announced: As others know it.
        is_said_alive: Whether it is said to be there.
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
        before: ForeignParticipant | None = None,
        all_ports: bool,
        is_spoken_to: Callable[[QueueName, bool], bool],
        report: Report,
        changed: Callable[[ForeignParticipant], None] = lambda _: None,
    ) -> None:
        """Not yet at work; see `start`.

        Args:
            before: The one in whose place it comes: of the same role, its ports keep their queues.
            is_spoken_to: Whether a queue is a participant's, and no topic of a device.
            changed: Called when it falls silent (`expire_after`), and when it speaks again.

        Raises:
            InvalidDefinition: Nobody could read what it would announce.
        """
        self.described = described
        self._ports: tuple[Interpretation, ...] = ()
        if before is not None and before.described.role != described.role:
            before = None
        ports = before._ports if before is not None else ()
        announced, self._ports = interpreted(described, queue_of, ports, all_ports=all_ports)
        self.announced = _as_others_read_it(announced)
        self.is_said_alive = True
        self.passed = self.skipped = self.refused = 0
        self.problem = ""
        self._is_spoken_to = is_spoken_to
        self._report = report
        self._tasks: list[asyncio.Task[None]] = []
        self._subscriptions: list[tuple[Subscription, Work]] = []
        self._kept: dict[QueueName, dict[str, Saying]] = {}
        if before is not None:
            # Of a topic that is listened to already, nobody gets again what is retained.
            same = [each.queue for each in self._ports if each in ports]
            self._kept = {queue: before._kept.setdefault(queue, {}) for queue in same}
        self._under_way: Window[asyncio.Future[None]] = Window(FOREIGN_AHEAD)
        self._silence = Silence(self._seconds("expire_after"), lambda: changed(self))
        self._off_delays = self._seconds("off_delay")
        self._afterwards = Afterwards()
        self._faults = Faults(FOREIGN_FAULTS)

    @property
    def is_alive(self) -> bool:
        """Whether it is there as far as anybody can tell; else it is not announced."""
        return self.is_said_alive and not self._silence.is_long

    @property
    def queues(self) -> list[QueueName]:
        """Those on which JSON is spoken, in place of its topics."""
        return [each.queue for each in self._ports]

    @property
    def needs_us(self) -> bool:
        """Whether anything has to be interpreted; else to announce it is all there is to do."""
        return bool(self._ports)

    async def start(self, client: Client, topics: Topics) -> None:
        """Listen; nothing of it is worked on until `begin`.

        Raises:
            InvalidName, TransportError: The broker cannot have a topic, or refuses.
        """
        try:
            for each in self._ports:
                await client.declare(each.queue, each.side, each.options)
                if each.side is Side.IN:
                    inbox = await client.subscribe(each.queue)
                    work = partial(self._write, each, inbox, topics)
                else:
                    assert each.port.queue is not None
                    inbox = await topics.listen(each.port.queue)
                    work = partial(self._read, each, inbox, client)
                self._subscriptions.append((inbox, work))
        except BaseException:
            await self.stop()
            raise

    def begin(self) -> None:
        """Interpret from now on."""
        for _, work in self._subscriptions:
            self._tasks.append(asyncio.create_task(work(), name=f"foreign {self.described.role}"))

    async def stop(self) -> None:
        """Hear no more, and finish what has been heard. Idempotent."""
        subscriptions, self._subscriptions = self._subscriptions, []
        for inbox, _ in subscriptions:
            with contextlib.suppress(MsgFloLabError):
                await inbox.close()
        tasks, self._tasks = self._tasks, []
        if tasks:
            await asyncio.wait(tasks, timeout=STOP_PATIENCE)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        self._silence.stop()
        await self._afterwards.stop()

    async def _read(self, of: Interpretation, inbox: Subscription, client: Client) -> None:
        async for delivery in inbox:
            if self._is_ours(of, delivery.queue):
                delivery.ack()
            else:
                await self._settling(of, delivery, self._read_one(of, delivery, client))

    async def _write(self, of: Interpretation, inbox: Subscription, topics: Topics) -> None:
        async for delivery in inbox:
            await self._settling(of, delivery, self._write_one(of, delivery, topics))

    async def _settling(
        self, of: Interpretation, delivery: Delivery, work: Coroutine[None, None, None]
    ) -> None:
        """Do it; whatever happens, the message is settled, or others would wait for that."""
        try:
            await work
        except asyncio.CancelledError:
            delivery.give_back()
            raise
        except (ConnectionFailed, Timeout) as error:
            self._not_understood(of, error)
            delivery.retry(FOREIGN_AGAIN)  # a broker is away, and comes back
        except MsgFloLabError as error:
            self._not_understood(of, error)
            # A device would say the same again; what it was to hear is for somebody to look at.
            if of.side is Side.OUT:
                delivery.ack()
            else:
                delivery.nack(str(error))
        except Exception as error:
            log.exception("a message of %s cannot be interpreted", self.described.role)
            self._not_understood(of, error)
            delivery.nack(f"{type(error).__name__}: {error}")

    async def _read_one(self, of: Interpretation, delivery: Delivery, client: Client) -> None:
        topic, kept = delivery.queue, self._kept.setdefault(of.queue, {})
        is_retained = getattr(delivery, "is_retained", False)
        if is_retained is None:  # nobody tells: as it was before on this topic
            is_retained = topic in kept
        if is_retained and not delivery.payload:  # it is retained no more
            kept.pop(topic, None)
            delivery.ack()
            return
        encoding = encoding_of(of.port.encoding)
        try:
            value = encoding.read(delivery.payload)
            payload = delivery.payload if encoding.is_raw else message.encode(value)
        except Absent:
            self.skipped += 1
            delivery.ack()
            return
        self._silence.heard(of.queue)
        saying = Saying(payload, metadata_of(of.port.queue or "", topic))
        if is_retained:
            _keep(kept, topic, saying)
        if self._under_way.is_full:
            await self._under_way.room()
        confirmed = await client.post(of.queue, payload, Side.OUT, metadata=saying.metadata)
        self.passed += 1
        if of.queue in self._off_delays:
            self._end(of, value is True, topic, saying, client)
        if confirmed is None:
            delivery.ack()
        else:
            self._under_way.add(confirmed)
            confirmed.add_done_callback(partial(self._confirmed, of, delivery))

    def _end(
        self, of: Interpretation, is_true: bool, topic: str, saying: Saying, client: Client
    ) -> None:
        """False is to follow, if that was true; each message begins anew."""
        if is_true:
            work = partial(self._say_false, of, topic, saying.metadata, client)
            self._afterwards.put(of.queue, self._off_delays[of.queue], work)
        else:
            self._afterwards.drop(of.queue)

    async def _say_false(
        self, of: Interpretation, topic: str, metadata: dict[str, str], client: Client
    ) -> None:
        saying, kept = Saying(b"false", metadata), self._kept.get(of.queue, {})
        if topic in kept:
            kept[topic] = saying
        try:
            confirmed = await client.post(of.queue, saying.payload, Side.OUT, metadata=metadata)
            if confirmed is not None:
                await confirmed
        except MsgFloLabError as error:
            self._not_understood(of, error)

    def _seconds(self, option: str) -> dict[QueueName, float]:
        """What the ports say of that, by their queues."""
        return {
            each.queue: each.port.options[option]
            for each in self._ports
            if each.side is Side.OUT and each.port.options.get(option)
        }

    async def _write_one(self, of: Interpretation, delivery: Delivery, topics: Topics) -> None:
        encoding, options = encoding_of(of.port.encoding), of.port.options
        payload = delivery.payload
        if not encoding.is_raw:
            payload = encoding.write(message.decode(payload))
        assert of.port.queue is not None
        qos, retain = int(options.get("qos", 0)), bool(options.get("retain"))
        await topics.say(of.port.queue, payload, qos=qos, retain=retain)
        self.passed += 1
        delivery.ack()

    def kept(self, queue: QueueName) -> list[Saying]:
        """The last that was said on each topic behind a queue of ours, as far as it is retained."""
        return list(self._kept.get(queue, {}).values())

    def _confirmed(
        self, of: Interpretation, delivery: Delivery, confirmed: asyncio.Future[None]
    ) -> None:
        self._under_way.remove(confirmed)
        error = None if confirmed.cancelled() else confirmed.exception()
        if error is None:
            delivery.ack()
            return
        if isinstance(error, Exception):
            self._not_understood(of, error)
        delivery.retry(FOREIGN_AGAIN)

    def _is_ours(self, of: Interpretation, topic: QueueName) -> bool:
        """A pattern stands for what participants say, too: an edge would lead back to itself.

        One that begins with a wildcard hears no participant, others none of the inports.
        """
        pattern = of.port.queue or ""
        return is_pattern(pattern) and self._is_spoken_to(topic, pattern[:1] in (ONE, REST))

    def _not_understood(self, of: Interpretation, error: Exception) -> None:
        self.refused += 1
        self.problem = f"`{shown(self.described.role)}.{shown(of.port.id)}`: {error}"
        now = asyncio.get_running_loop().time()
        if self._faults.is_news((of.side, of.port.id), self.problem, now):
            self._report(self.problem)


def _keep(kept: dict[str, Saying], topic: str, saying: Saying) -> None:
    if len(saying.payload) > FOREIGN_KEPT_BYTES:
        kept.pop(topic, None)
    elif topic in kept or len(kept) < FOREIGN_KEPT:
        kept[topic] = saying
