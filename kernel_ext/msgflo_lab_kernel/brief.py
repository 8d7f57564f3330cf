"""Errors of ours in plain cells: where in the cell, and the sentence. Not a screenful of frames.

The text of a `MsgFloLabError` says what was wrong and what to do; the frames below the call, and
the errors that it was made of, are of interest to nobody but us. Everything else keeps its
traceback, and so do ours where somebody has an exception handler of their own in the shell.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any

from msgflo_lab.errors import MsgFloLabError

_OURS = ("msgflo_lab.", "msgflo_lab_")


def install(shell: Any) -> bool:
    """Show errors of ours briefly in this shell. False if it has a handler already."""
    if shell.custom_exceptions:
        return False
    shell.set_custom_exc((MsgFloLabError,), _show)
    return True


def uninstall(shell: Any) -> None:
    """Undo `install`, unless somebody else has taken its place."""
    if shell.custom_exceptions == (MsgFloLabError,):
        shell.set_custom_exc((), None)


def without_ours(trace: TracebackType | None) -> TracebackType | None:
    """The frames of a traceback that lead to our code, without those in it."""
    if trace is None or trace.tb_frame.f_globals.get("__name__", "").startswith(_OURS):
        return None
    rest = without_ours(trace.tb_next)
    return TracebackType(rest, trace.tb_frame, trace.tb_lasti, trace.tb_lineno)


def _show(
    shell: Any,
    kind: type[BaseException],
    error: BaseException,
    trace: TracebackType,
    tb_offset: int | None = None,
) -> list[str]:
    cause, is_suppressed = error.__cause__, error.__suppress_context__
    error.__cause__ = None  # which suppresses the context as well
    try:
        lines: list[str] = shell.InteractiveTB.structured_traceback(
            kind, error, without_ours(trace) or trace, tb_offset=tb_offset
        )
    finally:
        error.__cause__, error.__suppress_context__ = cause, is_suppressed
    shell._showtraceback(kind, error, lines)
    return lines
