"""How far a cell has come that has failed, or that is still being run. Pure."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from types import CodeType, FrameType, TracebackType
from typing import Any


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in a text.

    Attributes:
        line: From 1.
        column: The byte in it.
    """

    line: int
    column: int

    @classmethod
    def of(cls, node: ast.stmt) -> Place:
        """Where a statement begins, decorators included."""
        decorators: list[ast.expr] = getattr(node, "decorator_list", [])
        if decorators:
            return cls(min(each.lineno for each in decorators), 0)
        return cls(node.lineno, node.col_offset)


def failed_at(trace: TracebackType | None, namespace: dict[str, Any], depth: int) -> Place | None:
    """The place in a cell that an error came from; None if that is not known.

    Args:
        namespace: Of the notebook.
        depth: How many others have been at work around it in that namespace: a cell, if it was its
            magic that has run the text.
    """
    frames = [
        each
        for each in _traces(trace)
        if each.tb_frame.f_globals is namespace and _is_top(each.tb_frame.f_code)
    ]
    if len(frames) <= depth:
        return None
    return _place(frames[depth].tb_frame.f_code, frames[depth].tb_lasti)


def failed_in(trace: TracebackType | None, file: str) -> Place | None:
    """The place in a file that an error came from; None if it came from elsewhere."""
    for each in _traces(trace):
        if each.tb_frame.f_code.co_filename == file and _is_top(each.tb_frame.f_code):
            return _place(each.tb_frame.f_code, each.tb_lasti)
    return None


def running_at(frame: FrameType | None, namespace: dict[str, Any], depth: int) -> Place | None:
    """The place in a cell that is being run; None if none is.

    Args:
        frame: What runs.
        namespace, depth: As of `failed_at`.
    """
    frames: list[FrameType] = []
    while frame is not None:
        if frame.f_globals is namespace and _is_top(frame.f_code):
            frames.insert(0, frame)
        frame = frame.f_back
    if len(frames) <= depth:
        return None
    return _place(frames[depth].f_code, frames[depth].f_lasti)


def is_before(place: Place, node: ast.stmt) -> bool:
    """Whether a place is in a statement, or above it."""
    return place < Place(node.end_lineno or node.lineno, node.end_col_offset or 0)


def whole_of(node: ast.stmt, bound: Collection[str]) -> str:
    """What of a statement that has failed has come to its end: the first names of an import.

    Args:
        bound: Names that are something else since.
    """
    if not isinstance(node, ast.Import | ast.ImportFrom):
        return ""
    names = [
        alias for alias in node.names if (alias.asname or alias.name).partition(".")[0] in bound
    ]
    if not names:
        return ""
    if isinstance(node, ast.Import):
        return ast.unparse(ast.Import(names))
    return ast.unparse(ast.ImportFrom(node.module, names, node.level))


def rest_of(node: ast.stmt, text: str) -> str:
    """What may have been run of a statement that has failed: it may have changed something.

    A name is bound when all else is done, so of an assignment to names its right side is left. Of
    several lines nobody knows how far it came.
    """
    match node:
        case ast.Assign(targets=targets, value=value) if all(map(_is_name, targets)):
            return _text(value, text)
        case ast.AnnAssign(target=ast.Name(), value=ast.expr() as value):
            return _text(value, text)
        case ast.AugAssign(target=ast.Name(), value=value):
            return _text(value, text)
        case ast.For() | ast.AsyncFor() | ast.While() | ast.If() | ast.With() | ast.AsyncWith():
            return ast.get_source_segment(text, node) or ""
        case ast.Try() | ast.Match() | ast.Expr() | ast.Assign() | ast.AugAssign() | ast.Delete():
            return ast.get_source_segment(text, node) or ""
    return ""


def _is_name(target: ast.expr) -> bool:
    if isinstance(target, ast.Tuple | ast.List):
        return all(map(_is_name, target.elts))
    return isinstance(target, ast.Name)


def _text(value: ast.expr, text: str) -> str:
    return f"({ast.get_source_segment(text, value) or 'None'})"


def _traces(trace: TracebackType | None) -> Iterator[TracebackType]:
    while trace is not None:
        yield trace
        trace = trace.tb_next


def _is_top(code: CodeType) -> bool:
    """Whether a code is no function's: IPython calls that of a cell one way or another."""
    return code.co_name == "<module>" or code.co_name.startswith("<cell line")


def _place(code: CodeType, instruction: int) -> Place | None:
    positions = list(code.co_positions())
    if not 0 <= instruction // 2 < len(positions):
        return None
    line, _, column, _ = positions[instruction // 2]
    return Place(line, column or 0) if line is not None else None
