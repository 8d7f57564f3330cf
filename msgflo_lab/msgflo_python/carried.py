"""A participant of a program, as one of our runtime's: its ports, its announcement, its calls."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..definition import Side
from ..discovery import Diagnosis
from ..discovery import decode as decode_announcement
from ..errors import InvalidDefinition
from ..names import ComponentName, ParticipantId, PortName, QueueName, Role, shown
from ..runtime.behaviour import Behaviour, PortSpec
from ..runtime.crossing import finish, tell
from ..runtime.jobs import Job
from ..runtime.participant import LocalParticipant
from ..transport import Client, Link, Subscription
from .arrivals import Arrivals
from .calls import Calls
from .hub import Hub
from .participant import deliver_iips

log = logging.getLogger("msgflo")


class Carried(LocalParticipant):
    """Its names and queues are what its definition says; so is what it announces, to the letter.

    Attributes:
        is_up: It has a link to its broker.
        post: Sends a payload: an outport's name, and bytes. None until it is open.
    """

    def __init__(self, participant: Any, hub: Hub, *, period: float, most_open: int) -> None:
        """`participant` is of msgflo-python's class, or of the one that stands in for it.

        Raises:
            InvalidDefinition: Nobody could read what it would announce.
        """
        self._of_program = participant
        self._hub = hub
        said = checked(participant)
        self.calls = Calls(participant, hub, most_open)
        self.is_up = False
        self.post: Callable[[str, bytes], object] | None = None
        self._is_due = True
        self._arrivals = Arrivals()
        super().__init__(
            Role(said["role"]),
            _behaviour(self, said),
            queue_of=lambda _role, port, _mine: QueueName(port),
            on_change=lambda _: None,
            period=period,
        )
        self.id = ParticipantId(_id(said))
        if self.id != said["id"]:
            log.warning("%s: nobody can use the `id` that it has: %r", said["role"], said["id"])

    def queue(self, side: Side, port: PortName) -> QueueName:
        """The queue of a port, as defined."""
        at = (side, port)
        if at not in self._queues:
            ports = self._of_program.definition[f"{side.value}ports"]
            said = next(each["queue"] for each in ports if each["id"] == port)
            self._queues[at] = QueueName(said)
        return self._queues[at]

    def announcement(self) -> bytes:
        """As msgflo-python writes it."""
        return announcement_of(self._of_program.definition)

    async def start(self, client: Client) -> None:
        """Open the ports. Initial packets and the announcement follow."""
        self.calls.keeps = client.traits.keeps
        self._spawn("inports", self._read)
        await super().start(client)
        self.is_up = True

    async def introduce(self, client: Client) -> bool:
        """Not yet: the program is not ready for its initial packets, and they come first."""
        del client
        return False

    async def announce(self) -> None:
        """Deliver initial packets, if that is due, and say who we are."""
        if self._is_due:
            self._is_due = False
            await self._deliver()
        await super().announce()

    def link_changed(self, link: Link, detail: str) -> None:
        """Where the broker keeps nothing, initial packets are delivered with every connection."""
        self.is_up = link is Link.UP
        if self.is_up and not self.calls.keeps:
            self._is_due = True
        self.calls.forget_void()
        self._arrivals.forget_void()
        super().link_changed(link, detail)

    async def finish(self) -> None:
        """Take no more; wait for the calls under way, and until what was sent is on its way."""
        await super().finish()
        await self.calls.over()
        await self._flush()

    async def stop(self) -> None:
        """Leave the broker. Idempotent."""
        self.calls.close()
        self.is_up = False
        await super().stop()

    async def _listen(self, port: PortName, subscription: Subscription) -> None:
        """All are read together: a program may rely on it which message has come first."""
        self._arrivals.add(port, subscription)

    async def _read(self) -> None:
        while True:
            port, delivery = await self._arrivals.get()
            self.history(Side.IN, port).record(delivery.payload)
            if self._ahead.is_full and not await self._has_room_for(delivery):
                continue
            self._give(Job(port, delivery))
            if self._slice.is_over:
                await self._slice.give_way()

    async def _deliver(self) -> None:
        if not self._of_program._iips:
            return
        loop = asyncio.get_running_loop()
        done = loop.create_future()

        def deliver() -> None:
            try:
                deliver_iips(self._of_program)
            finally:
                tell(loop, finish, done)

        self._hub.call_in_turn(deliver)
        await done
        await self._flush()  # what they have led to comes before the announcement, too

    async def _flush(self) -> None:
        """Wait until what was sent so far is on its way."""
        done = asyncio.get_running_loop().create_future()
        # A job comes back after all that was sent before.
        self._give(Job(PortName(""), act=lambda: None, done=done))
        await done


def announcement_of(definition: Mapping[str, Any]) -> bytes:
    """What a participant with this definition says of itself."""
    envelope = {"protocol": "discovery", "command": "participant", "payload": definition}
    return json.dumps(envelope).encode()


def _id(said: Mapping[str, Any]) -> str:
    """What it goes by here. Some programs say `None`, which is announced as it is."""
    return str(said["id"] or said["role"])


def checked(participant: Any) -> Mapping[str, Any]:
    """Its definition.

    Raises:
        InvalidDefinition: It has none, or nobody could read it, but for the id.
    """
    said = getattr(participant, "definition", None)
    name = type(participant).__name__
    if not isinstance(said, dict):
        raise InvalidDefinition(
            f"`{name}` has no definition: call `msgflo.Participant.__init__(self, d, role)`"
        )
    try:
        found = decode_announcement(announcement_of({**said, "id": _id(said)}))
    except (TypeError, ValueError) as error:
        raise InvalidDefinition(f"the definition of `{name}` is no JSON: {error}") from None
    if isinstance(found, Diagnosis):
        raise InvalidDefinition(
            f"`{shown(str(said.get('role')))}` ({name}) cannot be announced: {found.problem}"
        )
    return said


def _behaviour(carried: Carried, said: Mapping[str, Any]) -> Behaviour:
    class Code:
        def __init__(self) -> None:
            self.send: Callable[[str, bytes], object]
            carried.post = lambda port, payload: self.send(port, payload)

        def process(self, inport: str, message: object) -> None:
            del message  # theirs tells JSON from bytes
            carried.calls.begin(inport)

    return Behaviour(
        component=ComponentName(said["component"]),
        code=Code,
        inports=_ports(said["inports"]),
        outports=_ports(said["outports"]),
        parameters={},
        settings={},
    )


def _ports(ports: Iterable[Mapping[str, Any]]) -> tuple[PortSpec, ...]:
    return tuple(PortSpec(PortName(port["id"]), port.get("type", "any")) for port in ports)
