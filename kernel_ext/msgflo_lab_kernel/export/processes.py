"""Programs that the notebook has started by itself: files of Python that are participants.

Whoever calls `subprocess.Popen`, or `!python worker.py &`, tells nobody which role the program
plays. So its files are read: one that names the role, or whose function is called like it, is it.
"""

from __future__ import annotations

import ast
import importlib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from .modules import imported_by

_MOST = 200
"""Programs that are looked at."""


@dataclass(frozen=True, slots=True)
class Started:
    """A program, of which several may run.

    Attributes:
        file: The file of Python.
        arguments: Behind it.
    """

    file: Path
    arguments: tuple[str, ...]

    @property
    def text(self) -> str:
        """What is in the file; "" if it cannot be read any more."""
        try:
            return self.file.read_text(encoding="utf-8")
        except (OSError, ValueError):
            return ""

    def plays(self, role: str, component: str) -> bool:
        """Whether it is a participant that plays a role.

        Args:
            component: What those who play it announce that they are.
        """
        try:
            nodes = list(ast.walk(ast.parse(self.text)))
        except (SyntaxError, ValueError):
            return False
        texts = {each.value for each in nodes if isinstance(each, ast.Constant)}
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        names = {each.name for each in nodes if isinstance(each, kinds)}
        if "msgflo" not in "".join(imported_by(self.text)):
            return False
        return role in (*self.arguments, *texts) or component.rpartition("/")[2] in names


def started() -> Mapping[Started, int]:
    """The programs that run now, and how many of each; none where nobody can tell."""
    return Counter(_running())


def player(programs: Collection[Started], role: str, component: str) -> Started | None:
    """The program that plays a role; one that is given its name comes first."""
    found = [each for each in programs if each.plays(role, component)]
    return next((each for each in found if role in each.arguments), next(iter(found), None))


def _running() -> Iterator[Started]:
    try:
        psutil = importlib.import_module("psutil")
    except ImportError:  # it comes with Jupyter's kernel
        return
    for process in psutil.Process().children(recursive=True)[:_MOST]:
        try:
            words, folder = process.cmdline(), Path(process.cwd())
        except (psutil.Error, OSError):
            continue
        if not words or not Path(words[0]).name.startswith("python"):
            continue
        for at, word in enumerate(words[1:], 1):
            if word in ("-c", "-m"):
                break
            file = folder / word
            if file.suffix == ".py" and file.is_file():
                yield Started(file.resolve(), tuple(words[at + 1 :]))
                break
