"""One child process, with all that it starts: begun, read, and ended as a group."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast

from .guard import Guard
from .limits import OUTPUT_PAUSE, PROGRAM_DRAIN, PROGRAM_FINISH

SHELL = "/bin/sh"
"""What runs commands, where nobody says otherwise."""
_BEGIN = 'read -r _ && exec "$2" -c "$1" </dev/null'
"""It begins when it is told to: when the guard knows of it. If we die before, it never does."""
_TICK = 0.05
"""Seconds between two looks at whether a group is gone."""

Take = Callable[[bytes], object]


class Child(asyncio.SubprocessProtocol):
    """Make it with `begin`. On the loop that it was made on.

    Attributes:
        pid: Of the process; also of its group.
        exited: Done as soon as the process (not its group) has ended.
    """

    def __init__(self, take: Take, take_err: Take | None, guard: Guard) -> None:
        self.pid = 0
        self.exited: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._takes = {1: take} if take_err is None else {1: take, 2: take_err}
        self._open = set(self._takes)
        self._guard = guard
        self._drained = asyncio.Event()
        self._transport: asyncio.SubprocessTransport

    @classmethod
    async def begin(
        cls,
        command: str,
        *,
        folder: Path | None,
        environment: Mapping[str, str],
        take: Take,
        guard: Guard,
        take_err: Take | None = None,
        shell: str = SHELL,
    ) -> Child:
        """Run a command in the shell, in a session and process group of its own.

        Args:
            take: Given all that it prints.
            take_err: Given what of that it prints on stderr, in place of `take`.
            shell: What takes the command, after `-c`.

        Raises:
            OSError: It cannot be started.
        """
        guard.begin()
        transport, child = await asyncio.get_running_loop().subprocess_exec(
            lambda: cls(take, take_err, guard),
            *("/bin/sh", "-c", _BEGIN, "sh", command, shell),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT if take_err is None else asyncio.subprocess.PIPE,
            cwd=folder,
            env=environment,
            start_new_session=True,
        )
        child.pid = transport.get_pid()
        guard.add(child.pid)
        begin = cast(asyncio.WriteTransport, transport.get_pipe_transport(0))
        begin.write(b"\n")
        begin.close()
        return child

    async def end(self, patience: float = PROGRAM_FINISH) -> None:
        """End it with its group: asked at first, and killed if they are there after `patience`."""
        self._signal(signal.SIGTERM)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._gone()
        self._signal(signal.SIGKILL)
        await asyncio.wait([self.exited])
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PROGRAM_DRAIN):
                await self._drained.wait()
        self._transport.close()
        self._guard.remove(self.pid)

    async def _gone(self) -> None:
        await asyncio.wait([self.exited])
        while is_alive(self.pid):  # noqa: ASYNC110  # nobody tells
            await asyncio.sleep(_TICK)

    def _signal(self, number: signal.Signals) -> None:
        if not self.exited.done() or is_alive(self.pid):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, number)

    # -- of the protocol ---------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It has been started."""
        self._transport = cast(asyncio.SubprocessTransport, transport)

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """It has printed something. The next portion is not read at once."""
        self._takes[fd](data)
        pipe = cast(asyncio.ReadTransport, self._transport.get_pipe_transport(fd))
        with contextlib.suppress(RuntimeError):  # it is closing
            pipe.pause_reading()
            asyncio.get_running_loop().call_later(OUTPUT_PAUSE, self._go_on, pipe)

    def _go_on(self, pipe: asyncio.ReadTransport) -> None:
        if not pipe.is_closing():
            pipe.resume_reading()

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        """Nobody of its group has its output open any more."""
        del exc
        self._open.discard(fd)
        if not self._open:
            self._drained.set()

    def process_exited(self) -> None:
        """It has ended; others of its group may not have."""
        code = self._transport.get_returncode()
        if not self.exited.done():
            self.exited.set_result(0 if code is None else code)


def is_alive(group: int) -> bool:
    """True if a process group has a process that has not ended."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return _has_living(group)


def _has_living(group: int) -> bool:
    """The same, without those that have ended and whom nobody has asked for their status.

    In a container, there may be nobody who does.
    """
    if not os.path.isdir("/proc/self"):
        return True
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError), open(f"/proc/{name}/stat") as stat:
                # Its name, in parentheses, may have spaces and parentheses.
                state, _, its_group = stat.read().rpartition(")")[2].split()[:3]
                if int(its_group) == group and state not in "ZX":
                    return True
    return False
