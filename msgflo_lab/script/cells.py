"""Cells and the pieces that they fall into: a top-level statement and its text, with its comments.

Pure, and below everything else here: it looks at lines only, not at what they mean.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from .errors import NotAScript
from .guards import first_line, unguarded

_DIVIDER = re.compile(r"# ?(%%|In ?\[)")
"""A comment that some editor divides cells by; it says nothing about what is below it."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What was executed, as Python; no magics.

    Attributes:
        text: The Python. Of a cell that failed, only what has run.
        number: The cell's execution number, for messages.
        first_line: The line of the cell that `text` begins at, from 1: more than 1 below a magic.
        file: The file that this is the text of, if the cell has run one, with names of its own; or
            "".
        is_half: Nobody knows how far it has come: it has failed in its only statement.
        at: When it had come to its end, in seconds since the epoch; 0 if nobody knows.
    """

    text: str
    number: int
    first_line: int = 1
    file: str = ""
    is_half: bool = False
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Piece:
    """A top-level statement of a cell.

    Attributes:
        node: The statement.
        text: Its source to the letter, from the comments above to those behind it. No newline at
            the end.
        above: The lines of `text` that are comments above the statement.
        behind: The comment behind the statement, in its last line; "" if there is none.
        first: The first line of `text`, counted from 1 in the cell's text.
        last: Its last line.
        group: A number that is the same for statements with no empty line between them.
    """

    node: ast.stmt
    text: str
    above: tuple[str, ...]
    behind: str
    first: int
    last: int
    group: int


def pieces(cell: Cell, leaves_out: Callable[[ast.expr], bool]) -> Iterator[Piece]:
    """The top-level statements of a cell, in order.

    Args:
        leaves_out: Says which decorators do not count, and are not in the text.

    Raises:
        NotAScript: The cell is not Python.
    """
    if not cell.is_half:  # else nobody knows how far it has come in what is guarded
        cell = replace(cell, text=unguarded("\n".join(lines_of(cell.text))))
    lines = lines_of(cell.text)
    body = parsed(cell).body
    end = group = 0  # the line that the statement before ends in
    for at, node in enumerate(body):
        begin = first_line(node)
        stop = first_line(body[at + 1]) if at + 1 < len(body) else len(lines) + 1
        above = _above(lines, end, begin)
        behind, last = _behind(lines, node, stop)
        text = _source(lines, node, begin)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            text = _undecorated(text, begin, node, leaves_out)
        if behind:
            text += f"  {behind}" if not _is_alone(lines, node, begin) else _rest(lines, node)
        text += "".join(f"\n{line}" for line in lines[_end(node) : last])
        whole = "\n".join((*above, text))
        group += any(not line.strip() for line in lines[end : begin - 1])
        yield Piece(node, whole, tuple(above), behind, begin - len(above), last, group)
        end = _end(node)


def lines_of(text: str) -> list[str]:
    """The lines as Python counts them: a form feed or the like does not end one."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def parsed(cell: Cell) -> ast.Module:
    """A cell's tree. Raises NotAScript."""
    try:
        return ast.parse("\n".join(lines_of(cell.text)))
    except SyntaxError as error:
        line = (error.lineno or 1) + cell.first_line - 1
        raise NotAScript(f"this is not Python: {error.msg}", cell.number, line) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise NotAScript(f"this is not Python: {error}", cell.number, cell.first_line) from error


def _end(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno


def _above(lines: list[str], end: int, begin: int) -> list[str]:
    """The lines of comments that stand directly above the line `begin`."""
    first = begin - 1
    while first > end and lines[first - 1].startswith("#"):
        first -= 1
    return [line for line in lines[first : begin - 1] if not _DIVIDER.match(line)]


def _behind(lines: list[str], node: ast.stmt, stop: int) -> tuple[str, int]:
    """The comment behind a statement, and the last line of the indented ones that follow."""
    last = _end(node)
    for number in range(last + 1, stop):
        line = lines[number - 1]
        if line[:1].isspace() and line.lstrip().startswith("#"):
            last = number
        elif line.strip():
            break
    rest = _rest(lines, node).strip(" \t\f;")
    return (rest if rest.startswith("#") else ""), last


def _rest(lines: list[str], node: ast.stmt) -> str:
    """What stands in the last line of a statement, behind it."""
    return lines[_end(node) - 1].encode()[node.end_col_offset :].decode().rstrip()


def _is_alone(lines: list[str], node: ast.stmt, begin: int) -> bool:
    """True if nothing but a comment stands beside it in its lines."""
    return not _rest(lines, node).lstrip().startswith(";") and _column(node, begin) == 0


def _column(node: ast.stmt, begin: int) -> int:
    """The byte in its first line that a statement begins at."""
    return 0 if begin < node.lineno else node.col_offset


def _source(lines: list[str], node: ast.stmt, begin: int) -> str:
    found = lines[begin - 1 : _end(node)]
    last = found[-1].encode()[: node.end_col_offset]
    if len(found) == 1:
        return last[_column(node, begin) :].decode()
    return "\n".join(
        (found[0].encode()[_column(node, begin) :].decode(), *found[1:-1], last.decode())
    )


def _undecorated(
    text: str,
    begin: int,
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef,
    leaves_out: Callable[[ast.expr], bool],
) -> str:
    """The text without some decorators; they are taken out of the tree as well."""
    lines = text.split("\n")
    for decorator in filter(leaves_out, reversed(node.decorator_list)):
        first = decorator.lineno - begin
        while not lines[first].startswith("@"):
            first -= 1  # the expression begins below its `@`, in brackets
        last = (decorator.end_lineno or decorator.lineno) - begin + 1
        while not _is_decorator(lines[first:last]):
            last += 1  # and its brackets end below it
        del lines[first:last]
    node.decorator_list = [each for each in node.decorator_list if not leaves_out(each)]
    return "\n".join(lines)


def _is_decorator(lines: list[str]) -> bool:
    try:
        ast.parse("\n".join((*lines, "def f(): pass")))
    except SyntaxError:
        return False
    return True
