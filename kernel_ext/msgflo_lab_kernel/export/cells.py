"""The cells that were run, in order: what a participant's script is made of.

IPython keeps all cells, but not how far those came that failed, nor what has become of the names.
"""

from __future__ import annotations

import inspect
import os
import re
import sys
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast
from weakref import WeakKeyDictionary

from msgflo_lab.lab import Lab
from msgflo_lab.script import Cell

from ..parsing import Usage
from .below import Below
from .files import files_of
from .halfway import Place, failed_at, running_at
from .magics import MOVES, RUNS, SETS, magics_in, parsed, python_of
from .ran import Ran, Stars

BEFORE = RUNS | {"capture"}
"""Magics that have run their cell. We are told of what `%%capture` runs, from now on."""
BELOW_MAGIC = 2
"""The line of a cell that its text begins in, below a magic."""
_STAR = re.compile(r"(?m)^\s*from\s+([\w.]+)\s+import\s+\*")

_kept: WeakKeyDictionary[Lab, Cells] = WeakKeyDictionary()


def cells_of(lab: Lab) -> Cells:
    """The cells that were run in the notebook of a lab.

    Raises:
        Usage: It is in no notebook.
    """
    kept = _kept.get(lab)
    if kept is None:
        raise Usage("this lab is in no notebook: what its code needs cannot be followed")
    return kept


@dataclass
class _Running:
    """A cell that is being run.

    Attributes:
        transformed: What IPython has made of it.
        names: What the names of the notebook are, by their ids, since `bound` and `gone` were seen.
        bound, gone: See `Ran`.
        problem: The last error that was shown before.
    """

    transformed: str
    names: Mapping[str, int]
    problem: BaseException | None
    bound: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)


