"""What a handler raised, as a value that can be kept and shown; and how it is kept from harm.

A handler may raise anything: what is no `Exception` (`exit()` in a cell, a cancelled future of its
own) would end the loop or pass for the cancellation of our own task. It is turned into a
`HandlerFailed` where it leaves the handler.
"""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any

from ..errors import HandlerFailed, MsgFloLabError
from ..message import shortened
from ..names import Role
from .limits import FAILURE_TEXT


@dataclass(frozen=True, slots=True)
class Failure:
    """A handler raised.

    Attributes:
        at: Seconds since the epoch.
        where: The inport whose message was being processed, or "" for a source.
        summary: `KeyError: 'unit'`, on one line.
        trace: The traceback, from the participant's own code on.
    """

    role: Role
    at: float
    where: str
    summary: str
    trace: str


def failure_of(role: Role, error: BaseException, where: str) -> Failure:
    """What is kept of an error. Never raises."""
    if isinstance(error, HandlerFailed) and error.__cause__ is not None:
        error = error.__cause__
    own = _own_frames(error)
    last = traceback.format_exception_only(error)
    # Of our own errors, only what the handler's code did is of interest.
    lines = last if own is None else traceback.format_exception(type(error), error, own)
    summary = shortened(" ".join("".join(last).split()), FAILURE_TEXT // 10)
    trace = "".join(lines).rstrip()
    if len(trace) > FAILURE_TEXT:
        half = FAILURE_TEXT // 2
        trace = f"{trace[:half]}\n[...]\n{trace[-half:]}"
    return Failure(role, time.time(), where, _writable(summary), _writable(trace))


def carried(error: BaseException) -> Exception:
    """The error, or what stands for it where it would do harm on its way to the loop."""
    if isinstance(error, Exception) and not isinstance(error, StopIteration | StopAsyncIteration):
        return error
    failed = HandlerFailed(type(error).__name__)
    failed.__cause__ = error
    return failed


async def contained(result: Awaitable[Any]) -> Any:
    """Await what a handler returned.

    Raises:
        HandlerFailed: It raised something that is no `Exception`.
        CancelledError: Our own task was cancelled; a handler that cancels itself has failed.
    """
    try:
        return await result
    except Exception as error:
        raise carried(error) from error.__cause__
    except BaseException as error:
        task = asyncio.current_task()
        if isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling():
            raise
        raise carried(error) from error


def _own_frames(error: BaseException) -> Any:
    """The traceback from the first frame on that is not the runtime's; None if there is none."""
    frame = error.__traceback__
    while frame is not None and frame.tb_frame.f_globals.get("__name__", "").startswith(
        ("msgflo_lab.", "msgflo_lab_")
    ):
        frame = frame.tb_next
    if frame is None and not isinstance(error, MsgFloLabError):
        return error.__traceback__
    return frame


def _writable(text: str) -> str:
    return text.encode(errors="backslashreplace").decode()
