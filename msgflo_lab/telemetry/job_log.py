"""Job events as lines of JSON, in a file or on stdout."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import queue
import sys
import threading
import time
from pathlib import Path
from typing import IO

import msgspec

from ..errors import MsgFloLabError
from ..metrics import JobCompleted
from ..names import shown
from ..runtime.measured import Jobs
from .limits import EVENTS, EVENTS_AT_ONCE, LEAVE

log = logging.getLogger(__name__)

STDOUT = "-"


class _Line(msgspec.Struct, frozen=True):
    """An event with its time, as New Relic keeps it: in milliseconds since the epoch."""

    timestamp: int
    role: str
    component: str
    inport: str
    outport: str
    duration: float


class JobLog:
    """Appends each job to a file; a thread writes, so that a slow disk delays no message.

    Attributes:
        lost: Events that could not be written, because too many waited or the disk is full.
    """

    def __init__(self, jobs: Jobs, file: str) -> None:
        """`file`: its path, or `-` for stdout.

        Raises:
            MsgFloLabError: It cannot be written.
        """
        self.lost = 0
        self._jobs = jobs
        self._name = file
        self._events: queue.SimpleQueue[_Line | None] = queue.SimpleQueue()
        self._out = _opened(file)
        self._thread = threading.Thread(target=self._write, name="job events", daemon=True)
        self._thread.start()
        jobs.subscribe(self._done)

    async def stop(self) -> None:
        """Write what is there, and no more. Idempotent."""
        self._jobs.unsubscribe(self._done)
        if self._thread.is_alive():
            self._events.put(None)
            # Not for long: whoever reads our stdout may have stopped to.
            await asyncio.to_thread(self._thread.join, LEAVE)

    def _done(self, job: JobCompleted) -> None:
        if self._events.qsize() >= EVENTS:
            self.lost += 1
            return
        now = round(time.time() * 1e3)
        self._events.put(_Line(now, job.role, job.component, job.inport, job.outport, job.duration))

    def _write(self) -> None:
        encoder = msgspec.json.Encoder()
        while (first := self._events.get()) is not None:
            lines, is_over = [first], False
            while len(lines) < EVENTS_AT_ONCE and not is_over and not self._events.empty():
                more = self._events.get()
                if more is None:
                    is_over = True
                else:
                    lines.append(more)
            self._put(encoder.encode_lines(lines), len(lines))
            if is_over:
                break
        if self._name != STDOUT:
            with contextlib.suppress(OSError):  # it has been complained of
                self._out.close()

    def _put(self, text: bytes, number: int) -> None:
        try:
            self._out.write(text)
            self._out.flush()
        except (OSError, ValueError) as error:
            if not self.lost:
                log.warning("job events are lost: %s cannot be written: %s", self._name, error)
            self.lost += number


def _opened(file: str) -> IO[bytes]:
    if file == STDOUT:
        return sys.stdout.buffer
    try:
        return Path(file).open("ab")
    except OSError as error:
        raise MsgFloLabError(
            f"job events cannot be written to `{shown(file)}`: {error.strerror or error}"
        ) from error
