"""Messages of QoS 1 and 2 that we have received: settled in any order, acknowledged in theirs."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from msgflo_lab_broker.mqtt import V5, Type, short_ack

FAILED = 0x83
"""MQTT 5's "implementation specific error": the receiver could not process it."""
NOT_FOUND = 0x92


class Receipt:
    """One message that the broker waits to hear of.

    Attributes:
        packet_id: The broker's number for it.
        qos: 1 or 2.
        open: Settlements that are still missing; several subscribers may have a copy each.
    """

    __slots__ = ("_receipts", "failed", "open", "packet_id", "qos")

    def __init__(self, receipts: Receipts, packet_id: int, qos: int) -> None:
        self.packet_id = packet_id
        self.qos = qos
        self.open = 1
        self.failed = False
        self._receipts = receipts

    def settle(self, ok: bool) -> None:
        """One of `open` has finished; after the last, the broker is told."""
        self.open -= 1
        self.failed = self.failed or not ok
        if not self.open:
            self._receipts.settled()


class Receipts:
    """The receiving half of QoS 1 and 2 in one session (section 4.3).

    Acknowledgements are sent in the order in which the messages came (section 4.6), so one that
    is not settled holds up those behind it, and in the end, at our receive maximum, the broker.

    When the link is lost, whatever is not acknowledged waits for the broker to send it again
    under its old number: only then may it be acknowledged, and it is not received twice.
    """

    def __init__(self, write: Callable[[bytes], None], version: int) -> None:
        self._write = write
        self._failed = FAILED if version >= V5 else 0
        self._not_found = NOT_FOUND if version >= V5 else 0
        self._order: deque[Receipt] = deque()
        self._known: set[int] = set()
        self._unreleased: set[int] = set()
        self._parked: dict[int, Receipt] = {}

    def unlinked(self) -> None:
        """The link is lost."""
        self._parked.update((receipt.packet_id, receipt) for receipt in self._order)
        self._order.clear()
        self._known.clear()

    def resumed(self, write: Callable[[bytes], None]) -> None:
        """There is a link again, and the broker has kept the session."""
        self.unlinked()
        self._write = write

    def receive(self, packet_id: int, qos: int, again: bool = False) -> Receipt | None:
        """A message came. None for a repetition of one that we have already.

        Args:
            packet_id: The broker's number for it.
            qos: 1 or 2.
            again: The broker says that it may have sent it before (DUP).
        """
        parked = self._parked.pop(packet_id, None) if self._parked else None
        if parked is not None and again and parked.qos == qos:
            if qos == 2:
                self._known.add(packet_id)
            self._order.append(parked)
            self.settled()
            return None
        if qos == 2:
            if packet_id in self._unreleased:
                self._write(short_ack(Type.PUBREC, packet_id))
                return None
            if packet_id in self._known:
                return None
            self._known.add(packet_id)
        receipt = Receipt(self, packet_id, qos)
        self._order.append(receipt)
        return receipt

    def released(self, packet_id: int) -> None:
        """PUBREL: the broker has forgotten the message, so we may forget its number."""
        known = packet_id in self._unreleased
        self._unreleased.discard(packet_id)
        self._write(short_ack(Type.PUBCOMP, packet_id, 0 if known else self._not_found))

    def settled(self) -> None:
        """Acknowledge all that is settled, up to the first that is not."""
        order = self._order
        while order and not order[0].open:
            receipt = order.popleft()
            code = self._failed if receipt.failed else 0
            if receipt.qos == 1:
                self._write(short_ack(Type.PUBACK, receipt.packet_id, code))
                continue
            self._known.discard(receipt.packet_id)
            self._write(short_ack(Type.PUBREC, receipt.packet_id, code))
            if not code:
                self._unreleased.add(receipt.packet_id)
