"""No program is left behind: a small process that outlives this one, and ends what it left.

A process that is killed (SIGKILL, or by the system when memory runs out) cannot end its children.
So a guard holds the other end of a pipe, and knows the process groups of all programs.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
from pathlib import Path

_PROGRAM = str(Path(__file__).with_name("guard_process.py"))


class Guard:
    """Knows process groups. It is started with the first one, and again if somebody kills it."""

    def __init__(self) -> None:
        self._groups: set[int] = set()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Of the process, if there is one."""
        return self._process.pid if self._process is not None else None

    def begin(self) -> None:
        """Be there before there is anything to guard. Idempotent."""
        if self._process is not None and self._process.poll() is None:
            return
        self._leave()
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", _PROGRAM, str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            cwd="/",
            start_new_session=True,  # what is sent to our own group is not meant for it
        )
        for group in self._groups:
            self._tell(b"+%d\n" % group)

    def add(self, group: int) -> None:
        """End this group if we are gone."""
        self._groups.add(group)
        if self._process is not None and self._process.poll() is None:
            self._tell(b"+%d\n" % group)
        else:
            self.begin()

    def remove(self, group: int) -> None:
        """It has ended."""
        self._groups.discard(group)
        self._tell(b"-%d\n" % group)

    async def close(self) -> None:
        """Let the guard end. Idempotent."""
        process = self._process
        self._leave()
        if process is not None:
            await asyncio.to_thread(process.wait)

    def _tell(self, line: bytes) -> None:
        if self._process is not None and self._process.stdin is not None:
            # Without its reader, the next look starts another one, that is told everything.
            with contextlib.suppress(OSError):
                self._process.stdin.write(line)

    def _leave(self) -> None:
        process, self._process = self._process, None
        if process is not None and process.stdin is not None:
            with contextlib.suppress(OSError):
                process.stdin.close()
