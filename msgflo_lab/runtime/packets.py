"""Initial packets on their way to whoever appears with an inport that has one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from ..definition import ParticipantDefinition, Side
from ..discovery import Member, Roster
from ..graph import Initial
from ..message import encode
from ..names import ParticipantId, PortName, QueueName, shown
from ..signal import Signal
from ..transport import Binder
from .limits import BIND_RETRY, PACKET_GRACE

Packet = tuple[ParticipantId, PortName]
"""Names an initial packet that is due: to whom, and for which inport."""


class InitialPackets:
    """What is due, and what is being sent. On one loop.

    A packet that is due twice before it could be sent is sent once, with the value of then.

    Attributes:
        sending: Told of each that is about to be sent.
        wait_while: While this is so, nothing is due: those who are to get what the packets lead to
            are still being started.
    """

    def __init__(
        self,
        binder: Binder,
        roster: Roster,
        *,
        initial_of: Callable[[Member, PortName], Initial | None],
        report: Callable[[str], object],
        refused: Callable[[Exception], object],
        on_due: Callable[[], object],
    ) -> None:
        """Create it.

        Args:
            initial_of: What an inport is to begin with, as of now; None if nothing.
            report: Takes one line for people.
            refused: Told what the broker did not want. It is tried again.
            on_due: Called whenever `send` would have something to do.
        """
        self._binder = binder
        self._roster = roster
        self._initial_of = initial_of
        self._report = report
        self._refused = refused
        self._on_due = on_due
        self.sending: Signal[Initial] = Signal()
        self.wait_while: Callable[[], bool] = lambda: False
        self._due: dict[Packet, None] = {}
        self._sending: dict[Packet, asyncio.Task[None]] = {}

    def due(self) -> list[Packet]:
        """What is to be sent, and is not on its way already."""
        if not self._due or self.wait_while():
            return []
        return [packet for packet in self._due if packet not in self._sending]

    def add(self, participant: ParticipantId, inport: PortName) -> None:
        """This inport is to be sent what it begins with."""
        member = self._roster.member(participant)
        if member is None or self._initial_of(member, inport) is not None:
            self._due[participant, inport] = None
            self._on_due()

    def add_for(
        self, to: ParticipantDefinition, known: ParticipantDefinition | None = None
    ) -> None:
        """The same for all inports of a participant, but for those it had before (`known`)."""
        had = {port.queue for port in known.inports} if known and known.role == to.role else set()
        member = self._roster.member(to.id)
        for port in to.inports:
            if port.queue not in had and member and self._initial_of(member, port.id) is not None:
                self.add(to.id, port.id)

    def add_for_all(self, initial: Initial) -> None:
        """The same for all who play a role; workers that share a queue share the packet."""
        by_queue: dict[QueueName | None, ParticipantId] = {}
        for member in self._roster.members(initial.role):
            port = member.definition.port(Side.IN, initial.inport)
            by_queue.setdefault(port.queue if port else None, member.definition.id)
        for participant in by_queue.values():
            self.add(participant, initial.inport)

    async def send(self, senders: asyncio.TaskGroup) -> None:
        """Begin to send what is due, and wait a little for it to be on its way."""
        due = self.due()
        for packet in due:
            del self._due[packet]
            sending = senders.create_task(self._send(packet), name=f"packet {packet[1]}")
            self._sending[packet] = sending
            sending.add_done_callback(partial(self._sent, packet))
        if due:
            await asyncio.wait([self._sending[packet] for packet in due], timeout=PACKET_GRACE)

    async def _send(self, packet: Packet) -> None:
        """Send what the inport is to begin with, until the broker takes it or it is moot."""
        delay = BIND_RETRY[0]
        while (found := self._look_up(packet)) is not None:
            try:
                self.sending(found[1])
                await self._binder.publish(found[0], encode(found[1].value), Side.IN)
                return
            except Exception as error:
                self._refused(error)
            await asyncio.sleep(delay)
            delay = min(delay * 2, BIND_RETRY[1])

    def _look_up(self, packet: Packet) -> tuple[QueueName, Initial] | None:
        """Where a packet goes and what is in it, as of now; None if nobody wants it any more."""
        participant, inport = packet
        member = self._roster.member(participant)
        initial = self._initial_of(member, inport) if member is not None else None
        if member is None or initial is None:
            return None
        port = member.definition.port(Side.IN, inport)
        if port is None or port.queue is None:
            role = shown(member.definition.role)
            self._report(f"no inport `{shown(inport)}` on `{role}` for its initial packet")
            return None
        return port.queue, initial

    def _sent(self, packet: Packet, _task: asyncio.Task[None]) -> None:
        del self._sending[packet]
        if packet in self._due:
            self._on_due()
