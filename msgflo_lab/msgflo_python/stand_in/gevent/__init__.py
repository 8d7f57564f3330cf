"""What a program finds as `gevent` where that is not installed; see `msgflo_lab.msgflo_python`."""

from __future__ import annotations

from typing import Any

from msgflo_lab.msgflo_python.errors import NoSuchName
from msgflo_lab.msgflo_python.events import iwait
from msgflo_lab.msgflo_python.greenlets import (
    Greenlet,
    GreenletExit,
    getcurrent,
    joinall,
    killall,
    spawn,
    spawn_later,
    wait,
)
from msgflo_lab.msgflo_python.strands import sleep
from msgflo_lab.msgflo_python.timeouts import Timeout, with_timeout

from . import event

__all__ = [
    "Greenlet",
    "GreenletExit",
    "Timeout",
    "event",
    "getcurrent",
    "idle",
    "iwait",
    "joinall",
    "killall",
    "sleep",
    "spawn",
    "spawn_later",
    "spawn_raw",
    "wait",
    "with_timeout",
]

spawn_raw = spawn


def idle(priority: int = 0) -> None:
    """Let all who are ready go first."""
    del priority
    sleep(0)


def __getattr__(name: str) -> Any:
    raise AttributeError(name) if name.startswith("_") else NoSuchName(f"{__name__}.{name}")
