"""The cells that were run, in order: what a participant's script is made of.

IPython keeps all cells, but not how far those came that failed.
"""

from __future__ import annotations

import ast
import inspect
import time
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, cast
from weakref import WeakKeyDictionary

from msgflo_lab.lab import Lab
from msgflo_lab.script import Cell

from ..parsing import Usage
from .below import Below

PYTHON = frozenset({"capture", "prun", "time"})
"""Cell magics that run their cell in the user's namespace, once."""


BELOW_MAGIC = 2
"""The line of a cell that its text begins in, below a magic."""

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


class Cells:
    """Listens to a shell, from `install` to `uninstall`.

    Attributes:
        cells: In order of execution, without the one that is being run.
    """

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._current = ""
        self._since: dict[int, float] = {}
        self._below = Below(shell)
        # The last is the one that is being run: we are told of it when it has come to its end.
        parsed = shell.history_manager.input_hist_parsed[:-1]
        before = (Cell(python_of(text), number) for number, text in enumerate(parsed))
        self.cells: list[Cell] = [cell for cell in before if cell.text]

    @property
    def namespace(self) -> Mapping[str, Any]:
        """What the names of the notebook are now."""
        return cast(Mapping[str, Any], self._shell.user_ns)

    def until_now(self) -> list[Cell]:
        """What was run so far: with the statements of the cell that is being run."""
        line = 0
        frame = inspect.currentframe()
        while frame is not None:
            if frame.f_globals is self._shell.user_ns and frame.f_code.co_name == "<module>":
                line = frame.f_lineno
            frame = frame.f_back
        text = _until(self._current, line)
        return [*self.cells, Cell(text, self._number)] if text else self.cells

    @property
    def _number(self) -> int:
        """Of the cell that is being run. IPython's own counter is one ahead, or not, by version."""
        return len(self._shell.history_manager.input_hist_parsed) - 1 or self._shell.execution_count

    def since(self, numbers: Iterable[int]) -> float:
        """When the last of these cells was run, in seconds since the epoch; 0 if nobody knows."""
        return max((self._since.get(each, 0.0) for each in numbers), default=0.0)

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

    def add(self, text: str) -> None:
        """One that a magic of ours has run; `text` is what of it is Python."""
        self._keep(Cell(text, self._number, BELOW_MAGIC))

    def put_below(self, texts: Iterable[str]) -> None:
        """Ask the notebook for cells with these texts, below the one that is being run."""
        self._below.put(texts)

    def _runs(self, info: Any) -> None:
        self._current = python_of(info.transformed_cell or "")

    def _ran(self, result: Any) -> None:
        self._current = ""
        if result.error_before_exec is not None:
            return
        text = python_of(result.info.transformed_cell or "")
        if result.error_in_exec is not None:
            text = _until(text, _line(result.error_in_exec.__traceback__))
        if text:
            self._keep(Cell(text, result.execution_count or self._number))

    def _keep(self, cell: Cell) -> None:
        self.cells.append(cell)
        self._since[cell.number] = time.time()


def add(lab: Lab, text: str) -> None:
    """Keep a cell that a magic of ours has run as Python."""
    kept = _kept.get(lab)
    if kept is not None:
        kept.add(text)


def python_of(transformed: str) -> str:
    """What of a cell was run as Python: all of it, or what stood below a magic that runs it.

    Args:
        transformed: The cell, as IPython has made Python of it.
    """
    if "run_cell_magic" not in transformed:
        return transformed
    try:
        body = ast.parse(transformed).body
    except (SyntaxError, ValueError):
        return transformed
    match body:
        case [
            ast.Expr(
                ast.Call(
                    ast.Attribute(ast.Call(ast.Name("get_ipython")), "run_cell_magic"),
                    [ast.Constant(str(magic)), _, ast.Constant(str(text))],
                )
            )
        ]:
            return text if magic in PYTHON else ""
    return transformed


def _line(trace: TracebackType | None) -> int:
    """The line of a cell that an error came from; 0 if that is not known."""
    while trace is not None:
        if trace.tb_frame.f_code.co_name == "<module>":
            return trace.tb_lineno
        trace = trace.tb_next
    return 0


def _until(text: str, line: int) -> str:
    """The statements of a cell that came to their end before one in this line failed."""
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError):
        return ""
    ends = [node.end_lineno or 0 for node in body if (node.end_lineno or 0) < line]
    return "\n".join(text.split("\n")[: max(ends, default=0)])
