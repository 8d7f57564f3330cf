"""Shells and kernels that tell what a cell printed; shells also what it showed and raised."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from jupyter_client.manager import start_new_kernel
from traitlets.config import Config

from msgflo_lab.lab import Lab
from msgflo_lab.runtime.output import Switchboard

WAIT = 30
"""Seconds for a kernel to answer."""


class Shell:
    """An IPython shell for tests: an error in a cell is an error of the test."""

    def __init__(self) -> None:
        config = Config()
        config.HistoryManager.enabled = False
        self.ipython: Any = InteractiveShell(config=config)  # type: ignore[no-untyped-call]

    def run(self, cell: str) -> str:
        """Run a cell; returns what it printed. Raises what it raised."""
        with _printed() as printed:
            result = self.ipython.run_cell(cell)
        result.raise_error()
        return printed.getvalue().rstrip("\n")

    def fail(self, cell: str) -> str:
        """Run a cell that fails; returns what it says."""
        with _printed():
            result = self.ipython.run_cell(cell)
        error = result.error_before_exec or result.error_in_exec
        assert error is not None, "the cell has not failed"
        return str(error)

    def show(self, cell: str) -> Any:
        """Run a cell; returns the object that it displayed."""
        with _printed():
            result = self.ipython.run_cell(cell)
        result.raise_error()
        return result.result

    def complete(self, line: str) -> list[str]:
        """What the Tab key offers at the end of a line."""
        return list(self.ipython.complete("", line, len(line))[1])

    @property
    def lab(self) -> Lab:
        """The lab that the extension has put into the namespace."""
        lab = self.ipython.user_ns["lab"]
        assert isinstance(lab, Lab)
        return lab


class Kernel:
    """A kernel of its own, and a client."""

    def __init__(self) -> None:
        self.manager: Any
        self.client: Any
        self.manager, self.client = start_new_kernel(extra_arguments=["--log-level=ERROR"])

    def close(self) -> None:
        """End both."""
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def run(self, code: str) -> str:
        """Run a cell; returns what it printed. An error in it is an error of the test."""
        printed: list[str] = []

        def take(message: dict[str, Any]) -> None:
            if message["msg_type"] == "stream":
                printed.append(message["content"]["text"])

        reply = self.client.execute_interactive(code, timeout=WAIT, output_hook=take)
        assert reply["content"]["status"] == "ok", reply["content"]
        return "".join(printed)

    def complete(self, code: str, at: int | None = None) -> list[str]:
        """The whole cell for each of the completions at a place, or at the end."""
        self.client.complete(code, at)
        content = self.client.get_shell_msg(timeout=WAIT)["content"]
        start, end = content["cursor_start"], content["cursor_end"]
        return [code[:start] + match + code[end:] for match in content["matches"]]


@contextmanager
def _printed() -> Iterator[io.StringIO]:
    """What cells print, as a kernel sees it: behind the switchboard, if there is one."""
    printed = io.StringIO()
    stdout = sys.stdout
    if isinstance(stdout, Switchboard):
        behind, stdout.stream = stdout.stream, printed
        try:
            yield printed
        finally:
            stdout.stream = behind
    else:
        with redirect_stdout(printed):
            yield printed


@pytest.fixture
def bare_shell() -> Iterator[Shell]:
    streams = sys.stdout, sys.stderr
    shell = Shell()
    yield shell
    shell.ipython.run_line_magic("unload_ext", "msgflo_lab")
    sys.stdout, sys.stderr = streams


@pytest.fixture
def shell(bare_shell: Shell) -> Shell:
    bare_shell.ipython.run_line_magic("load_ext", "msgflo_lab")
    return bare_shell
