"""What a program finds as `gevent.event` where gevent is not installed."""

from __future__ import annotations

from msgflo_lab.msgflo_python.events import AsyncResult, Event

__all__ = ["AsyncResult", "Event"]
