"""What a program finds as `gevent.greenlet` where gevent is not installed."""

from __future__ import annotations

from msgflo_lab.msgflo_python.errors import absent
from msgflo_lab.msgflo_python.greenlets import Greenlet, GreenletExit, joinall, killall

__all__ = ["Greenlet", "GreenletExit", "joinall", "killall"]

__path__: list[str] = []  # see `absent`
__getattr__ = absent(__name__)
