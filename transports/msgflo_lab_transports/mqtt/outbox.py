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


_NO_SUBSCRIBERS = 0x10
"""In a PUBACK of MQTT 5 (section 3.4.2.1): a broker may say so."""
_QOS_2 = 0b0100
_AGAIN = 0b1000
"""In a PUBLISH's first byte (section 3.3.1)."""


def _nobody(_error: TransportError | None) -> None:
    """Nobody waits to hear of it."""


class NobodyListens(TransportError):
    """A message that needs a reader had none."""


def _refusal(message: Outgoing, kind: Type, code: int) -> TransportError | None:
    if code >= 0x80 and kind is not Type.PUBCOMP:
        return TransportError(f"the broker refused the message: {reason(code)}")
    if message.needs_reader and code == _NO_SUBSCRIBERS:
        return NobodyListens("nobody listens")
    return None


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
        needs_reader: Where the broker says (MQTT 5, QoS 1) that nobody listens, it was not sent.
    """

    __slots__ = (
        "attempts",
        "done",
        "flags",
        "needs_reader",
        "payload",
        "properties",
        "received",
        "topic",
    )

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
        self.needs_reader = False


class Outbox:
    """The sending half of QoS 1 and 2 (section 4.3), across connections.

    At most `window` are in flight; further ones wait in line. The line's length is bounded by
    those who put into it: a publisher waits for `done`, and a router gets no more than our
    receive maximum to forward.

    After a lost link everything in flight is sent again on the next one, in order. If the broker
    has kept the session, as what it was: under its number, as a repetition, and a PUBREL where
    the broker has the message (section 4.4). If not, as a new message, except what the broker
    had said to have.
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
        for number, message in self._flying.items():
            if message.received:
                message.attempts += 1
                wire.write(short_ack(Type.PUBREL, number))
            else:
                self._write(wire, number, message, message.flags | _AGAIN)
        self._pump()

    def unlinked(self) -> None:
        """The link is lost."""
        self._wire, self._window = None, 0
        for number, message in list(self._flying.items()):
            if message.attempts < MQTT_ATTEMPTS:
                continue
            had = message.received
            self._abandon(number, message)
            message.done(
                None
                if had
                else ConnectionFailed(
                    f"the link was lost {message.attempts} times while this message was on its "
                    "way; does the broker take messages of this size and to this queue?"
                )
            )
        self._idle()

    def forgotten(self) -> None:
        """There is a link again, but the session is new: what was in flight goes back in line."""
        flying = [message for message in self._flying.values() if not message.received]
        had = [message for message in self._flying.values() if message.received]
        self._flying.clear()
        self._line.extendleft(reversed(flying))
        for message in had:
            message.done(None)
        self._idle()

    def give_up(self, error: TransportError) -> None:
        """Nothing of this will be sent any more."""
        flying, line = list(self._flying.items()), list(self._line)
        self._line.clear()
        for number, message in flying:
            had = message.received
            self._abandon(number, message)
            message.done(None if had else error)
        for message in line:
            message.done(error)
        self._idle()

    def _abandon(self, number: int, message: Outgoing) -> None:
        """Nobody waits for it any more. The broker may, with QoS 2: it hears PUBREL in the end."""
        if message.flags & _QOS_2:
            self._flying[number] = rest = Outgoing(message.topic, b"", message.flags, _nobody)
            rest.received = True
        else:
            del self._flying[number]
            self._numbers.free(number)

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
        message.done(_refusal(message, kind, code))
        self._pump()
        self._idle()

    def _pump(self) -> None:
        while self._line and self._wire is not None and len(self._flying) < self._window:
            self._fly(self._line.popleft(), self._wire)

    def _fly(self, message: Outgoing, wire: Wire) -> None:
        number = self._numbers.take()
        self._flying[number] = message
        self._write(wire, number, message, message.flags)

    def _write(self, wire: Wire, number: int, message: Outgoing, flags: int) -> None:
        message.attempts += 1
        middle = number.to_bytes(2, "big") + (message.properties if self._version >= V5 else b"")
        size = len(middle) + len(message.payload)
        prefix = publish_prefix(message.topic, size, flags=flags)
        wire.write(prefix + middle, message.payload)

    def _idle(self) -> None:
        if not self:
            self._on_busy(False)
