"""Where suites are run: on a lab of one's own, or on a runtime somewhere else."""

from __future__ import annotations

import os
import secrets
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..errors import MsgFloLabError
from ..lab import Lab
from ..names import shown
from ..runtime.child import Child
from ..runtime.guard import Guard
from .client import Client, connected
from .limits import COMMAND_TIMEOUT, LINES_KEPT, PARTING, START_TIMEOUT
from .runner import NEEDS

DEFAULT_ADDRESS = "ws://localhost:3569"
"""Where a runtime is looked for that a command starts, as in fbp-spec."""
IN_PROCESS = "direct://"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where suites are run.

    Attributes:
        address: Of a runtime that is there, or that the command starts; "" for a lab of our own.
        secret: For that runtime; "" for none.
        command: Starts it, in the shell; it ends with us. "" if it is there.
        broker: Of our own lab. On `direct://`, components that are files of Python run in this
            process, as programs do not reach that.
        prepare: Puts components into our own lab.
        start_timeout: Seconds until a runtime has to answer.
        command_timeout: Seconds for each of its answers.
        traces: The folder for flowtraces; None for none.
    """

    address: str = ""
    secret: str = ""
    command: str = ""
    broker: str = IN_PROCESS
    prepare: Callable[[Lab], object] = lambda _: None
    start_timeout: float = START_TIMEOUT
    command_timeout: float = COMMAND_TIMEOUT
    traces: Path | None = None

    @property
    def is_own(self) -> bool:
        """True for a lab of our own."""
        return not self.address and not self.command

    @property
    def is_in_process(self) -> bool:
        """True where programs cannot reach our own lab."""
        return self.broker.startswith(IN_PROCESS)


@contextmanager
def own_lab(place: Place) -> Iterator[tuple[Lab, str, str]]:
    """A lab that serves this process alone, on any port that is free; its address, and a secret."""
    secret = secrets.token_urlsafe(18)
    with Lab("spec") as lab:
        lab.start(place.broker)
        place.prepare(lab)
        link = lab.serve(port=0, grants={secret: "source"})
        yield lab, link.replace("http:", "ws:", 1).partition("?")[0], secret


@asynccontextmanager
async def started(place: Place) -> AsyncIterator[Callable[[], bool]]:
    """While the block runs, the command does that starts a runtime, if there is one.

    Yields what says whether it has ended by itself.

    Raises:
        MsgFloLabError: It has ended by itself, when the block fails too.
    """
    if not place.command:
        yield lambda: False
        return
    printed: deque[bytes] = deque(maxlen=LINES_KEPT)
    guard = Guard()
    child = await Child.begin(
        place.command, folder=None, environment=os.environ, take=printed.append, guard=guard
    )
    try:
        yield child.exited.done
    except MsgFloLabError as error:
        if not child.exited.done():
            raise
        lines = b"".join(printed).decode(errors="replace").split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), "")
        said = f", and said: {last}" if last else ""
        what = f"`{shown(place.command)}` has ended with {child.exited.result()}{said}"
        raise MsgFloLabError(what) from error
    finally:
        await child.end(PARTING)
        await guard.close()


@asynccontextmanager
async def client_of(
    place: Place, url: str, secret: str, is_over: Callable[[], bool]
) -> AsyncIterator[Client]:
    """A client of the runtime that may do what the tests need. Raises as `connected` does."""
    async with connected(
        url,
        secret,
        is_over=is_over,
        start_timeout=place.start_timeout,
        command_timeout=place.command_timeout,
        needs=NEEDS,
    ) as client:
        yield client
