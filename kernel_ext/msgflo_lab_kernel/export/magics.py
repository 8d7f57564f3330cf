"""The magics in a cell that was run, as far as they are Python.

IPython makes calls of magics: `%time x = 3` becomes one of `run_line_magic`. What such a magic only
runs is put in its place; all others stay the calls that they are. Pure.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

RUNS = frozenset({"prun", "time"})
"""Magics that run what is behind them, or below, once, in the namespace of the notebook."""
REPEATS = "timeit"
"""It runs what is behind it so often as it likes, and keeps nothing of it."""
SETS = frozenset({"env", "set_env"})
"""Magics that set variables of the environment."""
MOVES = frozenset({"cd", "popd", "pushd"})
"""Magics that go to another folder."""
TAKES_AWAY = frozenset({"reset", "reset_selective", "xdel"})
"""Magics that take names away."""
_OPTIONS = re.compile(r"^((--no-raise-error|-[nrp] *\d+|-[tcqov])\s+)+")
_ONE = (ast.Call, ast.Name, ast.Constant, ast.Attribute, ast.Subscript)
"""Expressions that need no brackets around them, wherever they stand."""
_INNER = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


@dataclass(frozen=True, slots=True)
class Magic:
    """A call of IPython's.

    Attributes:
        node: The call.
        name: Of the magic; "!" for a program of the system, "" if it is something else.
        line: What stood behind it.
        cell: What stood below it; None of a magic of one line.
        is_statement: Nothing takes what it gives.
    """

    node: ast.Call
    name: str
    line: str
    cell: str | None
    is_statement: bool

    def __str__(self) -> str:
        if self.name == "!":
            return f"!{self.line}"
        return f"{'%' if self.cell is None else '%%'}{self.name} {self.line}".rstrip()


@dataclass(frozen=True, slots=True)
class Edit:
    """Text that comes into lines of a cell, in place of a part of one line.

    Attributes:
        line: The line, from 1.
        begin: The byte in it that the part begins at.
        end: The byte that it ends before.
        text: What comes there.
    """

    line: int
    begin: int
    end: int
    text: str


def magics_in(tree: ast.AST) -> Iterator[Magic]:
    """The magics of a cell that are run with it, in order; none in the bodies of functions."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, _INNER):
            continue
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Call):
            found = magic_of(child.value, is_statement=True)
            if found is not None:
                yield found
                continue
        elif isinstance(child, ast.Call):
            found = magic_of(child)
            if found is not None:
                yield found
        yield from magics_in(child)


def magic_of(call: ast.Call, *, is_statement: bool = False) -> Magic | None:
    """The magic that a call is, if it is one."""
    match call:
        case ast.Call(func=ast.Name(id="get_ipython")):
            return Magic(call, "", "", None, is_statement)
        case ast.Call(
            func=ast.Attribute(value=ast.Call(func=ast.Name(id="get_ipython")), attr=how),
            args=given,
        ):
            texts = [each.value for each in given if isinstance(each, ast.Constant)]
            words = [each for each in texts if isinstance(each, str)]
            match how, words:
                case "run_line_magic", [name, line]:
                    return Magic(call, name, line, None, is_statement)
                case "run_cell_magic", [name, line, cell]:
                    return Magic(call, name, line, cell, is_statement)
                case "system" | "getoutput", [line]:
                    return Magic(call, "!", line, None, is_statement)
            return Magic(call, "", "", None, is_statement)
    return None


def python_of(text: str, transform: Callable[[str], str], runs: Collection[str] = RUNS) -> str:
    """A cell with what its magics run in their place; lines stay what they are.

    Args:
        text: The cell, as IPython has made Python of it.
        transform: Makes Python of what IPython reads.
        runs: Magics that run their cell.
    """
    if "get_ipython()" not in text:
        return text
    body = parsed(text)
    if body is None:
        return text
    match list(magics_in(body)):
        case [Magic(name=name, cell=str(below))] if name in runs and len(body.body) == 1:
            return python_of(transform(below), transform, runs)
    return edited(text, _edits(body, transform))


def silenced(text: str, labs: Collection[str]) -> str:
    """A cell without what only the notebook is told: magics, and calls of its lab.

    In its place stands `pass` where a statement is needed, and nothing else. Lines stay.

    Args:
        labs: Names of the lab. What the calls give is used by nobody, or they stay.
    """
    tree = parsed(text)
    if tree is None:
        return text
    found = {
        node: not _has_more(block, labs) or block is tree.body
        for block in _blocks(tree)
        for node in block
        if isinstance(node, ast.Expr) and _is_told(node, labs)
    }
    lines = text.split("\n")
    # The last one first: what is before it stays where it is.
    for node in sorted(found, key=lambda each: (each.lineno, each.col_offset), reverse=True):
        first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
        before = lines[first].encode()[: node.col_offset].decode()
        behind = lines[last].encode()[node.end_col_offset :].decode()
        is_alone = not before.strip() and not behind.partition("#")[0].strip()
        line = "" if is_alone and not found[node] else f"{before}pass{behind}"
        lines[first : last + 1] = [line, *[""] * (last - first)]
    return "\n".join(lines)


def _blocks(tree: ast.AST) -> Iterator[list[ast.stmt]]:
    """The statements that stand together, all that are run with the cell."""
    for name in ("body", "orelse", "finalbody"):
        block = getattr(tree, name, None)
        if isinstance(block, list) and block:
            yield block
    for child in ast.iter_child_nodes(tree):
        if not isinstance(child, _INNER):
            yield from _blocks(child)


def _has_more(block: list[ast.stmt], labs: Collection[str]) -> bool:
    """Whether there are others than those that the notebook is told."""
    return any(not (isinstance(each, ast.Expr) and _is_told(each, labs)) for each in block)


def _is_told(node: ast.Expr, labs: Collection[str]) -> bool:
    called = node.value
    if not isinstance(called, ast.Call):
        return False
    while isinstance(called, ast.Call | ast.Attribute):
        called = called.func if isinstance(called, ast.Call) else called.value
    return isinstance(called, ast.Name) and called.id in (*labs, "get_ipython")


def edited(text: str, edits: Iterable[Edit]) -> str:
    """A text with some changes; two in one place come in their order."""
    lines = [line.encode() for line in text.split("\n")]
    for each in sorted(edits, key=lambda each: (each.line, each.begin), reverse=True):
        line = lines[each.line - 1]
        lines[each.line - 1] = line[: each.begin] + each.text.encode() + line[each.end :]
    return b"\n".join(lines).decode()


def parsed(text: str) -> ast.Module | None:
    """The tree of a text; None if it is no Python."""
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _edits(tree: ast.Module, transform: Callable[[str], str]) -> Iterator[Edit]:
    for magic in magics_in(tree):
        node = magic.node
        if magic.cell is not None or node.end_col_offset is None:
            continue
        if node.lineno != node.end_lineno:
            continue
        code = _OPTIONS.sub("", magic.line)
        instead = ""
        if magic.name in RUNS:
            code = python_of(transform(code), transform).strip()
            if magic.is_statement:
                instead = code if parsed(code) is not None else ""
            elif _is_expression(code):
                is_one = isinstance(ast.parse(code, mode="eval").body, _ONE)
                instead = code if is_one else f"({code})"
        elif magic.name == REPEATS and magic.is_statement and _is_expression(code):
            # It may change something, and so often that nobody knows.
            instead = f"while get_ipython(): {code}"
        if instead and "\n" not in instead:
            yield Edit(node.lineno, node.col_offset, node.end_col_offset, instead)


def _is_expression(code: str) -> bool:
    try:
        ast.parse(code, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
