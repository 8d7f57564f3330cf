"""Runs notebooks, each in a process of its own, so that nothing is left of the one before.

As a program, it takes a notebook for each line, its `__name__` and a list of cells in JSON, and
answers with a line: what their `handler` makes of some numbers, as text in JSON; or null, if a cell
fails.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

NUMBERS = (0, 1, 5)
SECONDS_MOST = 20


class Apart:
    """A process that runs notebooks."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def results(self, cells: list[str], name: str = "__main__") -> str | None:
        """What the handler of some cells makes of numbers; None if a cell fails.

        Args:
            name: What `__name__` is: a component's is that of its file.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([name, cells]) + "\n")
        self._process.stdin.flush()
        found = json.loads(self._process.stdout.readline())
        assert found is None or isinstance(found, str)
        return found


@contextlib.contextmanager
def running() -> Iterator[Apart]:
    """The process, until the end of the block."""
    with subprocess.Popen(
        [sys.executable, __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent,
    ) as process:
        try:
            yield Apart(process)
        finally:
            process.kill()


def _answer(name: str, cells: list[str]) -> str | None:
    module = sys.modules[name] = ModuleType(name)
    namespace: dict[str, Any] = vars(module)
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            for text in cells:
                exec(compile(text, "<cell>", "exec"), namespace)
        except Exception:
            return None
        results = []
        for number in NUMBERS:
            try:
                results.append(namespace["handler"](number))
            except Exception as error:
                results.append(type(error))
    return repr(results).replace(f"{name}.", "")  # as classes have it


def _serve() -> None:
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            signal.alarm(SECONDS_MOST)
            print(json.dumps(_answer(*json.loads(line))), flush=True)
            os._exit(0)
        if os.waitpid(pid, 0)[1]:
            print("null", flush=True)


if __name__ == "__main__":
    _serve()
