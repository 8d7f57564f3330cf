"""`msgflo-lab` as a program, as somebody starts it in a terminal."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

DEADLINE = 30.0
"""Seconds. Reached only where something is broken."""
COMMAND = Path(sys.executable).with_name("msgflo-lab")


def environment(**more: str) -> dict[str, str]:
    """Ours, without what would lead to a broker."""
    found = {k: v for k, v in os.environ.items() if k not in {"MSGFLO_BROKER", "CLOUDAMQP_URL"}}
    return {**found, **more}


def run(
    *arguments: str,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdin: str | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run it to its end."""
    return subprocess.run(
        [COMMAND, *arguments],
        env=dict(env or environment()),
        cwd=cwd,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )


class Running:
    """A program that runs. Who waits for a line in vain gets "", and the program is killed.

    Attributes:
        process: It.
    """

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def line(self) -> str:
        """Its next line on stdout, without the end."""
        return self._next(self.process.stdout)

    def lines(self, number: int) -> list[str]:
        """So many of them."""
        return [self.line() for _ in range(number)]

    def until(self, begin: str) -> list[str]:
        """All lines up to one that begins so. Fails if that does not come."""
        found: list[str] = []
        while not (found and found[-1].startswith(begin)):
            found.append(self.line())
            assert found[-1] or self.process.poll() is None, f"no {begin!r} in {found}"
        return found

    def complaint(self) -> str:
        """Its next line on stderr, without the end."""
        return self._next(self.process.stderr)

    def end(self, number: int) -> tuple[int, str, str]:
        """Send a signal; the exit status, the rest of stdout, and of stderr."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=DEADLINE)
        return self.process.returncode, out, err

    def _next(self, stream: IO[str] | None) -> str:
        assert stream is not None
        alarm = threading.Timer(DEADLINE, self.process.kill)
        alarm.start()
        try:
            return stream.readline().rstrip("\n")
        finally:
            alarm.cancel()


@contextmanager
def started(
    *command: str | Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    preexec_fn: Callable[[], object] | None = None,
) -> Iterator[Running]:
    """A program while the block runs, with pipes to its stdout and stderr."""
    with subprocess.Popen(
        command,
        env=dict(env or environment()),
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=preexec_fn,
    ) as process:
        try:
            yield Running(process)
        finally:
            process.kill()


@contextmanager
def running(
    *arguments: str,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    preexec_fn: Callable[[], object] | None = None,
) -> Iterator[Running]:
    """`msgflo-lab ...` while the block runs."""
    with started(COMMAND, *arguments, env=env, cwd=cwd, preexec_fn=preexec_fn) as program:
        yield program


class Serving(Running):
    """A `msgflo-lab serve` that runs.

    Attributes:
        told: The first lines on its stdout.
        link: What it says can be opened.
    """

    def __init__(self, process: subprocess.Popen[str], lines: int) -> None:
        super().__init__(process)
        self.told: Sequence[str] = self.lines(lines)
        self.link = self.told[-1].removeprefix("open ")


@contextmanager
def serving(*arguments: str, env: Mapping[str, str] | None = None) -> Iterator[Serving]:
    """`msgflo-lab serve --port 0 ...` while the block runs."""
    with running("serve", "--port", "0", *arguments, env=env) as program:
        yield Serving(program.process, 2)
