"""A virtual environment as people have it where no notebook is: our wheel, and what it needs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.brokers import Mosquitto
from tests.cli.program import environment

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Clean:
    """An environment without IPython.

    Attributes:
        folder: Where it is.
        wheel: What was put in.
        uv: The program that has made it.
    """

    folder: Path
    wheel: Path
    uv: Path

    def program(self, name: str) -> Path:
        """One of its programs: `python`, `msgflo-lab`."""
        return self.folder / "bin" / name

    def variables(self, **more: str) -> dict[str, str]:
        """The environment of a shell in which it is active."""
        path = f"{self.folder / 'bin'}:{os.environ.get('PATH', os.defpath)}"
        return environment(PATH=path, VIRTUAL_ENV=str(self.folder), **more)

    def run(self, *command: str, cwd: Path) -> str:
        """Run one of its programs to its end; what it has printed. Fails if it does."""
        program, *arguments = command
        return done(self.program(program), *arguments, env=self.variables(), cwd=cwd)


def done(*command: str | Path, env: dict[str, str] | None = None, cwd: Path) -> str:
    """Run it; what it printed is part of the failure."""
    ended = subprocess.run(
        command, env=env, cwd=cwd, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert ended.returncode == 0, f"{command} ended with {ended.returncode}:\n{ended.stdout}"
    return ended.stdout


@pytest.fixture(scope="session")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Clean:
    """Made once: the working tree's wheel, and its dependencies from the registry."""
    folder = tmp_path_factory.mktemp("clean")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    done(*build, ".", cwd=ROOT)
    (wheel,) = folder.glob("*.whl")
    tools = folder / "tools"  # not into the environment of the tests: it is no part of it
    done(sys.executable, "-m", "pip", "install", "-q", "--target", tools, "uv", cwd=folder)
    made = Clean(folder / "environment", wheel, tools / "bin" / "uv")
    done(made.uv, "venv", "-q", "--python", sys.executable, made.folder, cwd=folder)
    python = made.program("python")
    done(made.uv, "pip", "install", "-q", "--python", python, wheel, cwd=folder)
    return made


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Mosquitto]:
    """A Mosquitto on which nobody has been before: our roles have names that others use."""
    folder = tmp_path / "mosquitto"
    folder.mkdir()
    broker = Mosquitto(folder)
    broker.start()
    yield broker
    broker.kill()
