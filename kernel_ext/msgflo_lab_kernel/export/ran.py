"""One cell that was run, and what it comes to: statements, in the order in which they have run.

What IPython has run out of sight (a file by `%run`, names that `%store` or `exec` have bound) is
made visible, so that nothing is taken for what it is no more. Pure.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from msgflo_lab.script import Cell, statements

from .halfway import Place, is_before, rest_of, whole_of
from .magics import TAKES_AWAY, Edit, edited, magics_in, parsed, silenced

Stars = Mapping[str, Collection[str]]
"""What each `from MODULE import *` has given."""


@dataclass(frozen=True, slots=True)
class File:
    """A file that `%run` has run.

    Attributes:
        line: The line in the cell where.
        name: Of the file.
        text: What was in it.
        failed: Where in it it has failed; None if it has come to its end.
        is_shared: Its names are those of the notebook (`-i`); else it has its own, of which the
            notebook has got copies.
    """

    line: int
    name: str
    text: str
    failed: Place | None
    is_shared: bool


@dataclass(frozen=True)
class Ran:
    """A cell that was run.

    Attributes:
        text: The Python of it, all of it.
        number: The cell's execution number.
        first_line: The line of the cell that `text` begins at.
        failed: Where in `text` it has failed; None if it has come to its end.
        bound: Names that are something else since it was run.
        gone: Names that are no more.
        files: Those that it has run.
        stars: See there.
        at: See `Cell`.
    """

    text: str
    number: int
    first_line: int = 1
    failed: Place | None = None
    bound: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()
    files: tuple[File, ...] = ()
    stars: Stars | None = None
    at: float = 0.0

    @cached_property
    def seen(self) -> tuple[Cell, ...]:
        """What it has run in sight."""
        return tuple(_pieces(self, self.text))

    @cached_property
    def names(self) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
        """In sight: what it binds, what it takes away, and what its functions bind when called."""
        known = statements(self.seen, stars=self.stars)
        return (
            frozenset(name for each in known for name in each.names.bound),
            frozenset(name for each in known for name in each.names.unbinds),
            frozenset(name for each in known for name in each.names.later_binds),
        )

    def cells(self, later: Collection[str], labs: Collection[str]) -> tuple[Cell, ...]:
        """What it has run, with statements for all that was out of sight.

        Args:
            later: Names that functions of some cell bind.
            labs: Names of the lab.
        """
        binds, unbinds, _ = self.names
        bound = sorted(self.bound - binds - set(later))
        gone = sorted(self.gone - unbinds - set(later))
        text = _with(self.text, bound, gone) if bound or gone else None
        found = tuple(_pieces(self, silenced(text or self.text, labs)))
        if text is not None or not (bound or gone):
            return found
        # Nobody knows where; it counts as the last in the cell.
        statements = [*(f"{name} = get_ipython()" for name in bound), *_deletions(gone)]
        return (*found, Cell("\n".join(statements), self.number, self.first_line))


def _pieces(ran: Ran, text: str) -> Iterator[Cell]:
    """The text of a cell until where it has failed, with the files that it has run."""
    tree = parsed(text)
    if tree is None:
        return
    begin = Place(1, 0)
    for node in tree.body:
        place = Place.of(node)
        if ran.failed is not None and is_before(ran.failed, node):
            yield from _piece(ran, text, begin, place)
            at = ran.first_line + place.line - 1
            if whole := whole_of(node, ran.bound):
                yield Cell(whole, ran.number, at)
            if half := rest_of(node, text):
                yield Cell(half, ran.number, at, is_half=True)
            return
        for file in _files(ran, node):
            yield from _piece(ran, text, begin, place)
            for cell in _pieces(_as_ran(file, ran), file.text):
                yield cell if file.is_shared else replace(cell, file=file.name)
            begin = place
    yield from _piece(ran, text, begin, None)


def _files(ran: Ran, node: ast.stmt) -> Iterator[File]:
    for each in ran.files:
        if node.lineno <= each.line <= (node.end_lineno or node.lineno):
            # Elsewhere than in the cell itself, which is `pass` by now, it may not have been run.
            is_surely = isinstance(node, ast.Expr | ast.Pass)
            if is_surely or ran.bound & _as_ran(each, ran).names[0]:
                yield each


def _as_ran(file: File, ran: Ran) -> Ran:
    return Ran(file.text, ran.number, failed=file.failed, bound=ran.bound)


def _piece(ran: Ran, text: str, begin: Place, end: Place | None) -> Iterator[Cell]:
    lines = text.split("\n")
    if end is not None:
        last = lines[end.line - 1].encode()[: end.column].decode()
        lines = [*lines[: end.line - 1], last.rstrip("; ")]
    first = lines[begin.line - 1].encode()[begin.column :].decode()
    part = "\n".join((first, *lines[begin.line :]))
    if part.strip():
        yield Cell(part, ran.number, ran.first_line + begin.line - 1)


def _with(text: str, bound: list[str], gone: list[str]) -> str | None:
    """A cell in which the magics bind some names, and take some away; None if it has no magics."""
    tree = parsed(text)
    magics = [each for each in magics_in(tree) if each.is_statement] if tree is not None else []
    if not magics:
        return None
    taker = next((each for each in reversed(magics) if each.name in TAKES_AWAY), magics[-1])
    edits: list[Edit] = []
    for each in magics:
        node, end = each.node, each.node.end_col_offset or 0
        if bound:
            names = "".join(f"{name} = " for name in bound)
            edits.append(Edit(node.lineno, node.col_offset, node.col_offset, names))
        if gone and each is taker:
            more = "".join(f"; {each}" for each in _deletions(gone))
            edits.append(Edit(node.end_lineno or node.lineno, end, end, more))
    return edited(text, edits)


def _deletions(names: list[str]) -> list[str]:
    """One for each: some may travel alone."""
    return [f"del {name}" for name in names]
