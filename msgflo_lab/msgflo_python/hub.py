"""Where a program's code runs: in greenlets of gevent, or of ours where that is not installed.

All of it runs beside the program's main thread, whenever that sleeps or waits; our own work on the
broker is done in another thread, and comes here by `Hub.call`.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

from .finding import is_stood_in


class Hub(Protocol):
    """Made by the thread whose greenlets it runs."""

    def call(self, function: Callable[[], Any]) -> None:
        """Call this in a greenlet of its own; in the order of the calls. From any thread."""

    def call_in_turn(self, function: Callable[[], Any]) -> None:
        """The same, and of those one works at a time until it sleeps or waits, in any case."""

    def spawn(self, function: Callable[[], Any]) -> Any:
        """The same as `call`, for greenlets; returns the new one."""

    def event(self) -> Any:
        """A new `gevent.event.Event`."""


def new_hub() -> Hub:
    """The one for what is installed."""
    return _Real() if _is_installed() else _StandIn()


def _is_installed() -> bool:
    there = sys.modules.get("gevent")
    spec = there.__spec__ if there is not None else importlib.util.find_spec("gevent")
    return spec is not None and not is_stood_in(spec)


class _StandIn:
    def __init__(self) -> None:
        self._greenlets = importlib.import_module(".greenlets", __package__)
        self._events = importlib.import_module(".events", __package__)
        self._strands = importlib.import_module(".strands", __package__)
        self._turns = self._strands.current().turns
        self._turns_in_any_case = self._strands.Turns(self._turns.root)

    def call(self, function: Callable[[], Any]) -> None:
        self._greenlets.spawn_in(self._turns, function)

    def call_in_turn(self, function: Callable[[], Any]) -> None:
        # If these are free, all others work side by side.
        turns = self._turns_in_any_case if self._strands.is_free() else self._turns
        self._greenlets.spawn_in(turns, function)

    def spawn(self, function: Callable[[], Any]) -> Any:
        return self._greenlets.spawn(function)

    def event(self) -> Any:
        return self._events.Event()


class _Real:
    def __init__(self) -> None:
        self._gevent = importlib.import_module("gevent")
        self._event = importlib.import_module("gevent.event").Event
        self._calls: deque[Callable[[], Any]] = deque()
        # It wakes the loop of this thread, and keeps it from ending for want of anything to do.
        self._watcher = self._gevent.get_hub().loop.async_()
        self._watcher.start(self._begin)

    def call(self, function: Callable[[], Any]) -> None:
        self._calls.append(function)
        self._watcher.send()

    call_in_turn = call

    def spawn(self, function: Callable[[], Any]) -> Any:
        return self._gevent.spawn(function)

    def event(self) -> Any:
        return self._event()

    def _begin(self) -> None:
        while self._calls:
            self._gevent.spawn(self._calls.popleft())