class Cells:
    """Listens to a shell, from `install` to `uninstall`.

    Attributes:
        ran: In order of execution, without the one that is being run.
        settings: Variables of the environment that magics have set (`%env`).
        moves: Cells whose magics have gone to another folder (`%cd`).
    """

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._running: list[_Running] = []  # a cell may run another one
        self._below = Below(shell)
        self.settings: dict[str, None] = {}
        self.moves: dict[int, None] = {}
        self.ran: list[Ran] = []
        # The last is the one that is being run: we are told of it when it has come to its end.
        for number, text in enumerate(shell.history_manager.input_hist_parsed[:-1]):
            self._add(self._made(python_of(text, shell.transform_cell, BEFORE), number))

    @property
    def stars(self) -> Stars:
        """What each `from MODULE import *` has given."""
        return {name: given for each in self.ran for name, given in (each.stars or {}).items()}

    @property
    def namespace(self) -> Mapping[str, Any]:
        """What the names of the notebook are now."""
        return cast(Mapping[str, Any], self._shell.user_ns)

    def until_now(self, labs: Collection[str]) -> list[Cell]:
        """What was run so far: with the statements of the cell that is being run.

        Args:
            labs: Names of the lab: what it is told to do is no part of a script.
        """
        ran = self.ran
        if self._running:
            running = self._seen(self._running[-1])
            depth = self._depth(running.transformed)
            place = running_at(inspect.currentframe(), self._shell.user_ns, depth)
            ran = [
                *ran,
                self._made(running.transformed, self._number, running, place or Place(1, 0)),
            ]
        later = {name for each in ran for name in each.names[2]}
        return [replace(cell, at=each.at) for each in ran for cell in each.cells(later, labs)]

    @property
    def _number(self) -> int:
        """Of the cell that is being run. IPython's own counter is one ahead, or not, by version."""
        return len(self._shell.history_manager.input_hist_parsed) - 1 or self._shell.execution_count

    def install(self, lab: Lab) -> None:
        """Begin. Cells that were run before are known, and taken to have been run to their end."""
        _kept[lab] = self
        self._shell.events.register("pre_run_cell", self._runs)
        self._shell.events.register("post_run_cell", self._ran)

    def uninstall(self, lab: Lab) -> None:
        """End it."""
        if _kept.pop(lab, None) is not None:
            self._shell.events.unregister("pre_run_cell", self._runs)
            self._shell.events.unregister("post_run_cell", self._ran)
            self._below.stop()

    def add(self, text: str, error: BaseException | None = None) -> None:
        """One that a magic of ours has run.

        Args:
            text: What of it is Python, transformed.
            error: What it has failed with.
        """
        running = self._seen(self._running.pop()) if self._running else self._begun("")
        failed = self._failed(error, 0) if error is not None else None
        self._keep(self._made(text, self._number, running, failed, BELOW_MAGIC))
        self._running.append(self._begun(running.transformed))

    def put_below(self, texts: Iterable[str]) -> None:
        """Ask the notebook for cells with these texts, below the one that is being run."""
        self._below.put(texts)

    def _runs(self, info: Any) -> None:
        if self._running:
            self._running[-1] = self._seen(self._running[-1])
        self._running.append(self._begun(info.transformed_cell or ""))

    def _ran(self, result: Any) -> None:
        # Of the one that has loaded us, we have not seen the beginning.
        running = self._seen(self._running.pop()) if self._running else self._begun("")
        if self._running:  # what the inner one has done, the outer one has not
            self._running[-1].names = self._names()
        if result is None or result.error_before_exec is not None:
            return
        transformed = result.info.transformed_cell or ""
        failed = None
        if result.error_in_exec is not None:
            failed = self._failed(result.error_in_exec, self._depth(transformed))
        is_own = not self._running and result.execution_count
        number = result.execution_count if is_own else self._number
        self._keep(self._made(transformed, number, running, failed))

    def _begun(self, transformed: str) -> _Running:
        return _Running(transformed, self._names(), getattr(sys, "last_value", None))

    def _seen(self, running: _Running) -> _Running:
        """One that is being run, with what has become of the names until now."""
        before, now = running.names, self._names()
        running.bound |= {name for name, it in now.items() if before.get(name) != it}
        running.gone = (running.gone | (before.keys() - now.keys())) - now.keys()
        running.bound -= running.gone
        running.names = now
        return running

    def _names(self) -> dict[str, int]:
        """The names of people's, each with what tells whether it is still the same."""
        namespace = dict(self._shell.user_ns)
        return {name: id(it) for name, it in namespace.items() if not name.startswith("_")}

    def _depth(self, transformed: str) -> int:
        """How many cells are around the text that is run: a magic's is in one."""
        return int("run_cell_magic" in transformed and self._python(transformed) != transformed)

    def _failed(self, error: BaseException, depth: int) -> Place:
        """Where; the very beginning if nobody knows."""
        return failed_at(error.__traceback__, self._shell.user_ns, depth) or Place(1, 0)

    def _made(
        self,
        transformed: str,
        number: int,
        running: _Running | None = None,
        failed: Place | None = None,
        first_line: int = 1,
    ) -> Ran:
        text = self._python(transformed)
        tree = parsed(text)
        if tree is None:  # of history, which keeps what is no Python as well
            return Ran("", number)
        magics = list(magics_in(tree))
        problem = getattr(sys, "last_value", None)
        return Ran(
            text,
            number,
            first_line,
            failed,
            frozenset(running.bound) if running is not None else frozenset(),
            frozenset(running.gone) if running is not None else frozenset(),
            files_of(
                magics,
                self._shell.var_expand,
                problem if running is not None and problem is not running.problem else None,
            ),
            _stars(text),
        )

    def _python(self, transformed: str) -> str:
        return python_of(transformed, self._shell.transform_cell)

    def _keep(self, ran: Ran) -> None:
        self._add(replace(ran, at=time.time()))

    def _add(self, ran: Ran) -> None:
        if ran.text.strip():
            self.ran.append(ran)
        tree = parsed(ran.text)
        for magic in magics_in(tree) if tree is not None else ():
            if magic.name in MOVES:
                self.moves[ran.number] = None
            if magic.name in SETS:
                name = magic.line.replace("=", " ").split(None, 1)[:1]
                self.settings.update(dict.fromkeys(each for each in name if each in os.environ))


def add(lab: Lab, text: str, error: BaseException | None = None) -> None:
    """Keep a cell that a magic of ours has run as Python."""
    kept = _kept.get(lab)
    if kept is not None:
        kept.add(text, error)


def _stars(text: str) -> Stars:
    """What each `from MODULE import *` gives."""
    found = {}
    for name in set(_STAR.findall(text)):
        public = vars(sys.modules[name]) if name in sys.modules else {}
        said = public.get("__all__") or [each for each in public if not each.startswith("_")]
        found[name] = [str(each) for each in said]
    return found
