"""`msgflo-lab` as a program, as somebody starts it in a terminal."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

DEADLINE = 30.0
"""Seconds. Reached only where something is broken."""
COMMAND = Path(sys.executable).with_name("msgflo-lab")


def environment(**more: str) -> dict[str, str]:
    """Ours, without what would lead to a broker."""
    found = {k: v for k, v in os.environ.items() if k not in {"MSGFLO_BROKER", "CLOUDAMQP_URL"}}
    return {**found, **more}


def run(
    *arguments: str, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run it to its end."""
    return subprocess.run(
        [COMMAND, *arguments],
        env=dict(env or environment()),
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )


class Serving:
    """A `msgflo-lab serve` that runs.

    Attributes:
        process: It.
        told: The first lines on its stdout.
        link: What it says can be opened.
    """

    def __init__(self, process: subprocess.Popen[str], lines: int) -> None:
        self.process = process
        assert process.stdout is not None
        alarm = threading.Timer(DEADLINE, process.kill)
        alarm.start()
        try:
            self.told = [process.stdout.readline().rstrip("\n") for _ in range(lines)]
        finally:
            alarm.cancel()
        self.link = self.told[-1].removeprefix("open ")

    def end(self, number: int) -> tuple[int, str, str]:
        """Send a signal; the exit status, the rest of stdout, and stderr."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=DEADLINE)
        return self.process.returncode, out, err


@contextmanager
def serving(*arguments: str, env: Mapping[str, str] | None = None) -> Iterator[Serving]:
    """`msgflo-lab serve --port 0 ...` while the block runs."""
    command: Sequence[str | Path] = [COMMAND, "serve", "--port", "0", *arguments]
    with subprocess.Popen(
        command,
        env=dict(env or environment()),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Serving(process, 2)
        finally:
            process.kill()
