"""What a program derives from, what it is given, and what it says of itself; as msgflo-python 0.4.

Follows its `msgflo.py` in names and defaults: `<role><0..99999>` for the id, `<role>/<port>` for a
queue, one inport `in` and one outport `out`.
"""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .calls import Calls
    from .engine import Engine

DEFAULT_ICON = "file-word-o"


class Message:
    """What `process` is given.

    Attributes:
        buffer: What came over the wire: bytes. The value itself for an initial packet.
        data: The value, where it came as JSON; else the same as `buffer`.
        json: The same, where it came as JSON; else the error.
    """

    def __init__(self, raw: Any) -> None:
        self.buffer = raw
        self.data = raw
        self.json: Any = None
        self.calls: Calls | None = None

    @classmethod
    def received(cls, payload: bytes, calls: Calls) -> Message:
        """One that has come over the wire; `calls` knows how to settle it."""
        made = cls(payload)
        made.calls = calls
        try:
            made.json = made.data = json.loads(payload.decode())
        except (ValueError, RecursionError) as error:
            made.json = error
        return made


class Participant:
    """The base class. Override `process`."""

    _engine: Engine | None = None
    _iips: dict[str, Any]

    def __init__(self, d: dict[str, Any], role: str) -> None:
        """`d` is what it announces, without what has a default."""
        self.definition = normalized(d, role)

    def send(self, outport: str, outdata: Any) -> None:
        """Send a message, as JSON. Before `msgflo.run`, and when all is over, nothing happens.

        Raises:
            TypeError: It has no JSON form; bytes have none.
            UnknownName: There is no such outport.
        """
        if self._engine is not None:
            self._engine._send(self, outport, outdata)

    def process(self, inport: str, inmsg: Message) -> None:
        """Handle a message. `inport` is the port's name on every broker."""
        raise NotImplementedError("IParticipant.process()")

    def ack(self, msg: Message) -> None:
        """It is processed: nobody needs to have it again."""
        if self._engine is not None:
            self._engine.ack_message(msg)

    def nack(self, msg: Message) -> None:
        """It cannot be processed: it becomes a dead letter."""
        if self._engine is not None:
            self._engine.nack_message(msg)


def with_queue(port: dict[str, Any], role: str) -> dict[str, Any]:
    """The same port, with a queue."""
    port.setdefault("queue", f"{role}/{port['id']}")
    return port


def normalized(d: dict[str, Any], role: str) -> dict[str, Any]:
    """The same definition, with all defaults. The order of the keys is that of the announcement."""
    d.setdefault("role", role)
    d.setdefault("id", f"{d['role']}{random.randint(0, 99_999)}")
    d.setdefault("icon", DEFAULT_ICON)
    d.setdefault("label", "")
    d.setdefault("inports", [{"id": "in", "type": "any"}])
    d.setdefault("outports", [{"id": "out", "type": "any"}])
    for port in (*d["inports"], *d["outports"]):
        with_queue(port, role)
    return d


def deliver_iips(participant: Any) -> None:
    """Have its initial packets processed."""
    for port, data in participant._iips.items():
        message = Message(data)
        message.json = data
        participant.process(port, message)
