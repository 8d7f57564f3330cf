"""Generated clients as somebody has them who has filled in his own part, and started them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from msgflo_lab.clients import Platform, program_for
from msgflo_lab.definition import ParticipantDefinition
from tests.brokers import Mosquitto, need
from tests.cli.program import Running, environment, started

HERE = Path(__file__).parent
NODE_MODULES = HERE.parent / "interop" / "node" / "node_modules"
FLAGS = ("-std=gnu++17", "-Wall", "-Wextra", "-Werror", "-I", str(HERE / "arduino"))
CONNECTED = "connected to "
"""What each of them prints."""


def micropython() -> str:
    """The path of a real one, as pip installs it; skips the test where there is none."""
    beside = Path(sys.executable).with_name("micropython")
    return str(beside) if beside.exists() else need("micropython")


def wired(program: str, wires: Mapping[str, str], *, of_two: str = "") -> str:
    """A program whose maker sends on what comes in: the names of functions, by inport and outport.

    Args:
        of_two: The inport whose function has two arguments.
    """
    for inport, outport in wires.items():
        given = "data, length" if inport == of_two and "setup()" in program else "value"
        end = ";" if "function " in program or "setup()" in program else ""
        head = rf"((?:void|function|def) on_{inport}\(.*?\n)( +)([^\n]*your code\n)"
        program, number = re.subn(
            head, rf"\1\2\3\2send_{outport}({given}){end}\n", program, count=1, flags=re.DOTALL
        )
        assert number == 1, inport
    return program


def compiled(sketch: Path) -> Path:
    """A sketch as a program of this machine."""
    program = sketch.with_suffix("")
    main = HERE / "arduino" / "main.cpp"
    command = [need("g++"), *FLAGS, "-x", "c++", str(sketch), str(main), "-o", str(program)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return program


class Kept:
    """A client on disk that can be started, again and again."""

    def __init__(self, folder: Path, platform: Platform, program: str, broker: Mosquitto) -> None:
        file = folder / f"client{platform.ending}"
        file.write_text(program, encoding="utf-8")
        self.platform = platform
        self.env = environment(MSGFLO_BROKER=broker.url)
        match platform:
            case Platform.PYTHON:
                self.command = [sys.executable, "-u", str(file)]
            case Platform.NODE:
                (folder / "node_modules").mkdir()
                (folder / "node_modules" / "mqtt").symlink_to(NODE_MODULES / "mqtt5")
                self.command = [need("node"), str(file)]
            case Platform.MICROPYTHON:
                secrets = f'BROKER, PORT = "127.0.0.1", {broker.port}\n'
                (folder / "secrets.py").write_text(secrets)
                paths = [str(folder), str(HERE / "micropython"), ".frozen"]
                self.env["MICROPYPATH"] = os.pathsep.join(paths)
                self.command = [micropython(), str(file)]
            case Platform.ARDUINO:
                (folder / "secrets.h").write_text(
                    '#define WIFI_NAME "here"\n#define WIFI_PASSWORD "its-password"\n'
                    f'#define BROKER_HOST "127.0.0.1"\n#define BROKER_PORT {broker.port}\n'
                )
                self.command = [str(compiled(file))]

    @contextmanager
    def running(self) -> Iterator[Running]:
        """The client, connected, while the block runs."""
        with started(*self.command, env=self.env) as program:
            program.until(CONNECTED)
            yield program


def check(folder: Path, described: ParticipantDefinition, platform: Platform) -> None:
    """Generate a client and let its language look at it. Fails if it is none."""
    file = folder / f"checked{platform.ending}"
    file.write_text(program_for(described, platform), encoding="utf-8")
    match platform:
        case Platform.ARDUINO:
            command = [need("g++"), *FLAGS, "-fsyntax-only", "-x", "c++", str(file)]
        case Platform.NODE:
            command = [need("node"), "--check", str(file)]
        case Platform.MICROPYTHON:
            look = f"compile(open({str(file)!r}).read(), 'it', 'exec')"
            command = [micropython(), "-c", look]
        case Platform.PYTHON:
            command = [sys.executable, "-W", "error", "-m", "py_compile", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stderr}\n{file.read_text()}"
    shutil.rmtree(folder / "__pycache__", ignore_errors=True)
