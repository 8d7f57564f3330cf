"""Secrets that stand in code as plain text: as values, in comments, and in pieces. Pure."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator

from .called import (
    HOLE,
    is_given_by_flag,
    is_value,
    may_be_secret,
    secret_of,
)
from .finding import Finding
from .flags import flagged_in
from .known import Known
from .named import named_in, placed_in, surely_in
from .parameters import Parameters
from .pieces import Given, Piece, pieces_of
from .words import is_called_secret, is_kind

_NUMBERS = 4
"""A text that is written as the numbers of its characters has at least so many."""


def secrets_in(text: str, parameters: Parameters, given: Given, known: Known) -> Iterator[Finding]:
    """The secrets that code holds as plain text, each once, by lines.

    Args:
        text: The code; if it is no Python, only its comments count, and what is known.
        parameters: Of functions and classes that it may call.
        given: What its names may be bound to elsewhere.
        known: Values that are secrets, wherever they stand.
    """
    found, seen = list[Finding](), set[int]()
    for each, last in (*_in_tree(_parsed(text), parameters, given), *_in_comments(text)):
        found.append(each)
        seen.update(range(each.line, last + 1))
    found += [each for each in known.within(text) if each.line not in seen]
    yield from sorted(dict.fromkeys(found), key=lambda each: each.line)


def _parsed(text: str) -> ast.AST:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return ast.Module([], [])


def _in_tree(tree: ast.AST, parameters: Parameters, given: Given) -> Iterator[tuple[Finding, int]]:
    """Each with the last line of what it is found in."""
    told: set[ast.AST] = set()
    for node in ast.walk(tree):
        surely = () if node in told else surely_in(node)  # `password = SecretStr("x")`: once
        for name, value in (*named_in(node), *placed_in(node, parameters), *surely):
            by_look = {each for each in _whole(value) if _secret(each)}
            if by_look or _is_written(name, value, given):
                told |= by_look | {value}
                yield Finding(name, value.lineno), value.end_lineno or value.lineno
        for name, word in _flagged(node):
            told.add(word)
            yield Finding(name, word.lineno), word.end_lineno or word.lineno
    for node in _whole(tree):
        if isinstance(node, ast.expr) and node not in told and (found := _secret(node)):
            yield Finding(found, node.lineno), node.end_lineno or node.lineno


def _is_written(name: str, value: ast.expr, given: Given) -> bool:
    """Whether a secret of that name stands there, and is not looked up elsewhere."""
    if not may_be_secret(name):
        return False
    # What takes a text to pieces may have the text itself beside it.
    every = pieces_of(value, {} if is_kind(name) else given)
    return any(_is_secret(name, made) for made in every)


def _is_secret(name: str, made: list[Piece]) -> bool:
    if len(made) == 1:
        return is_value(name, made[0])
    if any(is_value(name, each) for each in made if isinstance(each, str)):
        return True
    numbers = [each for each in made if isinstance(each, int)]
    return len(numbers) >= _NUMBERS and is_called_secret(name) and not is_kind(name)


def _flagged(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """What a command names that stands in words: `["see", "--password", "hunter2"]`."""
    match node:
        case ast.List(elts=words) | ast.Tuple(elts=words) | ast.Call(args=words):
            for each in flagged_in([_text(word) or HOLE for word in words]):
                if is_given_by_flag(each.name, each.value):
                    yield each.name, words[each.at]


def _secret(node: ast.AST) -> str:
    text = _text(node)
    return secret_of(text) if text else ""


def _whole(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes, but a sum once: it is not a sum of all but its last piece as well."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += _summands(node) if _is_sum(node) else ast.iter_child_nodes(node)


def _summands(node: ast.AST) -> list[ast.AST]:
    found: list[ast.AST] = []
    while _is_sum(node):
        assert isinstance(node, ast.BinOp)
        found.append(node.right)
        node = node.left
    return [node, *reversed(found)]


def _is_sum(node: ast.AST) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add)


def _text(node: ast.AST) -> str:
    """What is written in one or several pieces, with HOLE for what comes from elsewhere; or ""."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.Constant(value=bytes(data)):
            return data.decode(errors="replace")
        case ast.JoinedStr(values=values):
            return "".join(_text(each) or HOLE for each in values)
        case ast.BinOp(op=ast.Add()):
            return "".join(_text(each) or HOLE for each in _summands(node))
    return ""


def _in_comments(text: str) -> Iterator[tuple[Finding, int]]:
    lines = io.StringIO(text).readline
    try:
        for each in tokenize.generate_tokens(lines):
            if each.type == tokenize.COMMENT and (found := secret_of(each.string)):
                yield Finding(found, each.start[0], "in a comment,"), each.end[0]
    except (tokenize.TokenError, SyntaxError):  # a piece of a line, which ends early
        return
