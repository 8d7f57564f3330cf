"""What a program finds as `gevent.lock` where gevent is not installed."""

from __future__ import annotations

from msgflo_lab.msgflo_python.errors import absent
from msgflo_lab.msgflo_python.locks import BoundedSemaphore, RLock, Semaphore

__all__ = ["BoundedSemaphore", "RLock", "Semaphore"]

__path__: list[str] = []  # see `absent`
__getattr__ = absent(__name__)
