"""What a program finds as `gevent.queue` where gevent is not installed."""

from __future__ import annotations

from msgflo_lab.msgflo_python.errors import absent
from msgflo_lab.msgflo_python.queues import (
    Empty,
    Full,
    JoinableQueue,
    LifoQueue,
    PriorityQueue,
    Queue,
)

__all__ = ["Empty", "Full", "JoinableQueue", "LifoQueue", "PriorityQueue", "Queue", "SimpleQueue"]

__path__: list[str] = []  # see `absent`
__getattr__ = absent(__name__)
SimpleQueue = Queue
