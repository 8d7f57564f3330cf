"""Secrets that stand in code as plain text: as values, in comments, and in pieces. Pure."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator

from .called import HOLE, is_called_secret, is_kind, is_value, may_be_secret, secret_of
from .finding import Finding
from .known import Known
from .parameters import Parameters, last_of, whole_of
from .pieces import Given, Piece, pieces_of

_CALLED = "get getattr getenv pop putenv setattr setdefault setenv"
_BY_NAME = frozenset(_CALLED.split())
"""What is called with a name and a value, somewhere among its arguments."""
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
        for name, value in (*_named(node), *_placed(node, parameters)):
            by_look = {each for each in _whole(value) if _secret(each)}
            if by_look or _is_written(name, value, given):
                told |= by_look
                yield Finding(name, value.lineno), value.end_lineno or value.lineno
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


def _placed(node: ast.AST, parameters: Parameters) -> Iterator[tuple[str, ast.expr]]:
    """What a call names by where it stands: `login("me", "x")`, `getenv("TOKEN", "x")`."""
    if not isinstance(node, ast.Call):
        return
    called = last_of(node.func)
    names = parameters.get(whole_of(node.func)) or parameters.get(called) or []
    for name, value in zip(names, node.args, strict=False):
        if isinstance(value, ast.Starred):
            break
        yield name, value
    if called in _BY_NAME:
        for name_node, value in zip(node.args, node.args[1:], strict=False):
            if isinstance(name_node, ast.Constant) and isinstance(name_node.value, str):
                yield name_node.value, value


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


def _named(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """What is given a name here."""
    match node:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                yield from _bound(target, value)
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            yield from _bound(target, value)
        case ast.NamedExpr(target=target, value=value) | ast.AugAssign(target=target, value=value):
            yield from _bound(target, value)
        case ast.keyword(arg="auth", value=ast.Tuple(elts=[_, password])):
            yield "password", password
        case ast.keyword(arg=str(name), value=value):
            yield name, value
        case ast.Compare(left=left, comparators=[right]):
            yield from (*_bound(left, right), *_bound(right, left))
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    yield key.value, value
        case ast.arguments():
            plain = [*node.posonlyargs, *node.args]
            yield from zip(
                (each.arg for each in plain[len(plain) - len(node.defaults) :]),
                node.defaults,
                strict=True,
            )
            for each, default in zip(node.kwonlyargs, node.kw_defaults, strict=True):
                if default is not None:
                    yield each.arg, default


def _bound(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    match target, value:
        case (
            (ast.Tuple(elts=names) | ast.List(elts=names)),
            (ast.Tuple(elts=values) | ast.List(elts=values)),
        ) if len(names) == len(values):
            for name, each in zip(names, values, strict=True):
                yield from _bound(name, each)
        case ((ast.Name(id=name) | ast.Attribute(attr=name)), _):
            yield name, value
        case ast.Subscript(slice=ast.Constant(value=str(name))), _:
            yield name, value
