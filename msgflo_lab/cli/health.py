"""What a network says of itself for health checks: see `msgflo_lab.healthy`."""

from __future__ import annotations

import time
from typing import Self

from ..healthy import Heartbeat
from ..lab import Lab
from ..network import EdgeState
from ..runtime.limits import ANNOUNCE_PERIOD
from ..runtime.status import Status
from . import printing

PATIENCE = ANNOUNCE_PERIOD
"""Seconds in which whoever is there announces himself. If nothing of the graph is bound after that,
those whom it names are away, which is no fault of the network's."""


class Health:
    """Says it while the block runs, if the environment asks for it."""

    def __init__(self) -> None:
        self._heart = Heartbeat.asked()
        self._waits_until = time.monotonic() + PATIENCE
        if self._heart.is_due:
            self._tell("starting")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._heart.end()

    def look(self, lab: Lab) -> None:
        """Say it, if it is time to."""
        if self._heart.is_due:
            self._tell(self._trouble(lab.status()))

    def starting(self, why: str) -> None:
        """Say that it has not begun yet, if it is time to."""
        self._waits_until = time.monotonic() + PATIENCE
        if self._heart.is_due:
            self._tell(why)

    def _trouble(self, status: Status) -> str:
        if not status.is_up:
            return f"the link is {status.link}: {status.detail}"
        edges = status.edges
        if not status.bound and sum(edges.values()) == edges[EdgeState.PENDING] > 0:
            is_early = time.monotonic() < self._waits_until
            return "nothing of the graph is bound yet" if is_early else ""
        self._waits_until = 0.0  # it has worked once: who leaves later has left
        return ""

    def _tell(self, trouble: str) -> None:
        try:
            self._heart.tell(trouble)
        except OSError as error:
            printing.complain(f"health checks fail: {error}")
