"""The variables of the environment that code reads, by names that are written there. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from msgflo_lab.standalone import BROKER

_ALWAYS_SET = {BROKER, "HOME", "HOSTNAME", "LANG", "PATH", "PWD", "TMPDIR", "TZ", "USER"}
_ENVIRON, _GETENV = "environ", "getenv"
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


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
    """Those that code reads. What has an empty default, has none that says anything.

    What the code sets itself, before it reads it, nobody else needs to set.

    Args:
        trees: Statements or modules, in the order in which they are run.
    """
    statements = [each for tree in trees for each in _statements(tree)]
    aliases = _aliases(statements)
    found: dict[str, bool] = {}
    own: set[str] = set()
    later: list[ast.AST] = []
    for statement in statements:
        now, within = _parts(statement)
        later += within
        _note(now, aliases, own, found)
        own |= _set_by(statement, aliases)
    _note(later, aliases, own, found)
    return [Variable(name, is_needed) for name, is_needed in found.items()]


def _note(
    nodes: Iterable[ast.AST], aliases: dict[str, str], own: set[str], found: dict[str, bool]
) -> None:
    for node in nodes:
        for name, is_needed in _read(node, aliases):
            if name not in _ALWAYS_SET and name not in own:
                found[name] = found.get(name, False) or is_needed


def _statements(tree: ast.AST) -> list[ast.AST]:
    return [*tree.body] if isinstance(tree, ast.Module) else [tree]


def _parts(statement: ast.AST) -> tuple[list[ast.AST], list[ast.AST]]:
    """What is run with a statement, and what later: the bodies of functions."""
    now: list[ast.AST] = []
    later: list[ast.AST] = []
    waiting = [statement]
    while waiting:
        node = waiting.pop(0)
        now.append(node)
        if isinstance(node, _FUNCTIONS):
            bodies = [node.body] if isinstance(node, ast.Lambda) else node.body
            later += [each for body in bodies for each in ast.walk(body)]
            waiting.append(node.args)
            waiting += getattr(node, "decorator_list", [])
        else:
            waiting += ast.iter_child_nodes(node)
    return now, later


def _set_by(statement: ast.AST, aliases: dict[str, str]) -> set[str]:
    """What `os.environ["NAME"] = ...` sets."""
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    return {
        each.slice.value
        for each in targets
        if isinstance(each, ast.Subscript)
        and _called(each.value, aliases) == _ENVIRON
        and isinstance(each.slice, ast.Constant)
        and isinstance(each.slice.value, str)
    }


def _aliases(statements: Iterable[ast.AST]) -> dict[str, str]:
    return {
        alias.asname: alias.name
        for statement in statements
        for node in ast.walk(statement)
        if isinstance(node, ast.ImportFrom) and node.module == "os"
        for alias in node.names
        if alias.asname is not None
    }


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
