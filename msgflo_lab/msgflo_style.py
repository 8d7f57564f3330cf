"""Participants that are written for msgflo's Python library, run by ours.

    import msgflo

    class Repeat(msgflo.Participant):
        def __init__(self, role):
            msgflo.Participant.__init__(self, {"component": "Repeat"}, role)

        def process(self, inport, msg):
            self.send("out", msg.data)
            self.ack(msg)

A module `msgflo` stands in where the library is not installed. Different from it: a message is
acknowledged when `process` has returned, unless `nack` was called; and queues are called as ours
are (a `queue` in the definition is not used).
"""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from .errors import InvalidDefinition
from .runtime.current import CurrentMessage, current_message
from .runtime.object import Participant as OwnParticipant

NAME = "msgflo"


class Message:
    """What `process` is given.

    Attributes:
        data: The value: from JSON, else bytes.
        json: The same, where it was JSON; else the error.
        buffer: What came over the wire.
    """

    def __init__(self, raw: Any) -> None:
        self.buffer = raw
        self.data = raw
        self.json: Any = None
        self.settled: CurrentMessage | None = None


class Participant:
    """The base class, as msgflo has it."""

    _out: Callable[[str, Any], object] | None = None

    def __init__(self, d: dict[str, Any], role: str) -> None:
        self.definition = d
        d.setdefault("role", role)
        d.setdefault("inports", [{"id": "in", "type": "any"}])
        d.setdefault("outports", [{"id": "out", "type": "any"}])

    def send(self, outport: str, outdata: Any) -> None:
        """Send a message."""
        if self._out is not None:
            self._out(outport, outdata)

    def process(self, inport: str, inmsg: Message) -> None:
        """Handle a message."""
        raise NotImplementedError("process(self, inport, msg)")

    def ack(self, msg: Message) -> None:
        """It is processed."""
        if msg.settled is not None:
            msg.settled.ack()

    def nack(self, msg: Message) -> None:
        """It cannot be processed."""
        if msg.settled is not None:
            msg.settled.nack()


def install() -> None:
    """Let `import msgflo` find the stand-in, unless the library is there."""
    if NAME in sys.modules or importlib.util.find_spec(NAME) is not None:
        return
    module = ModuleType(NAME, __doc__)
    module.__dict__.update(Participant=Participant, Message=Message, main=_main, run=_run)
    sys.modules[NAME] = module


def is_one(code: Any) -> bool:
    """True if a class is a participant in msgflo's style."""
    base = getattr(sys.modules.get(NAME), "Participant", None)
    return isinstance(code, type) and base is not None and issubclass(code, base)


def adapted(code: Callable[[str], Any], role: str) -> type[OwnParticipant]:
    """A participant of ours that does what a class in msgflo's style does.

    Raises:
        InvalidDefinition: It has no definition.
    """
    theirs = code(role)
    said: Mapping[str, Any] = getattr(theirs, "definition", {})
    if "component" not in said:
        raise InvalidDefinition(
            f"{code}: `msgflo.Participant.__init__(self, definition, role)` is to be called with "
            "a definition that names its `component`"
        )

    class Adapted(OwnParticipant):
        component = said["component"]
        label = said.get("label") or ""
        icon = said.get("icon") or None
        inports = _ports(said.get("inports", ()))
        outports = _ports(said.get("outports", ()))

        def __init__(self) -> None:
            # What `send` is, is only decided when this has been made.
            theirs._out = lambda port, value: self.send(port, value)
            theirs._engine = self  # who has msgflo's own base class sends through that

        def _send(self, participant: Any, outport: str, data: Any) -> None:
            del participant
            self.send(outport, data)

        def ack_message(self, message: Message) -> None:
            if message.settled is not None:
                message.settled.ack()

        def nack_message(self, message: Message) -> None:
            if message.settled is not None:
                message.settled.nack()

        def process(self, inport: str, message: Any) -> None:
            del message  # theirs tells JSON from text
            theirs.process(inport, _message(current_message()))

    return Adapted


def _message(current: CurrentMessage) -> Message:
    made = Message(current.payload)
    made.settled = current
    try:
        made.json = made.data = json.loads(current.payload)
    except (ValueError, RecursionError) as error:
        made.json = error
    return made


def _ports(ports: Any) -> dict[str, str]:
    return {port["id"]: port.get("type", "any") for port in ports}


def _main(*_: object, **__: object) -> None:
    """For files that are run by themselves too; here, who loads the file runs it."""


_run = _main
