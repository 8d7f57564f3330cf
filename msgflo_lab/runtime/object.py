"""A base for participants that are classes with state."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, ClassVar


class Participant:
    """A participant with state. Deriving from it is optional: `process` is what counts.

    Class attributes say what a function's signature would say:

        class Counter(Participant):
            \"\"\"Counts what comes in\"\"\"
            inports = {"in": "any", "reset": "bang"}
            outports = ["out", "error"]
            icon = "calculator"

            def __init__(self):
                self.count = 0

            def process(self, inport, message):
                self.count = 0 if inport == "reset" else self.count + 1
                return self.count

    `process` may return a value, yield values and `("port", value)` pairs, be `async`, or call
    `self.send`. With `every = SECONDS` it is also called with an empty inport that often. A method
    `run`, a generator, makes it a source.
    """

    inports: ClassVar[Any] = ("in",)
    outports: ClassVar[Any] = ("out", "error")

    def process(self, inport: str, message: Any) -> Any:
        """Handle one message of one inport: decoded JSON, else text, else bytes."""
        raise NotImplementedError(f"{type(self).__name__} needs `process(self, inport, message)`")

    def send(self, port: str, value: Any) -> Awaitable[None]:
        """Send a message now. In an `async` method, await it."""
        del port, value
        raise RuntimeError("a participant can send once the lab runs it")


class Interruptible(Participant):
    """One of the lab's own whose `process` can be made to return."""

    def interrupt(self) -> None:
        """Called on the lab's loop if `process` has not returned for a while, and is to end."""
        raise NotImplementedError
