"""Something that happens, and those who are told. Plain calls on one loop, in order of arrival."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Generic, ParamSpec

P = ParamSpec("P")

log = logging.getLogger(__name__)


class Signal(Generic[P]):
    """Call it, and it calls all that are connected. One that raises keeps nobody else from it."""

    def __init__(self) -> None:
        self._told: dict[Callable[P, object], None] = {}

    def connect(self, told: Callable[P, object]) -> None:
        """Tell it from now on, once each time."""
        self._told[told] = None

    def disconnect(self, told: Callable[P, object]) -> None:
        """Tell it nothing more. Idempotent."""
        self._told.pop(told, None)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Tell all who are connected now."""
        for told in list(self._told):
            try:
                told(*args, **kwargs)
            except Exception:
                log.exception("%r failed at what it was told", told)
