"""Programs for msgflo-python: run by ours, and by the real library from PyPI."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PROGRAMS = HERE / "programs"
REQUIREMENTS = HERE / "original" / "requirements.txt"
ORIGINAL = REQUIREMENTS.parent / ".venv"
"""An environment of its own: what is installed there is not to be found by ours."""


@pytest.fixture(scope="session")
def original_or_why() -> Path | str:
    """A Python with the real library, made once; or why there is none."""
    python = ORIGINAL / "bin" / "python"
    mark = ORIGINAL / "requirements.txt"
    with (REQUIREMENTS.parent / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if mark.exists() and mark.read_bytes() == REQUIREMENTS.read_bytes():
            return python
        shutil.rmtree(ORIGINAL, ignore_errors=True)
        options = ["-q", "--disable-pip-version-check", "-r", str(REQUIREMENTS)]
        install = [str(python), "-m", "pip", "install", *options]
        for command in ([sys.executable, "-m", "venv", str(ORIGINAL)], install):
            done = subprocess.run(command, text=True, capture_output=True)
            if done.returncode:
                return f"msgflo-python from PyPI cannot be installed: {done.stderr.strip()[-500:]}"
        shutil.copy(REQUIREMENTS, mark)
    return python


@pytest.fixture
def original(original_or_why: Path | str) -> Path:
    """A Python with the real library. Skips the test without it, but fails in CI."""
    return there(original_or_why)


def there(original: Path | str) -> Path:
    """The same, for a test that can do something without it, too."""
    if isinstance(original, str) and os.environ.get("CI") == "true":
        pytest.fail(original)
    if isinstance(original, str):
        pytest.skip(original)
    return original


@contextmanager
def running(
    command: Sequence[object], url: str, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """A program, while the block runs."""
    process = subprocess.Popen(
        [str(each) for each in command],
        env={**os.environ, "MSGFLO_BROKER": url, **(environment or {})},
        cwd=PROGRAMS,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
