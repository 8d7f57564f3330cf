"""Components that evaluate an expression of Python.

The expression is code. It comes from the graph alone: its port has no queue, so nobody on the
broker can send one; and who may edit the graph from outside may set one only if he may also set
source code.
"""

from __future__ import annotations

import ctypes
import math
import threading
from typing import Any, ClassVar

from ..errors import InvalidDefinition
from ..runtime.object import Interruptible


class Interrupted(Exception):
    """An expression did not come to its end, and another one was to take its place."""

    def __str__(self) -> str:
        return "the expression did not come to its end, and was interrupted"


class _Evaluates(Interruptible):
    """Has an expression, and can be kept from evaluating it for ever."""

    expression: Any = "x"

    def __init__(self) -> None:
        self._value = _Expression(self.expression)

    def interrupt(self) -> None:
        """End an expression that loops, as far as it is Python that does."""
        self._value.interrupt()


class Function(_Evaluates):
    """Sends what its `expression` of Python makes of `x`; nothing where that is None"""

    inports: ClassVar = {"in": "any"}
    outports = ("out", "error")
    private: ClassVar = {"expression": "string"}
    icon = "code"

    def process(self, inport: str, message: Any) -> Any:
        """Evaluate it for one message."""
        del inport
        return self._value(message)


class Filter(_Evaluates):
    """Sends a message on if its `expression` of Python is true for `x`; else to `rest`"""

    inports: ClassVar = {"in": "any"}
    outports = ("out", "rest", "error")
    private: ClassVar = {"expression": "string"}
    icon = "filter"

    def process(self, inport: str, message: Any) -> None:
        """Send one message one way or the other."""
        del inport
        self.send("out" if self._value(message) else "rest", message)


_NAMES = {name: value for name, value in vars(math).items() if not name.startswith("_")}


class _Expression:
    """An expression of Python, of one message that is called `x`."""

    def __init__(self, text: Any) -> None:
        """Raises InvalidDefinition."""
        if not isinstance(text, str):
            raise InvalidDefinition(f"an expression is text, not {text!r}")
        try:
            self._code = compile(text.strip(), "<expression>", "eval")
        except (SyntaxError, ValueError) as error:
            raise InvalidDefinition(
                f"`{text}` is no expression of Python: {error}; its message is called `x`"
            ) from error
        # Held while the thread that evaluates it is found or changes: no other one is interrupted.
        self._lock = threading.Lock()
        self._thread: int | None = None
        self._is_interrupted = False

    def __call__(self, message: Any) -> Any:
        """Its value. Raises whatever it raises, and Interrupted."""
        with self._lock:
            self._thread = threading.get_ident()
        try:
            return eval(self._code, {**_NAMES, "math": math, "x": message})
        finally:
            with self._lock:
                thread, self._thread = self._thread, None
                if self._is_interrupted and thread is not None:
                    _raise_in(thread, None)  # it may be too late for what is under way

    def interrupt(self) -> None:
        """End it if it is being evaluated. Once; from another thread."""
        with self._lock:
            if self._thread is not None and not self._is_interrupted:
                self._is_interrupted = True
                _raise_in(self._thread, Interrupted)


def _raise_in(thread: int, error: type[Exception] | None) -> None:
    """Let an error come up in a thread, at its next step in Python; None takes one back."""
    what = ctypes.py_object(error) if error is not None else None
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), what)
