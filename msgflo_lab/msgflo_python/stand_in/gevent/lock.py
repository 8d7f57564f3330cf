"""What a program finds as `gevent.lock` where gevent is not installed."""

from __future__ import annotations

from msgflo_lab.msgflo_python.locks import BoundedSemaphore, RLock, Semaphore

__all__ = ["BoundedSemaphore", "RLock", "Semaphore"]
