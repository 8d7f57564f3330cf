"""Cells that are put into the notebook below the one that is run.

JupyterLab takes one for each cell that is run. So each is put below the one before, when that has
been run.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any


class Below:
    """Puts cells into the notebook of a shell, one after the other."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._waiting: deque[str] = deque()
        self._head = ""

    def put(self, texts: Iterable[str]) -> None:
        """Put these cells, in order; those that still waited are forgotten.

        The next one comes when one that begins with the same line has been run without an error:
        below its first line, it may have been changed.
        """
        self.stop()
        self._waiting.extend(texts)
        self._next()
        if self._waiting:
            self._shell.events.register("post_run_cell", self._ran)

    def stop(self) -> None:
        """Forget those that wait."""
        if self._waiting:
            self._waiting.clear()
            self._shell.events.unregister("post_run_cell", self._ran)

    def _next(self) -> None:
        text = self._waiting.popleft()
        self._head = _first_line(text)
        self._shell.payload_manager.write_payload(
            {"source": "set_next_input", "text": text, "replace": False}, single=False
        )

    def _ran(self, result: Any) -> None:
        if not result.success or _first_line(result.info.raw_cell or "") != self._head:
            return
        self._next()
        if not self._waiting:
            self._shell.events.unregister("post_run_cell", self._ran)


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0].rstrip()
