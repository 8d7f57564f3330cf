"""`if __name__ == "__main__":` taken apart: what it guards becomes statements of the cell itself.

Pure, and on text alone. In a notebook the question has been answered when a cell has run; a script
would answer it anew, and otherwise when it is imported. Where more is asked in the same breath
(`and debug`), that stays. Every line stays in its place.
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
            if isinstance(node, ast.If):
                answer = _answered(node.test, text, is_main=is_main)
                if isinstance(answer, bool):
                    _take_apart(lines, node, node.body if answer else node.orelse)
                elif answer is not None:
                    _ask_for_less(lines, node.test, answer)
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


def _answered(node: ast.expr, text: str, *, is_main: bool) -> bool | str | None:
    """What is known of a condition; what remains of it, as text; None if it is no guard at all."""
    match node:
        case ast.Compare(left=one, ops=[ast.Eq() | ast.NotEq() as operator], comparators=[two]):
            if {ast.unparse(one), ast.unparse(two)} == {"__name__", "'__main__'"}:
                return isinstance(operator, ast.Eq) is is_main
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            answer = _answered(inner, text, is_main=is_main)
            return (
                f"not ({answer})"
                if isinstance(answer, str)
                else None
                if answer is None
                else not answer
            )
        case ast.BoolOp(op=operator, values=values):
            answers = [_answered(each, text, is_main=is_main) for each in values]
            if any(each is not None for each in answers):
                return _joined(operator, values, answers, text)
    return None


def _joined(
    operator: ast.boolop,
    values: Sequence[ast.expr],
    answers: Sequence[bool | str | None],
    text: str,
) -> bool | str:
    """What remains of conditions with `and` or `or` between them, each with what is known of it."""
    decides = isinstance(operator, ast.Or)  # the answer behind which nobody asks any more
    left: list[str] = []
    for value, answer in zip(values, answers, strict=True):
        if answer is decides:
            left.append(str(decides))
            break
        if not isinstance(answer, bool):
            left.append(_in_brackets(value, answer or ast.get_source_segment(text, value) or ""))
    if not left or left == [str(decides)]:
        return decides if left else not decides
    return left[0] if len(left) == 1 else (" or " if decides else " and ").join(left)


def _in_brackets(node: ast.expr, text: str) -> str:
    """A condition as a part of another one."""
    is_loose = isinstance(node, ast.BoolOp | ast.IfExp | ast.Lambda | ast.NamedExpr)
    return f"({text})" if is_loose or "\n" in text else text


def _ask_for_less(lines: list[str], test: ast.expr, answer: str) -> None:
    """Put what remains of a condition in its place."""
    first, last = test.lineno - 1, (test.end_lineno or test.lineno) - 1
    before = lines[first].encode()[: test.col_offset].decode()
    behind = lines[last].encode()[test.end_col_offset :].decode()
    shown = f"{before}{answer}{behind}".split("\n")
    lines[first : last + 1] = [*[""] * (last + 1 - first - len(shown)), *shown]


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
