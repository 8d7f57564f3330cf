"""The variables of the environment that code reads, by names that are written there. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from msgflo_lab.standalone import BROKER

_ALWAYS_SET = {BROKER, "HOME", "HOSTNAME", "LANG", "PATH", "PWD", "TMPDIR", "TZ", "USER"}
_ENVIRON, _GETENV = "environ", "getenv"


@dataclass(frozen=True, slots=True)
class Variable:
    """One that is read.

    Attributes:
        name: Its name.
        is_needed: It has to be set; else whoever reads it has a default.
    """

    name: str
    is_needed: bool


def variables_of(trees: Iterable[ast.AST]) -> list[Variable]:
    """Those that code reads. What has an empty default, has none that says anything."""
    nodes = [node for tree in trees for node in ast.walk(tree)]
    aliases = {
        alias.asname: alias.name
        for node in nodes
        if isinstance(node, ast.ImportFrom) and node.module == "os"
        for alias in node.names
        if alias.asname is not None
    }
    found: dict[str, bool] = {}
    for node in nodes:
        for name, is_needed in _read(node, aliases):
            if name not in _ALWAYS_SET:
                found[name] = found.get(name, False) or is_needed
    return [Variable(name, is_needed) for name, is_needed in found.items()]


def _read(node: ast.AST, aliases: dict[str, str]) -> Iterator[tuple[str, bool]]:
    match node:
        case ast.Subscript(value=value, slice=ast.Constant(value=str(name)), ctx=ast.Load()):
            if _called(value, aliases) == _ENVIRON:
                yield name, True
        case ast.Compare(left=ast.Constant(value=str(name)), comparators=[where]):
            if _called(where, aliases) == _ENVIRON:
                yield name, False
        case ast.Call(func=func, args=[ast.Constant(value=str(name)), *rest]):
            is_reading = _called(func, aliases) == _GETENV or (
                isinstance(func, ast.Attribute)
                and func.attr in ("get", "pop", "setdefault")
                and _called(func.value, aliases) == _ENVIRON
            )
            if is_reading:
                default = rest[0] if rest else ast.Constant(None)
                yield name, isinstance(default, ast.Constant) and not default.value


def _called(node: ast.expr, aliases: dict[str, str]) -> str:
    """The last part of a name, as the module `os` calls it."""
    match node:
        case ast.Attribute(attr=name):
            return name
        case ast.Name(id=name):
            return aliases.get(name, name)
    return ""
