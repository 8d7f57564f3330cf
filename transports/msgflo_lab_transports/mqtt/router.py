"""Carries out bindings on a broker that cannot: subscribes to sources, publishes to targets.

Forwards by the table of `Routes`, which knows all targets of a message already; so whatever the
router itself has published is ignored when the broker sends it back (No Local on MQTT 5, `Echoes`
on 3.1.1). Payloads are never decoded, and on QoS 0 no object is made for a packet: its end, which
is the same for every target, is cut out once and gets another beginning.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Iterable

from msgflo_lab.binding import Binding, Route, Routes
from msgflo_lab.errors import TransportError
from msgflo_lab.names import QueueName, shown
from msgflo_lab.transport import OnLink
from msgflo_lab_broker.mqtt import V5, Cursor, MalformedPacket, Property, binary, publish_prefix
from msgflo_lab_broker.mqtt.properties import decode_properties, encode_properties

from ..limits import FLUSH_BYTES, MQTT_PACKET_BYTES, MQTT_SIZES_KEPT
from ..losses import Losses
from .connect import Welcome
from .echoes import Echoes
from .options import Settings
from .outbox import Outgoing
from .receipts import Receipt
from .session import Session
from .topics import topic_of
from .wire import Wire

_log = logging.getLogger(__name__)

_NOT_FORWARDED = (Property.SUBSCRIPTION_ID, Property.TOPIC_ALIAS)
"""What a broker tells one subscriber (section 3.3.2.3)."""


class _Path:
    """A route in the form in which the wire needs it."""

    __slots__ = ("echoes", "listening", "prefixes", "route", "targets")

    def __init__(self, route: Route, echoes: Echoes | None, listening: list[Echoes]) -> None:
        self.route = route
        self.targets = [binary(topic_of(target)) for target in route.targets]
        self.prefixes: dict[int, list[bytes]] = {}
        self.echoes = echoes
        """What we sent to this topic ourselves (3.1.1 only)."""
        self.listening = listening
        """Where to note what we send along this path."""


class Router:
    """The bindings of one binder, over a connection of its own.

    A message is forwarded with the quality of service with which it came. From QoS 1 up the broker
    is told that we have it only once all its forwards are confirmed; those are sent again after a
    lost link. With QoS 0 what is in hand when the link breaks is lost. When the way out is
    congested, nothing more is read.

    A `ROUND_ROBIN` binding is forwarded like any other, once, and the broker hands the messages out
    among those readers of the target that share it (see `MqttClient`). Which readers there are
    only the broker knows: one that has not declared the queue with `share` gets a copy of each.

    What is rejected arrives on the topic `dead-<queue>`, the source of a `DEAD_LETTER` binding.

    A message that the broker would not take back for one target, as it is too large, goes to the
    others. Of retained messages see `MqttBinder`: they reach the binding that subscribes first.
    """

    def __init__(self, settings: Settings, client_id: str, on_link: OnLink) -> None:
        self.routes = Routes()
        self._paths: dict[bytes, _Path] = {}
        self._echoes: dict[QueueName, Echoes] = {}
        self._out: list[bytes] = []
        self._losses = Losses("not forwarded")
        self._missed: Counter[Binding] = Counter()
        self._told: set[tuple[QueueName, int]] = set()
        self._wire: Wire | None = None
        self._v5 = False
        self._max_packet = MQTT_PACKET_BYTES
        self._session = Session(
            settings,
            client_id,
            on_packet=self._on_packet,
            on_wire=self._on_wire,
            on_link=on_link,
            relay=True,
        )

    async def start(self) -> None:
        """Connect. Raises ConnectionFailed."""
        await self._session.start()

    async def close(self) -> None:
        """Forward nothing more. Idempotent."""
        await self._session.close()
        self._losses.flush()

    async def bind(self, binding: Binding) -> None:
        """Carry out a binding. See `Binder.bind`."""
        for queue in (binding.source, binding.origin, binding.target):
            topic_of(queue)
        self._session.check_open()
        if binding in self.routes:
            # Somebody else may be waiting for the broker still.
            await self._session.subscriptions.granted(topic_of(binding.origin))
            return
        had = binding.origin in self.routes.sources
        self.routes.add(binding)
        self._changed()
        # Every binding holds its source's subscription: the session counts.
        try:
            await self._session.subscriptions.add(topic_of(binding.origin))
        except BaseException:
            self.routes.remove(binding)
            self._changed()
            if not had:
                self._echoes.pop(binding.origin, None)
            raise

    async def unbind(self, binding: Binding) -> None:
        """Undo a binding. See `Binder.unbind`."""
        if binding not in self.routes:
            return
        self.routes.remove(binding)
        self._missed.pop(binding, None)
        self._changed()
        await self._session.subscriptions.remove(topic_of(binding.origin))
        # Only now: until the broker has confirmed, echoes may still come.
        if binding.origin not in self.routes.sources:
            self._echoes.pop(binding.origin, None)

    def traffic(self) -> Iterable[tuple[Binding, int]]:
        """For each binding, how many messages have passed since it was bound."""
        if not self._missed:
            return self.routes.counts()
        return [(each, count - self._missed[each]) for each, count in self.routes.counts()]

    def _changed(self) -> None:
        self._paths.clear()

    def _on_wire(self, wire: Wire, welcome: Welcome) -> None:
        self._wire = wire
        self._out = wire.relay_out()
        self._v5 = welcome.version >= V5
        self._max_packet = welcome.max_packet
        self._paths.clear()
        if welcome.resumed and not self._v5:
            for echoes in self._echoes.values():
                echoes.renew(time.monotonic())
            return
        self._echoes.clear()
        if not self._v5:
            # What waits to be sent again will be heard again.
            for message in self._session.outbox:
                queue = QueueName(message.topic[2:].decode())
                if queue in self.routes.sources:
                    self._echoes.setdefault(queue, Echoes()).sent(message.payload, time.monotonic())

    def _path(self, topic: bytes) -> _Path:
        """Work out the path of a topic; empty if it is not bound (any more)."""
        queue = QueueName(topic.decode("utf-8", "surrogateescape"))
        sources = self.routes.sources
        if queue not in sources:
            return _Path(Route(), None, [])
        route = self.routes.route(queue)
        if self._v5:
            path = _Path(route, None, [])
        else:
            echoes = self._echoes
            listening = [
                echoes.setdefault(target, Echoes()) for target in route.targets if target in sources
            ]
            path = _Path(route, echoes.setdefault(queue, Echoes()), listening)
        self._paths[topic] = path
        return path

    # the hot path

    def _on_packet(self, head: int, buffer: bytes, start: int, end: int) -> None:
        if head & 0xF6 != 0x30:
            self._on_other(head, buffer, start, end)
            return
        at = start + 2 + (buffer[start] << 8 | buffer[start + 1])
        if at >= end and (self._v5 or at > end):
            raise MalformedPacket("a PUBLISH that is too short")
        topic = buffer[start + 2 : at]
        path = self._paths.get(topic) or self._path(topic)
        rest = buffer[at:end]
        if self._v5:
            if rest[0]:
                rest = _forwardable(rest)
        elif path.echoes is not None and self._is_echo(path, rest):
            return
        path.route.count += 1
        prefixes = path.prefixes.get(len(rest))
        if prefixes is None:
            prefixes = self._prefixes(path, len(rest))
        out = self._out
        for prefix in prefixes:
            out.append(prefix)
            out.append(rest)

    def _prefixes(self, path: _Path, size: int) -> list[bytes]:
        """How the packets of a message of this size begin, for each target."""
        prefixes = [publish_prefix(target, size) for target in path.targets]
        limit = self._max_packet - size
        if any(len(prefix) > limit for prefix in prefixes):
            # Not remembered, so that each of them is counted.
            for target, prefix in zip(path.route.targets, prefixes, strict=True):
                if len(prefix) > limit:
                    self._too_large(path, target, size)
            assert self._wire is not None
            self._wire.flush()
            return [prefix for prefix in prefixes if len(prefix) <= limit]
        if size * len(prefixes) > FLUSH_BYTES // 16:
            # That much is not to be collected until the whole chunk is read.
            assert self._wire is not None
            self._wire.flush()
            return prefixes
        if len(path.prefixes) >= MQTT_SIZES_KEPT:
            path.prefixes.clear()
        path.prefixes[size] = prefixes
        return prefixes

    def _too_large(self, path: _Path, target: QueueName, size: int) -> None:
        """Count a message that does not reach a target; say so once for each target and size."""
        self._missed.update(hop for hop in path.route.hops if hop.target == target)
        if (target, size) in self._told:
            return
        if len(self._told) >= MQTT_SIZES_KEPT:
            self._told.clear()
        self._told.add((target, size))
        _log.warning(
            "messages of %s bytes are too large for the broker to take back for `%s`",
            f"{size:,}",
            shown(target),
        )

    def _is_echo(self, path: _Path, payload: bytes) -> bool:
        now = time.monotonic()
        if path.echoes is not None and path.echoes.came(payload, now):
            return True
        for echoes in path.listening:
            echoes.sent(payload, now)
        return False

    # QoS 1 and 2, and everything else

    def _on_other(self, head: int, buffer: bytes, start: int, end: int) -> None:
        if head & 0xF0 != 0x30:
            self._session.on_control(head, buffer, start, end)
            return
        cursor = Cursor(buffer, start, end)
        topic = cursor.binary()
        qos = head >> 1 & 3
        if qos == 3:
            raise MalformedPacket("a PUBLISH of QoS 3")
        receipt = self._session.receipts.receive(cursor.packet_id(), qos, bool(head & 8))
        if receipt is None:
            return
        properties = b"\x00"
        if self._v5:
            properties = _forwardable_field(cursor)
        payload = cursor.rest()
        path = self._paths.get(topic) or self._path(topic)
        if path.echoes is None or not self._is_echo(path, payload):
            path.route.count += 1
            self._forward(path, payload, properties, qos, receipt)
        receipt.settle(True)

    def _forward(
        self, path: _Path, payload: bytes, properties: bytes, qos: int, receipt: Receipt
    ) -> None:
        receipt.open += len(path.targets)

        def done(error: TransportError | None) -> None:
            if error is not None:
                self._losses.add(str(error))
            # Refused for good: to keep the broker waiting would not help it.
            receipt.settle(error is None)

        for queue, target in zip(path.route.targets, path.targets, strict=True):
            if len(target) + len(properties) + len(payload) + 7 > self._max_packet:
                self._too_large(path, queue, len(payload))
                receipt.settle(False)
            else:
                self._session.outbox.send(Outgoing(target, payload, qos << 1, done, properties))


def _forwardable(rest: bytes) -> bytes:
    """The end of a packet without those properties that were meant for us."""
    cursor = Cursor(rest)
    return _forwardable_field(cursor) + cursor.rest()


def _forwardable_field(cursor: Cursor) -> bytes:
    properties = decode_properties(cursor)
    return encode_properties(
        {each: value for each, value in properties.items() if each not in _NOT_FORWARDED}
    )
