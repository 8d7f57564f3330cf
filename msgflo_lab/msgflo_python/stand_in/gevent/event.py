"""What a program finds as `gevent.event` where gevent is not installed."""

from __future__ import annotations

from msgflo_lab.msgflo_python.errors import absent
from msgflo_lab.msgflo_python.events import AsyncResult, Event

__all__ = ["AsyncResult", "Event"]

__path__: list[str] = []  # see `absent`
__getattr__ = absent(__name__)
