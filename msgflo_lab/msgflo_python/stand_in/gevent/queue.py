"""What a program finds as `gevent.queue` where gevent is not installed."""

from __future__ import annotations

from msgflo_lab.msgflo_python.queues import (
    Empty,
    Full,
    JoinableQueue,
    LifoQueue,
    PriorityQueue,
    Queue,
)

__all__ = ["Empty", "Full", "JoinableQueue", "LifoQueue", "PriorityQueue", "Queue", "SimpleQueue"]

SimpleQueue = Queue
