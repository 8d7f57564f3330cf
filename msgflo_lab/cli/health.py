"""What a network says of itself for health checks: see `msgflo_lab.healthy`."""

from __future__ import annotations

from typing import Self

from ..healthy import Heartbeat
from ..lab import Lab
from . import printing

_UP = "up"


class Health:
    """Says it while the block runs, if the environment asks for it."""

    def __init__(self) -> None:
        self._heart = Heartbeat.asked()
        if self._heart.is_due:
            self._tell("starting")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._heart.end()

    def look(self, lab: Lab) -> None:
        """Say it, if it is time to."""
        if self._heart.is_due:
            status = lab.status()
            trouble = "" if status.link == _UP else f"the link is {status.link}: {status.detail}"
            self._tell(trouble)

    def _tell(self, trouble: str) -> None:
        try:
            self._heart.tell(trouble)
        except OSError as error:
            printing.complain(f"health checks fail: {error}")
