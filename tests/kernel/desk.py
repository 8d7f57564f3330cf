"""A lab with a worker that fails, and its panel of dead letters as somebody uses it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from msgflo_lab_kernel.panel import DeadLetterPanel

from .conftest import Shell

CELL = """\
%%participant worker
def worker(job):
    if not isinstance(job, dict) or job["n"] < 0:
        raise ValueError(f"not <b>{job}</b>")
    return job["n"]"""


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)  # there is nothing but asking


class Desk:
    """A lab with a worker, and its panel as somebody uses it."""

    def __init__(self, shell: Shell) -> None:
        self.shell = shell
        self.lab = shell.lab
        shell.run("%msgflo start")
        shell.run(CELL)
        shown = shell.show("%msgflo dead --panel")
        assert isinstance(shown, DeadLetterPanel)
        self.panel = shown

    def fail(self, *values: Any) -> None:
        """Send jobs that fail, and wait until the panel shows them by itself."""
        before = len(self.panel.table.rows)
        for value in values:
            self.lab.send("worker.job", value)
        until(lambda: len(self.panel.table.rows) == before + len(values))

    def tick(self, *at: int) -> None:
        self.panel.table.ticked = [self.panel.table.rows[each]["key"] for each in at]

    def open(self, at: int) -> None:
        self.panel.table.chosen = self.panel.table.rows[at]["key"]

    def type(self, text: str) -> None:
        self.panel.editor.text.value = text

    def payloads(self) -> list[str]:
        return [row["payload"] for row in self.panel.table.rows]

    def done(self, n: int = 1) -> list[Any]:
        return [seen.value for seen in self.lab.inspect("worker.out", n, wait=5)]
