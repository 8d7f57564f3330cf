"""What must be in no file: recognised by what it is called, or by what it looks like."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

_WORDS = """
apikey authorization credential pass passphrase passwd password psk pw pwd secret token
"""
_LAST = frozenset(_WORDS.split())
"""The last word of a name for a secret."""
_LAST_TWO = frozenset({"api key", "access key", "private key", "secret key", "auth key"})
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_SHAPE = re.compile(
    r"[a-z][a-z0-9+.-]*://[^/@\s:]*:(?!PASSWORD@)[^/@\s]+@"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|\bAKIA[0-9A-Z]{16}\b|\bsk-[A-Za-z0-9_-]{10,}|\bxox[abpr]-[A-Za-z0-9-]{8,}"
    r"|\bgh[pousr]_[A-Za-z0-9]{20,}|\beyJ[\w-]{8,}\.eyJ|hooks\.slack\.com/services/\w"
    r"|\bBearer [\w.~+/-]{8,}|[?&](?:api_?key|(?:access_)?token|password)=[^&\s'\"]{4,}"
)
IN_TEXT = "a password, or a key, in a text"


def is_called_secret(name: str) -> bool:
    """True for `wifi_pass`, `X-Api-Key` and `TOKENS`; False for `token_kind`."""
    words = [word.lower() for word in _WORD.findall(name)]
    last = words[-1] if words else ""
    singular = last.removesuffix("s") if last not in _LAST else last
    return singular in _LAST or " ".join((*words[-2:-1], singular)) in _LAST_TWO


def is_secret(name: str, value: object) -> bool:
    """True if a value of that name is to be in no file; also if a part of it is."""
    match value:
        case str() | bytes():
            text = value if isinstance(value, str) else value.decode(errors="replace")
            return bool(text) and (is_called_secret(name) or _SHAPE.search(text) is not None)
        case dict():
            return any(is_secret(str(key), each) for key, each in value.items())
        case list() | tuple():
            return any(is_secret(name, each) for each in value)
    return False


def secrets_in(statement: ast.stmt) -> Iterator[str]:
    """The names of secrets that a statement holds as plain text."""
    told: set[ast.AST] = set()
    for node in ast.walk(statement):
        for name, value in _named(node):
            by_look = {each for each in ast.walk(value) if _looks_secret(each)}
            if by_look or (is_called_secret(name) and _is_plain(value)):
                told |= by_look
                yield name
    if any(_looks_secret(each) for each in ast.walk(statement) if each not in told):
        yield IN_TEXT


def _looks_secret(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and is_secret("", node.value)


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


def _is_plain(value: ast.expr) -> bool:
    """Whether a text stands there, and nothing that is looked up elsewhere."""
    nodes = list(ast.walk(value))
    if any(isinstance(each, ast.Call | ast.Subscript | ast.Name | ast.Attribute) for each in nodes):
        return False
    return any(isinstance(each, ast.Constant) and _is_text(each.value) for each in nodes)


def _is_text(value: Any) -> bool:
    return isinstance(value, str | bytes) and bool(value)
