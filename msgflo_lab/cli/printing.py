"""What commands print: text for people, JSON for programs, files for both.

Text goes out in the encoding of the terminal, and what that does not have is written as Python does
(`\\u2192`). Files and JSON are the same everywhere.
"""

from __future__ import annotations

import errno
import io
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..errors import MsgFloLabError
from ..files import why
from . import progress


def prepare() -> None:
    """Let nothing fail because of a letter that the terminal does not have, or what is closed."""
    for name, mode in {"stdin": "r", "stdout": "w", "stderr": "w"}.items():
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 - for good
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def finish(status: int) -> int:
    """Print what is not printed yet. Returns the exit status: not 0 if that cannot be."""
    try:
        with _written():
            sys.stdout.flush()
    except (BrokenPipeError, MsgFloLabError) as error:
        # Python would try again on its way out, and complain once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not status and isinstance(error, MsgFloLabError):
            complain(error)
        return status or 1
    return status


def say(text: str) -> None:
    """Print a line, at once. Raises like `write`."""
    progress.clear()
    with _written():
        print(f"{text}\n", end="", flush=True)  # in one piece: another thread may print events


def say_json(value: Any, *, indent: int | None = None) -> None:
    """Print a value as JSON, at once: on one line, or indented. Raises like `write`."""
    is_utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    say(json.dumps(value, indent=indent, ensure_ascii=not is_utf8))


def write(text: str) -> None:
    """Print what is the content of a file: as it is, in UTF-8.

    Raises:
        BrokenPipeError: Nobody reads it any more (`| head`); the command ends without a word.
        MsgFloLabError: It cannot be written.
    """
    progress.clear()
    with _written():
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode(errors="backslashreplace"))
        sys.stdout.buffer.flush()


def complain(text: object) -> None:
    """Print one of our lines on stderr."""
    progress.clear()
    print(f"msgflo-lab: {text}", file=sys.stderr, flush=True)


def read() -> str:
    """All of stdin, as UTF-8. Raises UnicodeDecodeError, OSError."""
    return sys.stdin.buffer.read().decode("utf-8-sig")


@contextmanager
def _written() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise unwritten(error) from error


def is_full(error: OSError) -> bool:
    """Whether there is no room any more for what was written."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)


def unwritten(error: OSError) -> MsgFloLabError:
    """For output that cannot be written."""
    return MsgFloLabError(f"the output cannot be written: {why(error)}")
