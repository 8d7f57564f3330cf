"""`if __name__ == "__main__":` taken apart: what it guards becomes statements of the cell itself.

Pure, and on text alone. In a notebook the question has been answered when a cell has run; a script
would answer it anew, and otherwise when it is imported. Every line stays in its place.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence


def unguarded(text: str, *, is_main: bool = True) -> str:
    """A text in which the branches that did run stand alone; itself if it has no such guards.

    Args:
        text: Lines end in newlines. What is not Python is left as it is.
        is_main: It has run as a program or a cell; else as a module.
    """
    if "__name__" not in text:
        return text
    ahead = text
    while (body := _body(ahead)) is not None:
        text, lines = ahead, ahead.split("\n")
        for node in body:
            if isinstance(node, ast.If) and (is_for_main := _asks_for_main(node)) is not None:
                _take_apart(lines, node, node.body if is_for_main is is_main else node.orelse)
        ahead = "\n".join(lines)  # one may stand in another
        if ahead == text:
            break
    return ahead if _body(ahead) is not None else text


def first_line(node: ast.stmt) -> int:
    """Where a statement begins, decorators included."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(each.lineno for each in decorators)])


def _body(text: str) -> list[ast.stmt] | None:
    try:
        return ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _asks_for_main(node: ast.If) -> bool | None:
    """Whether a statement runs its first branch in a program; None if it is no guard."""
    match node:
        case ast.If(
            test=ast.Compare(left=one, ops=[ast.Eq() | ast.NotEq() as operator], comparators=[two])
        ):
            if {ast.unparse(one), ast.unparse(two)} == {"__name__", "'__main__'"}:
                return isinstance(operator, ast.Eq)
    return None


def _take_apart(lines: list[str], node: ast.If, branch: Sequence[ast.stmt]) -> None:
    """Leave nothing of a statement's lines but one branch, dedented."""
    end = node.end_lineno or node.lineno
    if not branch:
        lines[node.lineno - 1 : end] = [""] * (end - node.lineno + 1)
        return
    begin, last = first_line(branch[0]), branch[-1].end_lineno or end
    other = 0 if branch is node.body else node.body[-1].end_lineno or 0
    indent = branch[0].col_offset
    before = lines[begin - 1].encode()[:indent].decode()
    if before.strip():  # it stands behind the colon
        lines[begin - 1] = lines[begin - 1].encode()[indent:].decode()
    elif not indent:  # elif
        lines[begin - 1] = lines[begin - 1].removeprefix("el")
    else:
        inside = _inside_texts(branch)
        for at in range(begin, last + 1):
            if at not in inside:
                lines[at - 1] = _dedented(lines[at - 1], before)
    for at in (*range(node.lineno, begin), *range(last + 1, end + 1)):
        line = lines[at - 1].strip()
        lines[at - 1] = line if other < at < begin and line.startswith("#") else ""


def _inside_texts(branch: Sequence[ast.stmt]) -> set[int]:
    """The lines that begin inside of a text, and so belong to its value."""
    return {
        line
        for statement in branch
        for node in ast.walk(statement)
        if isinstance(node, ast.expr) and _is_text(node)
        for line in range(node.lineno + 1, (node.end_lineno or node.lineno) + 1)
    }


def _is_text(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str | bytes)
    return type(node).__name__ in ("JoinedStr", "TemplateStr")  # the latter since Python 3.14


def _dedented(line: str, indent: str) -> str:
    """A line without what the branch is indented by; a comment may have less of it."""
    if line.startswith(indent):
        return line[len(indent) :]
    return line.lstrip(" \t")
