"""What code gives a name: by an assignment, a key, a default, a comparison, a place. Pure."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from .parameters import SURE, Parameters, last_of, whole_of

Named = tuple[str, ast.expr]
_CALLED = "get getattr getenv pop putenv setattr setdefault setenv"
_BY_NAME = frozenset(_CALLED.split())
"""What is called with a name and a value, somewhere among its arguments."""
_DOERS = """
ask change check clear confirm delete enter forget forgot handle has hash hide invalid is mask need
no on parse print prompt remove require reset set show test update validate verify
"""
_DO = frozenset(_DOERS.split())
"""Functions that do something with a secret, and say how that went."""

_AUTH = re.compile(r"(?i)(?:\w+_)?auth")
_HEADER = re.compile(r"(?i)(?:proxy-)?authorization|[a-z]\w*-[\w-]+")
"""Of HTTP, as it stands in a pair with its value; but no option, `--password`."""
_TEXTS = (ast.Constant, ast.Name, ast.BinOp)


def named_in(node: ast.AST) -> Iterator[Named]:
    """What is given a name here."""
    match node:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                yield from _bound(target, value)
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            yield from _bound(target, value)
        case ast.NamedExpr(target=target, value=value) | ast.AugAssign(target=target, value=value):
            yield from _bound(target, value)
        case ast.keyword(arg=str(name), value=value):
            yield from _given(name, value)
        case ast.BoolOp(op=ast.Or(), values=[left, *rest]):  # `getenv("TOKEN") or "x"`
            for value in rest:
                yield from _bound(left, value)
        case ast.Tuple(elts=[ast.Constant(value=str(name)), value]):
            is_other = isinstance(value, ast.Constant) and _HEADER.fullmatch(str(value.value))
            if _HEADER.fullmatch(name) and not is_other:
                yield name, value
        case ast.Compare(left=left, comparators=[right]):
            yield from (*_bound(left, right), *_bound(right, left))
        case ast.MatchMapping(keys=keys, patterns=patterns):
            for key, pattern in zip(keys, patterns, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    yield from ((key.value, each) for each in _matched(pattern))
        case ast.MatchClass(kwd_attrs=names, kwd_patterns=patterns):
            for name, pattern in zip(names, patterns, strict=True):
                yield from ((name, each) for each in _matched(pattern))
        case ast.Match(subject=subject, cases=cases):
            for case in cases:
                for each in _matched(case.pattern):
                    yield from _bound(subject, each)
        case ast.Dict(keys=keys, values=values):
            for each_key, value in zip(keys, values, strict=True):
                if isinstance(each_key, ast.Constant) and isinstance(each_key.value, str):
                    yield from _given(each_key.value, value)
        case ast.arguments():
            yield from _defaults(node)
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            if name.strip("_").partition("_")[0] not in _DO:
                yield from ((name, each) for each in _returned(node))


def placed_in(node: ast.AST, parameters: Parameters) -> Iterator[Named]:
    """What a call names by where it stands: `login("me", "x")`, `getenv("TOKEN", "x")`."""
    if not isinstance(node, ast.Call):
        return
    called = last_of(node.func)
    names = parameters.get(whole_of(node.func)) or parameters.get(called) or []
    yield from _by_place(names, node)
    if called == "partial" and node.args:
        names = parameters.get(last_of(node.args[0])) or []
        yield from _by_place(names, ast.Call(node.func, node.args[1:], []))
    if called in _BY_NAME:
        for name_node, value in zip(node.args, node.args[1:], strict=False):
            if isinstance(name_node, ast.Constant) and isinstance(name_node.value, str):
                yield name_node.value, value
    for keyword in node.keywords:
        if keyword.arg == "default":  # `add_argument("--password", default="x")`
            yield from ((name, keyword.value) for name in _texts_of(node.args))


def surely_in(node: ast.AST) -> Iterator[Named]:
    """What is a secret by what is called, however that calls it itself: `SecretStr("x")`."""
    if isinstance(node, ast.Call):
        names = SURE.get(whole_of(node.func)) or SURE.get(last_of(node.func)) or []
        yield from _by_place(names, node)


def _by_place(names: list[str], call: ast.Call) -> Iterator[Named]:
    for name, value in zip(names, call.args, strict=False):
        if isinstance(value, ast.Starred):
            break
        yield name, value


def _bound(target: ast.expr, value: ast.expr) -> Iterator[Named]:
    match target, value:
        case (
            (ast.Tuple(elts=names) | ast.List(elts=names)),
            (ast.Tuple(elts=values) | ast.List(elts=values)),
        ) if len(names) == len(values):
            for name, each in zip(names, values, strict=True):
                yield from _bound(name, each)
        case ((ast.Name(id=name) | ast.Attribute(attr=name)), _):
            yield from _given(name, value)
        case ast.Subscript(slice=ast.Constant(value=str(name))), _:
            yield from _given(name, value)
        case ast.Call(func=func, args=args), _ if last_of(func) in _BY_NAME:
            yield from ((name, value) for name in _texts_of(args))


def _given(name: str, value: ast.expr) -> Iterator[Named]:
    """What has a name; of the pair that is called `auth`, the second is a password."""
    match value:
        case ast.Tuple(elts=[_, password]) if _AUTH.fullmatch(name):
            yield "password", password
        case _:
            yield name, value


def _texts_of(nodes: list[ast.expr]) -> list[str]:
    values = [each.value for each in nodes if isinstance(each, ast.Constant)]
    return [each for each in values if isinstance(each, str)]


def _matched(pattern: ast.pattern) -> Iterator[ast.expr]:
    match pattern:
        case ast.MatchValue(value=value):
            yield value
        case ast.MatchOr(patterns=patterns):
            for each in patterns:
                yield from _matched(each)
        case ast.MatchAs(pattern=ast.pattern() as inner):
            yield from _matched(inner)


def _defaults(node: ast.arguments) -> Iterator[Named]:
    plain = [*node.posonlyargs, *node.args]
    yield from zip(
        (each.arg for each in plain[len(plain) - len(node.defaults) :]),
        node.defaults,
        strict=True,
    )
    for each, default in zip(node.kwonlyargs, node.kw_defaults, strict=True):
        if default is not None:
            yield each.arg, default


def _returned(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.expr]:
    """Texts that it returns; not what functions within it do, and no lists of tokens."""
    waiting: list[ast.AST] = [*function.body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Return) and node.value is not None:
            yield from (each for each in _either(node.value) if isinstance(each, _TEXTS))
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            waiting += ast.iter_child_nodes(node)


def _either(value: ast.expr) -> Iterator[ast.expr]:
    match value:
        case ast.IfExp(body=body, orelse=other):
            yield from (*_either(body), *_either(other))
        case ast.BoolOp(values=values):
            for each in values:
                yield from _either(each)
        case _:
            yield value
