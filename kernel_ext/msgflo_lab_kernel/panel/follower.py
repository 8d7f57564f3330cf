"""Watches how many dead letters a lab has: gently, and only while it runs."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping

from msgflo_lab.errors import MsgFloLabError
from msgflo_lab.lab import Lab
from msgflo_lab.runtime.observer import News

log = logging.getLogger(__name__)

PERIOD = 2.0
"""Seconds between two questions to the broker."""

Counts = Mapping[str, int]


class Follower:
    """Asks for the numbers every `PERIOD` seconds, in a thread of its own, while the lab runs.

    All methods may be called from any thread.

    Args:
        changed: Told the numbers when they are others than before, and None when the lab has
            stopped or is on another broker. Called in the follower's thread.
        trouble: Told in one line why there are no numbers just now, or "" when there are again.
        tick: Called after each look.

    Attributes:
        keeps: Whether the broker keeps dead letters when the lab stops; None if nobody knows.
    """

    def __init__(
        self,
        lab: Lab,
        changed: Callable[[Counts | None], None],
        trouble: Callable[[str], None],
        tick: Callable[[], None],
    ) -> None:
        self._lab = lab
        self._changed = changed
        self._trouble = trouble
        self._tick = tick
        self._known: Counts | None = None
        self._said = ""
        self._was_running: bool | None = None
        self._has_stopped = False
        self._url = ""
        self.keeps: bool | None = None
        self._is_closed = False
        self._is_needed = True
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._work, name="msgflo dead letters", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()
        self._lab.watch(self._news)

    def close(self) -> None:
        """Ask no more, and end the thread. Idempotent."""
        self._is_closed = True
        self._wake.set()
        self._lab.unwatch(self._news)
        if threading.current_thread() is not self._thread:
            self._thread.join(timeout=2)

    def need(self, is_needed: bool) -> None:
        """Ask only while somebody looks."""
        if is_needed != self._is_needed:
            self._is_needed = is_needed
            self._wake.set()

    def seen(self, counts: Counts) -> None:
        """Somebody else has asked: that is no news any more."""
        self._known = dict(counts)

    def _news(self, news: News) -> None:
        # In the lab's own thread, thirty times a second: only a start and a stop are of interest.
        del news
        is_running = self._lab.is_running
        if not is_running:
            self._has_stopped = True  # it may run again before anybody looks
        if is_running != self._was_running or self._has_stopped:
            self._wake.set()

    def _work(self) -> None:
        while not self._is_closed:
            self._wake.clear()
            is_running = self._was_running = self._lab.is_running
            is_asking = is_running and self._is_needed
            try:
                if is_asking or not is_running:
                    self._look(is_running)
            except Exception:
                log.exception("the panel of dead letters could not follow")
            self._wake.wait(PERIOD if is_asking else None)

    def _look(self, is_running: bool) -> None:
        has_stopped, self._has_stopped = self._has_stopped, False
        if not is_running:
            self._leave()
            return
        status = self._lab.status()
        if status.url and (has_stopped or self._url not in ("", status.url)):
            self._leave()
        self._url, self.keeps = status.url, status.keeps
        try:
            counts = self._lab.dead.counts() if status.is_up else None
        except MsgFloLabError as error:
            self._say(str(error))
            return
        if counts is None:
            self._say(f"the broker cannot be reached: {status.detail}")
            return
        self._say("")
        if counts != self._known:
            self._known = counts
            self._changed(counts)
        self._tick()

    def _leave(self) -> None:
        self._known, self._url = None, ""
        self._say("")
        self._changed(None)

    def _say(self, text: str) -> None:
        if text != self._said:
            self._said = text
            self._trouble(text)
