"""Components that pass messages on, or keep them from going on."""

from __future__ import annotations

from typing import Any, ClassVar

from ..message import as_text
from ..runtime.object import Participant


def _passed_on(message: Any) -> Any:
    """What a handler is to return so that this is sent: of nothing, nothing would be."""
    return b"null" if message is None else message


def repeat(in_: Any) -> Any:
    """Sends on what comes in"""
    return _passed_on(in_)


def merge(in_: Any) -> Any:
    """Sends on what comes in, from wherever: any number of edges may lead to an inport"""
    return _passed_on(in_)


def split(in_: Any) -> Any:
    """Sends what comes in to everybody: any number of edges may leave an outport"""
    return _passed_on(in_)


class Drop(Participant):
    """Lets what comes in disappear"""

    outports = ()
    icon = "trash-o"

    def process(self, inport: str, message: Any) -> None:
        """Do nothing with it."""


class Output(Participant):
    """Prints what comes in, and sends it on"""

    outports = ("out",)
    icon = "terminal"

    def process(self, inport: str, message: Any) -> Any:
        """Print one line."""
        del inport
        print(message if isinstance(message, str) else as_text(message))
        return _passed_on(message)


class Kick(Participant):
    """Sends its `data` whenever something comes in"""

    inports: ClassVar = {"in": "bang", "data": "any"}
    outports = ("out",)
    icon = "share"

    def __init__(self) -> None:
        self._data: Any = None

    def process(self, inport: str, message: Any) -> Any:
        """Remember the data, or send it."""
        if inport == "data":
            self._data = message
        else:
            self.send("out", self._data)


class Count(Participant):
    """Counts what comes in"""

    inports: ClassVar = {"in": "any", "reset": "bang"}
    outports: ClassVar = {"count": "int"}
    icon = "calculator"

    def __init__(self) -> None:
        self._count = 0

    def process(self, inport: str, message: Any) -> Any:
        """Send how many there have been."""
        del message
        self._count = 0 if inport == "reset" else self._count + 1
        return self._count
