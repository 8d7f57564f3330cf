"""Secrets that stand in code as plain text: as values, in comments, and in pieces. Pure."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterable, Iterator, Mapping

from .secret import HOLE, IN_TEXT, is_called_secret, is_value, secret_of

_CALLED = "get getattr getenv pop putenv setattr setdefault setenv"
_BY_NAME = frozenset(_CALLED.split())
"""What is called with a name and a value, somewhere among its arguments."""
Parameters = Mapping[str, list[str]]
"""By what is called, the names of its positional parameters."""


def secrets_in(text: str, tree: ast.AST, parameters: Parameters) -> Iterator[str]:
    """The names of secrets that code holds as plain text; IN_TEXT where there is no name.

    Args:
        text: The code, for its comments.
        tree: The same.
        parameters: Of functions and classes that it may call.
    """
    told: set[ast.AST] = set()
    for node in ast.walk(tree):
        for name, value in (*_named(node), *_placed(node, parameters)):
            by_look = {each for each in ast.walk(value) if _secret(each)}
            if by_look or (is_called_secret(name) and _is_plain(name, value)):
                told |= by_look
                yield name
    for node in ast.walk(tree):
        if node not in told and (found := _secret(node)):
            yield found
    for comment in _comments(text):
        if found := secret_of(comment):
            yield IN_TEXT if found == IN_TEXT else f"{found}, in a comment"


def parameters_of(trees: Iterable[ast.AST]) -> Parameters:
    """Those of all functions and classes that are defined there, by their last names."""
    found: dict[str, list[str]] = {}
    for node in (node for tree in trees for node in ast.walk(tree)):
        match node:
            case ast.FunctionDef(name=name, args=args) | ast.AsyncFunctionDef(name=name, args=args):
                found.setdefault(name, _positional(args))
            case ast.ClassDef(name=name, body=body):
                found[name] = _made_with(body)
            case ast.Assign(
                targets=[ast.Name(id=name)],
                value=ast.Call(func=func, args=[_, fields, *_]),
            ) if _last(func) in ("namedtuple", "make_dataclass", "NamedTuple"):
                found[name] = _fields(fields)
    return found


def _made_with(body: Iterable[ast.stmt]) -> list[str]:
    """What a class is called with: what `__init__` takes, or its fields, in their order."""
    fields: list[str] = []
    for each in body:
        match each:
            case ast.FunctionDef(name="__init__" | "__new__", args=args):
                return _positional(args)
            case ast.AnnAssign(target=ast.Name(id=name)):
                fields.append(name)
    return fields


def _positional(args: ast.arguments) -> list[str]:
    names = [each.arg for each in (*args.posonlyargs, *args.args)]
    return names[1:] if names[:1] in (["self"], ["cls"]) else names


def _fields(node: ast.expr) -> list[str]:
    """The fields of `namedtuple("N", "a b")`, or of a list of names, or of names with types."""
    match node:
        case ast.Constant(value=str(text)):
            return text.replace(",", " ").split()
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            firsts = [
                each.elts[0] if isinstance(each, ast.Tuple) and each.elts else each
                for each in elements
            ]
            return [str(getattr(each, "value", "")) for each in firsts]
    return []


def _placed(node: ast.AST, parameters: Parameters) -> Iterator[tuple[str, ast.expr]]:
    """What a call names by where it stands: `login("me", "x")`, `getenv("TOKEN", "x")`."""
    if not isinstance(node, ast.Call):
        return
    called = _last(node.func)
    for name, value in zip(parameters.get(called, ()), node.args, strict=False):
        if isinstance(value, ast.Starred):
            break
        yield name, value
    if called in _BY_NAME:
        for name_node, value in zip(node.args, node.args[1:], strict=False):
            if isinstance(name_node, ast.Constant) and isinstance(name_node.value, str):
                yield name_node.value, value


def _last(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _secret(node: ast.AST) -> str:
    text = _text(node)
    return secret_of(text) if text else ""


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
            pieces: list[str] = []
            left: ast.expr = node
            while isinstance(left, ast.BinOp) and isinstance(left.op, ast.Add):
                pieces.append(_text(left.right) or HOLE)
                left = left.left
            return "".join([_text(left) or HOLE, *reversed(pieces)])
    return ""


def _comments(text: str) -> Iterator[str]:
    lines = io.StringIO(text).readline
    try:
        for each in tokenize.generate_tokens(lines):
            if each.type == tokenize.COMMENT:
                yield each.string
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
        case ast.NamedExpr(target=target, value=value):
            yield from _bound(target, value)
        case ast.keyword(arg=str(name), value=value):
            yield name, value
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


def _is_plain(name: str, value: ast.expr) -> bool:
    """Whether a text stands there, and nothing that is looked up elsewhere."""
    nodes = list(ast.walk(value))
    if any(isinstance(each, ast.Call | ast.Subscript | ast.Name | ast.Attribute) for each in nodes):
        return False
    return any(
        isinstance(each, ast.Constant)
        and isinstance(each.value, str | bytes)
        and is_value(name, _text(each))
        for each in nodes
    )
