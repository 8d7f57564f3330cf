"""What a program finds as `gevent` where that is not installed; see `msgflo_lab.msgflo_python`."""

from __future__ import annotations

from typing import NamedTuple

from msgflo_lab.msgflo_python.errors import absent
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
__getattr__ = absent(__name__)


class _Version(NamedTuple):
    major: int
    minor: int
    micro: int
    releaselevel: str
    serial: int


version_info = _Version(26, 9, 0, "final", 0)
"""Of the gevent that this follows. Libraries ask for it that find this."""
__version__ = "26.9.0"


def idle(priority: int = 0) -> None:
    """Let all who are ready go first."""
    del priority
    sleep(0)
