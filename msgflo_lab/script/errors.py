"""What can go wrong when a script is made of cells."""

from __future__ import annotations

from ..errors import MsgFloLabError


class NotAScript(MsgFloLabError, ValueError):
    """These statements cannot be a script of their own.

    Attributes:
        problem: Why not.
        cell: The number of the cell where; None if it is about all of them.
        line: The line in that cell, from 1.
    """

    def __init__(self, problem: str, cell: int | None = None, line: int | None = None) -> None:
        self.problem = problem
        self.cell = cell
        self.line = line
        super().__init__(problem, cell, line)

    def __str__(self) -> str:
        where = f"cell {self.cell}, line {self.line}: " if self.cell is not None else ""
        return where + self.problem
