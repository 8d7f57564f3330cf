"""What an expression is made of, if that stands in the code: in one piece or in several. Pure.

`"hunter2"` is a text, and so are `"".join(["hunt", "er2"])`, `base64.b64decode("aHVudGVyMg==")` and
`first + "er2"`, where `first` is one. Nothing is run: it counts that all of it is there.
"""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

from .parameters import last_of, whole_of

Given = Mapping[str, Sequence[ast.expr]]
"""What names are bound to."""
Piece = str | int
_MAKERS = """
SecretBytes SecretStr a2b_hex a85decode b16decode b32decode b64decode b64encode b85decode bytearray
bytes capitalize chr decode decodebytes encode format fromhex hexlify join list ljust lower lstrip
map removeprefix removesuffix replace repr reversed rjust rstrip standard_b64decode str strip
swapcase title translate tuple unhexlify unquote unquote_plus upper urlsafe_b64decode zfill zip
"""
_MAKE = frozenset(_MAKERS.split())
"""Functions and methods that make texts of texts, and of nothing else."""
_HOLDERS = "base64 binascii bytearray bytes codecs parse pydantic str urllib"
_HOLD = frozenset(_HOLDERS.split())
"""Modules and types that have some of them."""
_FIELDS = frozenset({"field", "Field", "PrivateAttr", "ib", "attrib"})
"""What makes a field of a class, with its default as first argument: of pydantic and attrs."""
_DEFAULTS = frozenset({"default", "default_factory"})
_DEEP, _WIDE = 3, 20
"""Names that lead to names, and how often each may be bound."""


def pieces_of(value: ast.expr, given: Given) -> Iterator[list[Piece]]:
    """The texts and numbers that an expression is made of; several times if it may be several
    things (`get("KEY") or "none"`), and not at all for what also comes from elsewhere.

    Args:
        given: Names that may be looked up; for all others, it comes from elsewhere.
    """
    for each in _either(value):
        with contextlib.suppress(RecursionError):  # a sum of a thousand pieces: nobody types that
            if made := _made_of(each, given, _DEEP):
                yield made


def _either(value: ast.expr) -> Iterator[ast.expr]:
    """What a value may be, and what it consists of, where these are values for themselves."""
    match value:
        case ast.IfExp(body=body, orelse=other):
            yield from (*_either(body), *_either(other))
        case ast.BoolOp(values=values):
            for each in values:
                yield from _either(each)
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
            for each in parts:
                yield from _either(each)
        case ast.Dict(values=parts):
            for each in parts:
                yield from _either(each)
        case ast.Lambda(body=body):
            yield from _either(body)
        case ast.Call(func=func, args=args, keywords=keywords):
            first = args[:1] if last_of(func) in _FIELDS else []
            for each in (*first, *(each.value for each in keywords if each.arg in _DEFAULTS)):
                yield from _either(each)
            yield value
        case _:
            yield value


def given_of(trees: Iterable[ast.AST]) -> Given:
    """What names are bound to; without those that are bound to what does not stand there."""
    found: dict[str, list[ast.expr]] = {}
    others: set[str] = set()
    for node in (node for tree in trees for node in ast.walk(tree)):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                found.setdefault(name, []).append(value)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                found.setdefault(name, []).append(value)
            case ast.AugAssign(target=ast.Name(id=name), value=value):
                found.setdefault(name, []).append(value)
            case ast.arg(arg=name):
                others.add(name)
            case ast.For(target=target) | ast.AsyncFor(target=target):
                others |= _names_in(target)
            case ast.withitem(optional_vars=ast.Name(id=name)):
                others.add(name)
    return {name: values[:_WIDE] for name, values in found.items() if name not in others}


def _made_of(node: ast.AST, given: Given, deep: int) -> list[Piece] | None:
    """All pieces; None if something comes from elsewhere."""
    match node:
        case ast.Constant(value=bytes(data)):
            return [data.decode(errors="replace")]
        case ast.Constant(value=str() | int() as piece) if not isinstance(piece, bool):
            return [piece]
        case ast.Name(id=name):
            values = given.get(name, ()) if deep else ()
            inner = {**given, name: (ast.Constant(""),)}  # `text = text + "er2"`
            return _all(values, inner, deep - 1) if values else None
        case ast.Call(func=func, args=args, keywords=keywords):
            if last_of(func) not in _MAKE:
                return None
            return _all((*_receiver(func), *args, *keywords), given, deep)
        case (
            ast.ListComp(elt=element, generators=loops)
            | ast.GeneratorExp(elt=element, generators=loops)
        ):
            inner = {**given}
            for each in loops:
                inner |= dict.fromkeys(_names_in(each.target), (each.iter,))
            return _made_of(element, inner, deep)
        case ast.Attribute() | ast.Lambda() | ast.Await() | ast.Yield() | ast.NamedExpr():
            return None
    return _all(ast.iter_child_nodes(node), given, deep)


def _all(nodes: Iterable[ast.AST], given: Given, deep: int) -> list[Piece] | None:
    found: list[Piece] = []
    for each in nodes:
        if isinstance(each, ast.Name) and each.id in ("chr", "str", "bytes"):
            continue  # `map(chr, ...)`
        made = _made_of(each, given, deep)
        if made is None:
            return None
        found += made
    return found


def _names_in(target: ast.expr) -> set[str]:
    return {each.id for each in ast.walk(target) if isinstance(each, ast.Name)}


def _receiver(func: ast.expr) -> list[ast.AST]:
    """What a method is called of; nothing for a function."""
    if isinstance(func, ast.Attribute):
        first = whole_of(func.value).partition(".")[0]
        return [] if first in _HOLD else [func.value]
    return []
