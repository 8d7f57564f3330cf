"""Components that evaluate an expression of Python.

The expression is code. It comes from the graph alone: its port has no queue, so nobody on the
broker can send one; and who may edit the graph from outside may set one only if he may also set
source code.
"""

from __future__ import annotations

import math
from types import CodeType
from typing import Any, ClassVar

from ..errors import InvalidDefinition
from ..runtime.object import Participant


class Function(Participant):
    """Sends what its `expression` of Python makes of `x`; nothing where that is None"""

    inports: ClassVar = {"in": "any"}
    outports = ("out", "error")
    private: ClassVar = {"expression": "string"}
    icon = "code"
    expression: Any = "x"

    def __init__(self) -> None:
        self._code = _compiled(self.expression)

    def process(self, inport: str, message: Any) -> Any:
        """Evaluate it for one message."""
        del inport
        return _value(self._code, message)


class Filter(Participant):
    """Sends a message on if its `expression` of Python is true for `x`; else to `rest`"""

    inports: ClassVar = {"in": "any"}
    outports = ("out", "rest", "error")
    private: ClassVar = {"expression": "string"}
    icon = "filter"
    expression: Any = "x"

    def __init__(self) -> None:
        self._code = _compiled(self.expression)

    def process(self, inport: str, message: Any) -> None:
        """Send one message one way or the other."""
        del inport
        self.send("out" if _value(self._code, message) else "rest", message)


_NAMES = {name: value for name, value in vars(math).items() if not name.startswith("_")}


def _compiled(expression: Any) -> CodeType:
    if not isinstance(expression, str):
        raise InvalidDefinition(f"an expression is text, not {expression!r}")
    try:
        return compile(expression.strip(), "<expression>", "eval")
    except (SyntaxError, ValueError) as error:
        raise InvalidDefinition(
            f"`{expression}` is no expression of Python: {error}; its message is called `x`"
        ) from error


def _value(code: CodeType, message: Any) -> Any:
    return eval(code, {**_NAMES, "math": math, "x": message})
