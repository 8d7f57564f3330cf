"""Projects on the disk for tests, and a look at the processes that run their components."""

from __future__ import annotations

import json
import os
from pathlib import Path

from msgflo_lab import Lab
from msgflo_lab.names import Role
from msgflo_lab.runtime.child import is_alive

DOUBLE = """
def double(x: float):
    "Doubles"
    print("got", x)
    return 2 * x
"""


def project(folder: Path, commands: dict[str, str] | None = None, **files: str) -> Path:
    """A project `demo` with commands, and with Python files by their names."""
    config = {"name": "demo", "msgflo": {"components": commands or {}}}
    (folder / "components").mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text(json.dumps(config))
    for name, text in files.items():
        (folder / "components" / f"{name}.py").write_text(text)
    return folder


def node(lab: Lab, role: str, component: str, **metadata: object) -> None:
    """Put a node into the graph."""
    lab._edit(lambda _: lambda graph: graph.add_node(Role(role), component, metadata))


def remove(lab: Lab, role: str) -> None:
    """Take it out."""
    lab._edit(lambda _: lambda graph: graph.remove_node(Role(role)))


def pid(lab: Lab, role: str) -> int:
    """The process that plays a role now; 0 if there is none."""
    return next(iter(pids(lab, role)), 0)


def pids(lab: Lab, role: str) -> list[int]:
    """The processes that play a role now."""

    def find(_: object) -> list[int]:
        programs = lab._host._programs
        return programs.pids(Role(role)) if programs is not None else []

    found = lab._do(find)
    assert isinstance(found, list)
    return found


def is_process(number: int) -> bool:
    """True if a process is there and has not ended."""
    try:
        with open(f"/proc/{number}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def numbers(file: Path) -> list[int]:
    """What programs have written into a file, a number a line."""
    return [int(line) for line in file.read_text().split()] if file.exists() else []


def kill(number: int, signal: int) -> None:
    """Send a signal to one process."""
    os.kill(number, signal)


__all__ = [
    "DOUBLE",
    "is_alive",
    "is_process",
    "kill",
    "node",
    "numbers",
    "pid",
    "pids",
    "project",
    "remove",
]
