"""Messages of QoS 1 and 2 that we send: numbered, limited, acknowledged, sent again."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator

from msgflo_lab.errors import ConnectionFailed, TransportError
from msgflo_lab_broker.mqtt import V5, Type, publish_prefix, reason, short_ack

from ..limits import MQTT_ATTEMPTS
from .wire import Wire

Done = Callable[[TransportError | None], None]
"""Called once: the broker has the message (None), or never will."""


class Numbers:
    """Packet identifiers of one connection that are in use (section 2.2.1)."""

    def __init__(self) -> None:
        self._used: set[int] = set()
        self._last = 0

    def take(self) -> int:
        """A free one. There are 65,535, far above every limit of ours."""
        number = self._last
        while True:
            number = number + 1 if number < 65_535 else 1
            if number not in self._used:
                break
        self._last = number
        self._used.add(number)
        return number

    def free(self, number: int) -> None:
        """It may be used again."""
        self._used.discard(number)


class Outgoing:
    """One message on its way.

    Attributes:
        topic: The topic as a field, with its length.
        flags: Quality of service and retain, as in the packet's first byte.
        properties: The field as MQTT 5 has it; 3.1.1 goes without.
        attempts: How often it has been sent.
        received: The broker has said that it has it (PUBREC).
    """

    __slots__ = ("attempts", "done", "flags", "payload", "properties", "received", "topic")

    def __init__(
        self, topic: bytes, payload: bytes, flags: int, done: Done, properties: bytes = b"\x00"
    ) -> None:
        self.topic = topic
        self.payload = payload
        self.flags = flags
        self.done = done
        self.properties = properties
        self.attempts = 0
        self.received = False


class Outbox:
    """The sending half of QoS 1 and 2 (section 4.3), across connections.

    At most `window` are in flight; further ones wait in line. The line's length is bounded by
    those who put into it: a publisher waits for `done`, and a router gets no more than our
    receive maximum to forward. After a lost link everything in flight is sent again, in order, on
    the next one, except what the broker has confirmed to have (PUBREC).
    """

    def __init__(self, on_busy: Callable[[bool], None]) -> None:
        self._line: deque[Outgoing] = deque()
        self._flying: dict[int, Outgoing] = {}
        self._wire: Wire | None = None
        self._numbers = Numbers()
        self._version = V5
        self._window = 0
        self._on_busy = on_busy

    def __len__(self) -> int:
        return len(self._line) + len(self._flying)

    def __iter__(self) -> Iterator[Outgoing]:
        """Everything that is on its way."""
        yield from self._flying.values()
        yield from self._line

    def send(self, message: Outgoing) -> None:
        """Send it, now or when there is a link and room."""
        if not self:
            self._on_busy(True)
        if self._line or len(self._flying) >= self._window or self._wire is None:
            self._line.append(message)
        else:
            self._fly(message, self._wire)

    def linked(self, wire: Wire, numbers: Numbers, version: int, window: int) -> None:
        """There is a link again: send what waits."""
        self._wire, self._numbers = wire, numbers
        self._version, self._window = version, window
        self._pump()

    def unlinked(self) -> None:
        """The link is lost: what was in flight goes back to the head of the line."""
        self._wire, self._window = None, 0
        flying = [message for message in self._flying.values() if not message.received]
        had = [message for message in self._flying.values() if message.received]
        self._flying.clear()
        poison = [message for message in flying if message.attempts >= MQTT_ATTEMPTS]
        self._line.extendleft(
            message for message in reversed(flying) if message.attempts < MQTT_ATTEMPTS
        )
        for message in had:
            message.done(None)
        for message in poison:
            message.done(
                ConnectionFailed(
                    f"the link was lost {message.attempts} times while this message was on its "
                    "way; does the broker take messages of this size and to this queue?"
                )
            )
        self._idle()

    def give_up(self, error: TransportError) -> None:
        """Nothing of this will be sent any more."""
        messages = [*self._flying.values(), *self._line]
        self._flying.clear()
        self._line.clear()
        for message in messages:
            message.done(error)
        self._idle()

    def on_ack(self, kind: Type, packet_id: int, code: int) -> None:
        """PUBACK, PUBREC or PUBCOMP. One for a number that is not in use is ignored."""
        message = self._flying.get(packet_id)
        if message is None or self._wire is None:
            return
        if kind is Type.PUBREC and code < 0x80:
            message.received = True
            self._wire.write(short_ack(Type.PUBREL, packet_id))
            return
        del self._flying[packet_id]
        self._numbers.free(packet_id)
        refused = code >= 0x80 and kind is not Type.PUBCOMP
        message.done(
            TransportError(f"the broker refused the message: {reason(code)}") if refused else None
        )
        self._pump()
        self._idle()

    def _pump(self) -> None:
        while self._line and self._wire is not None and len(self._flying) < self._window:
            self._fly(self._line.popleft(), self._wire)

    def _fly(self, message: Outgoing, wire: Wire) -> None:
        number = self._numbers.take()
        message.attempts += 1
        self._flying[number] = message
        middle = number.to_bytes(2, "big") + (message.properties if self._version >= V5 else b"")
        size = len(middle) + len(message.payload)
        prefix = publish_prefix(message.topic, size, flags=message.flags)
        wire.write(prefix + middle, message.payload)

    def _idle(self) -> None:
        if not self:
            self._on_busy(False)
