"""Names against `symtable`: Python's own table of scopes, over the standard library's source."""

from __future__ import annotations

import ast
import symtable
import sysconfig
from pathlib import Path

import pytest

from msgflo_lab.script.names import Names
from msgflo_lab.script.noting import LAZY
from msgflo_lab.script.reading import names_of

LIBRARY = Path(sysconfig.get_paths()["stdlib"])
MODULES = [
    "argparse", "ast", "asyncio/tasks", "calendar", "collections/__init__", "contextlib",
    "dataclasses", "enum", "functools", "inspect", "locale", "logging/__init__", "tokenize",
    "typing", "uuid", "weakref",
]  # fmt: skip


def _tables(table: symtable.SymbolTable) -> list[symtable.SymbolTable]:
    return [table, *(each for child in table.get_children() for each in _tables(child))]


def _expected(text: str) -> tuple[set[str], set[str], set[str]]:
    """The global names that a statement reads, binds, and binds in what it defines."""
    module, *nested = _tables(symtable.symtable(text, "<statement>", "exec"))
    reads = {each.get_name() for each in module.get_symbols() if each.is_referenced()}
    binds = {each.get_name() for each in module.get_symbols() if _is_bound(each)}
    later = set()
    for table in nested:
        for each in table.get_symbols():
            name = each.get_name()
            if each.is_global() and each.is_referenced():
                reads.add(name)
            if each.is_declared_global() and _is_bound(each):
                later.add(name)
    return reads, binds, later


def _is_bound(symbol: symtable.Symbol) -> bool:
    return symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace()


def _disagreement(node: ast.stmt, text: str) -> str:
    names: Names = names_of(node, are_annotations_text=False, stars={})
    reads, binds, later = _expected(text)
    found = names.used - names.hints
    wrong = {
        "read, but not found": reads - names.used - names.bound - {"__class__"} - _stored(node),
        # A class reads those that it binds too, before it has; and `del` and `+=` are no reading.
        "found, but not read": found - reads - _bound_in_classes(node) - _stored(node),
        "bound": {*binds} ^ (names.bound | names.unbinds),
        "bound later": later - names.later_binds - names.bound,
    }
    return "; ".join(f"{what}: {sorted(which)}" for what, which in wrong.items() if which)


def _bound_in_classes(node: ast.stmt) -> set[str]:
    text = ast.unparse(node)
    tables = _tables(symtable.symtable(text, "<statement>", "exec"))
    return {
        each.get_name()
        for table in tables
        if table.get_type() == "class"
        for each in table.get_symbols()
        if each.is_local()
    }


def _stored(node: ast.stmt) -> set[str]:
    nodes = [each for each in ast.walk(node) if isinstance(each, ast.Name)]
    return {each.id for each in nodes if not isinstance(each.ctx, ast.Load)}


@pytest.mark.skipif(LAZY, reason="`symtable` has tables of annotations there")
@pytest.mark.parametrize("module", MODULES)
def test_names_are_those_of_symtable(module: str) -> None:
    tree = ast.parse((LIBRARY / f"{module}.py").read_text("utf-8"))
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
            continue
        assert _disagreement(node, ast.unparse(node)) == "", f"line {node.lineno}"
