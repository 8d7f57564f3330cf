"""Cells as a flat list of statements, each with its text and its names.

Pure. An import of several names is several statements, so that each travels alone.
"""

from __future__ import annotations

import ast
import inspect
import warnings
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from .cells import Cell, Piece, pieces
from .errors import NotAScript
from .imports import Import
from .known import Known, known_of
from .limits import STATEMENTS_MOST
from .names import Names
from .reading import names_of


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """One top-level statement as it was executed.

    Attributes:
        cell: The number of its cell.
        first: The first line of its text in the cell, from 1; comments above it included.
        last: The last line.
        text: Its source to the letter, with the comments above and behind it.
        node: Its tree.
        names: The names that it binds, reads and changes.
        imported: What it imports, if it is (a part of) an import.
        above: Its comments above.
        behind: Its comment behind.
        group: A number that is the same for those of a cell with no empty line between them.
        futures: What cells have imported from `__future__` until then.
        is_awaiting: It awaits something outside of a function, which notebooks can.
        origin: The cell itself.
    """

    cell: int
    first: int
    last: int
    text: str
    node: ast.stmt
    names: Names
    imported: Import | None
    above: tuple[str, ...]
    behind: str
    group: int
    futures: frozenset[str]
    is_awaiting: bool
    origin: Cell

    def line_of(self, name: str) -> int:
        """The first line in its cell that reads a name, from 1."""
        return self.names.lines.get(name, self.first)


def statements(
    cells: Iterable[Cell],
    *,
    lab_names: Collection[str] = ("lab",),
    stars: Mapping[str, Collection[str]] | None = None,
) -> tuple[Statement, ...]:
    """The top-level statements of cells, in order of execution.

    Args:
        cells: What was executed, in that order.
        lab_names: What the lab is called. `@lab.participant` is left out: a script has no lab.
        stars: The public names of the modules that are imported by `from MODULE import *`.

    Raises:
        NotAScript: A cell is not Python, or there are too many.
    """
    stars = stars or {}
    every: list[tuple[Cell, Piece]] = []
    for cell in cells:
        every += [(cell, each) for each in pieces(cell, lambda node: _is_lab(node, lab_names))]
        if len(every) > STATEMENTS_MOST:
            raise NotAScript(f"there are more than {STATEMENTS_MOST:,} statements")
    known = known_of((piece.node for _, piece in every), stars)
    found: list[Statement] = []
    futures: frozenset[str] = frozenset()
    for cell, piece in every:
        if isinstance(piece.node, ast.ImportFrom) and piece.node.module == "__future__":
            futures |= {alias.name for alias in piece.node.names}
        else:
            found += _statements(cell, piece, futures, stars, known)
    return tuple(found)


def memory(name: str) -> Statement:
    """What binds a name that is nobody's, before all cells; it has no text."""
    names = Names(binds={name})
    node, cell = ast.Pass(), Cell("", 0)
    return Statement(0, 0, 0, "", node, names, None, (), "", 0, frozenset(), False, cell)


def _statements(
    cell: Cell,
    piece: Piece,
    futures: frozenset[str],
    stars: Mapping[str, Collection[str]],
    known: Known,
) -> Iterator[Statement]:
    offset = cell.first_line - 1
    for node, imported, behind in _parts(piece, stars):
        names = names_of(
            node, are_annotations_text="annotations" in futures, stars=stars, known=known
        )
        names.lines = {name: line + offset for name, line in names.lines.items()}
        yield Statement(
            cell=cell.number,
            first=piece.first + offset,
            last=piece.last + offset,
            text=piece.text,
            node=node,
            names=names,
            imported=imported,
            above=piece.above,
            behind=behind,
            group=piece.group,
            futures=futures,
            is_awaiting=_is_awaiting(node, piece.text),
            origin=cell,
        )


def _parts(
    piece: Piece, stars: Mapping[str, Collection[str]]
) -> Iterator[tuple[ast.stmt, Import | None, str]]:
    """An import as several of one name each; anything else as it is. With the comments behind."""
    node = piece.node
    if isinstance(node, ast.Import):
        for alias in node.names:
            part: ast.stmt = ast.Import([alias])
            imported = Import(alias.name, None, _alias(alias))
            yield ast.copy_location(part, node), imported, _behind(piece, alias)
    elif isinstance(node, ast.ImportFrom):
        module = "." * node.level + (node.module or "")
        for alias in node.names:
            names = sorted(stars.get(module, ())) if alias.name == "*" else [alias.name]
            for name in names:
                one = ast.copy_location(ast.alias(name, alias.asname), alias)
                part = ast.ImportFrom(node.module, [one], node.level)
                imported = Import(module, name, _alias(alias))
                yield ast.copy_location(part, node), imported, _behind(piece, alias)
    else:
        yield node, None, piece.behind


def _behind(piece: Piece, alias: ast.alias) -> str:
    """The comment in the line of an imported name."""
    line = piece.text.split("\n")[(alias.end_lineno or 0) - piece.first]
    if alias.end_lineno == piece.node.end_lineno:
        return piece.behind
    rest = line.encode()[alias.end_col_offset :].decode().lstrip(" \t,")
    return rest if rest.startswith("#") else ""


def _is_awaiting(node: ast.stmt, text: str) -> bool:
    """Whether a statement can be run by an event loop only."""
    if "await" not in text and "async" not in text:
        return False
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            code = compile(ast.Module([node], []), "<cell>", "exec", flags, dont_inherit=True)
        except SyntaxError:  # which says so itself, if it is to be in a script
            return False
    return bool(code.co_flags & inspect.CO_COROUTINE)


def _alias(alias: ast.alias) -> str | None:
    """What it is called here, if not the same."""
    return alias.asname if alias.asname != alias.name else None


def _is_lab(decorator: ast.expr, lab_names: Collection[str]) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    match called:
        case ast.Attribute(value=ast.Name(id=name), attr="participant"):
            return name in lab_names
    return False
