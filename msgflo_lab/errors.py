"""Everything that can go wrong, in one tree.

    MsgFloLabError
    ├── InvalidName             (ValueError)    a role, port or queue name that cannot be used
    ├── UnknownName             (LookupError)   no such role, port, edge or participant
    ├── InvalidDefinition       (ValueError)    a handler or class that is not a participant
    ├── InvalidMessage          (ValueError)    a value that cannot be sent as a message
    ├── InvalidFbp              (ValueError)    a text that is not the graph language
    ├── InvalidGraph            (ValueError)    a dictionary that is not a JSON graph
    ├── InvalidConfig           (ValueError)    a project's file that cannot be used
    ├── InvalidSuite            (ValueError)    a text that is no suite of tests
    ├── HandlerFailed                           a handler raised; the original is its cause
    ├── NotRunning              (RuntimeError)  the lab has not been started
    └── TransportError
        ├── InvalidUrl          (ValueError)    not a broker's address, or an unknown option in it
        ├── UnsupportedScheme   (ValueError)    nobody registered a transport for it
        ├── ConnectionFailed    (ConnectionError)
        ├── PayloadTooLarge     (ValueError)
        └── Timeout             (TimeoutError)

The text says what was wrong, where, and what to do; the data is in attributes. A magic turns only
these into a short message: anything else is a bug and keeps its traceback.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

__all__ = [
    "ConnectionFailed",
    "HandlerFailed",
    "InvalidConfig",
    "InvalidDefinition",
    "InvalidFbp",
    "InvalidGraph",
    "InvalidMessage",
    "InvalidName",
    "InvalidSuite",
    "InvalidUrl",
    "MsgFloLabError",
    "NotRunning",
    "PayloadTooLarge",
    "Timeout",
    "TransportError",
    "UnknownName",
    "UnsupportedScheme",
]


class MsgFloLabError(Exception):
    """Root of all errors that msgflo-lab raises on purpose."""


class InvalidName(MsgFloLabError, ValueError):
    """A name that cannot be a role, port or queue."""


class UnknownName(MsgFloLabError, LookupError):
    """Somebody named a thing that is not there.

    Attributes:
        kind: What was looked for, e.g. `outport`.
        name: The name that was given.
        where: The thing that was searched, e.g. a role; empty for the whole lab.
        known: The names that would have been right.
    """

    def __init__(self, kind: str, name: str, *, where: str = "", known: Iterable[str] = ()) -> None:
        self.kind = kind
        self.name = name
        self.where = where
        self.known: Sequence[str] = tuple(known)
        super().__init__(kind, name)

    def __str__(self) -> str:
        from .names import listed, nearest, shown

        place = f" on `{shown(self.where)}`" if self.where else ""
        owner = "it has" if self.where else "there are"
        guess = nearest(self.name, self.known)
        hint = f" (did you mean `{shown(guess)}`?)" if guess is not None and not self.where else ""
        return f"no {self.kind} `{shown(self.name)}`{place}; {owner}: {listed(self.known)}{hint}"


class InvalidDefinition(MsgFloLabError, ValueError):
    """A function, class or cell that cannot be made into a participant."""


class InvalidMessage(MsgFloLabError, ValueError):
    """A value that cannot travel as a message."""


class InvalidFbp(MsgFloLabError, ValueError):
    """A text that the graph language does not allow; says where, and shows the line.

    Attributes:
        problem: What is wrong, in a sentence without the place.
        file: What the text was called.
        line: Of the place, from 1.
        column: Of the place, from 1, in characters.
        text: The whole line.
    """

    def __init__(self, problem: str, *, file: str, line: int, column: int, text: str) -> None:
        self.problem = problem
        self.file = file
        self.line = line
        self.column = column
        self.text = text
        super().__init__(problem, file, line, column)

    def __str__(self) -> str:
        # Of a very long line, what is around the place. Each character keeps its width of one.
        begin = max(0, self.column - 70) if len(self.text) > 100 else 0
        seen = "".join(c if c.isprintable() else "·" for c in self.text[begin : begin + 100])
        caret = " " * (self.column - 1 - begin) + "^"
        return f"{self.file}:{self.line}:{self.column}: {self.problem}\n    {seen}\n    {caret}"


class InvalidGraph(MsgFloLabError, ValueError):
    """A dictionary that is not a JSON graph.

    Attributes:
        problem: What is wrong.
        path: Where in it, e.g. `connections[3].src.port`; empty for the whole.
    """

    def __init__(self, problem: str, path: str = "") -> None:
        self.problem = problem
        self.path = path
        super().__init__(problem, path)

    def __str__(self) -> str:
        return f"not a JSON graph: {self.path or 'it'} {self.problem}"


class InvalidConfig(MsgFloLabError, ValueError):
    """A project's configuration that cannot be used.

    Attributes:
        problem: What is wrong.
        file: The file's path.
        key: Where in it, e.g. `msgflo.components.Foo`; empty for the whole.
    """

    def __init__(self, problem: str, file: object, key: str = "") -> None:
        self.problem = problem
        self.file = str(file)
        self.key = key
        super().__init__(problem, self.file, key)

    def __str__(self) -> str:
        from .names import shown

        key = f" `{shown(self.key)}`" if self.key else ""
        return f"{shown(self.file, 200)}:{key} {self.problem}"


class InvalidSuite(MsgFloLabError, ValueError):
    """A file of tests that cannot be read, or is none.

    Attributes:
        problem: What is wrong.
        file: What the text was called.
        line: Of the place, from 1; 0 for the whole.
    """

    def __init__(self, problem: str, file: str, line: int = 0) -> None:
        self.problem = problem
        self.file = file
        self.line = line
        super().__init__(problem, file, line)

    def __str__(self) -> str:
        from .names import shown

        place = f":{self.line}" if self.line else ""
        return f"{shown(self.file, 200)}{place}: {self.problem}"


class HandlerFailed(MsgFloLabError):
    """A participant's handler raised. The original exception is `__cause__`."""


class NotRunning(MsgFloLabError, RuntimeError):
    """The lab is stopped, and what was asked needs it running."""


class TransportError(MsgFloLabError):
    """A broker or the way to it failed."""


class InvalidUrl(TransportError, ValueError):
    """Not a broker's address. The text never holds the password."""


class UnsupportedScheme(TransportError, ValueError):
    """No transport is registered for a URL's scheme."""

    def __init__(self, scheme: str, known: Iterable[str]) -> None:
        self.scheme = scheme
        self.known: Sequence[str] = tuple(known)
        super().__init__(scheme)

    def __str__(self) -> str:
        from .names import listed, shown

        return (
            f"unsupported scheme `{shown(self.scheme)}`; there are: {listed(self.known)}. "
            "Another package can add one through the entry point group `msgflo_lab.transports`"
        )


class ConnectionFailed(TransportError, ConnectionError):
    """The broker could not be reached, or refused us."""


class PayloadTooLarge(TransportError, ValueError):
    """A payload above the limit. Attributes: size, limit (bytes)."""

    def __init__(self, size: int, limit: int, name: str) -> None:
        self.size = size
        self.limit = limit
        super().__init__(f"payload of {size:,} bytes is above {name} = {limit:,}")


class Timeout(TransportError, TimeoutError):
    """Something took longer than the caller allowed."""
