"""Scopes of Python: which names a block binds, and where a name that is read in it lives.

Pure. As "The Python Language Reference", 4.2 "Naming and binding", has it; the tests hold it
against `symtable`, which knows the same of a whole text but not of a tree's nodes.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Kind(Enum):
    """What a scope belongs to."""

    MODULE = "module"
    CLASS = "class"
    FUNCTION = "function"
    COMPREHENSION = "comprehension"
    """Of one, or of a generator expression; `:=` binds outside it."""
    PARAMETERS = "parameters"
    """Of type parameters: `def f[T]`."""


@dataclass(eq=False, slots=True)
class Scope:
    """One scope while it is being read.

    Attributes:
        bound: Names that belong to it.
        outer: Names that it says are `global`.
        nonlocals: Names that it says are `nonlocal`.
        certain: Of a module or class: what has been bound so far on every way that leads here.
        class_name: Of the innermost class around it, for names like `__x`.
    """

    kind: Kind
    parent: Scope | None = None
    bound: set[str] = field(default_factory=set)
    outer: set[str] = field(default_factory=set)
    nonlocals: set[str] = field(default_factory=set)
    certain: set[str] = field(default_factory=set)
    class_name: str = ""

    @property
    def around(self) -> tuple[Scope, ...]:
        """This one and all that it lies in, outwards."""
        found = [self]
        while found[-1].parent is not None:
            found.append(found[-1].parent)
        return tuple(found)

    @property
    def module(self) -> Scope:
        """The outermost."""
        return self.around[-1]

    @property
    def function(self) -> Scope:
        """The innermost function around it, or itself; the outermost scope if there is none."""
        return next((each for each in self.around if each.kind is Kind.FUNCTION), self.module)

    @property
    def binding(self) -> Scope:
        """Where `:=` binds that stands here."""
        scope = self
        while scope.kind is Kind.COMPREHENSION and scope.parent is not None:
            scope = scope.parent
        return scope

    def home(self, name: str) -> Scope:
        """The scope that a name belongs to which is read here; the module for a global one."""
        if name in self.outer:
            return self.module
        if name in self.bound:
            if self.kind is Kind.CLASS and name not in self.certain:
                return self.module  # looked up in the class, and then in the globals
            return self
        scope = self.parent
        while scope is not None and scope.parent is not None:
            if name in scope.outer:
                break
            if name in scope.bound and scope.kind is not Kind.CLASS:
                return scope
            scope = scope.parent
        return self.module

    def mangled(self, name: str) -> str:
        """A name as it is known to Python: private ones of a class carry its name."""
        of_class = self.class_name.lstrip("_")
        if not of_class or not name.startswith("__") or name.endswith("__"):
            return name
        return f"_{of_class}{name}"


def scope_of(kind: Kind, parent: Scope, body: Iterable[ast.AST], bound: Iterable[str]) -> Scope:
    """The scope of a block.

    Args:
        parent: The scope around it.
        body: What stands in it.
        bound: What it binds beside that: parameters, targets of a comprehension.
    """
    scope = Scope(kind, parent, class_name=parent.class_name)
    names = _Bound()
    for node in body:
        names.visit(node)
    scope.outer = {scope.mangled(name) for name in names.outer}
    scope.nonlocals = {scope.mangled(name) for name in names.nonlocals}
    every = {scope.mangled(name) for name in (*names.bound, *bound)}
    scope.bound = every - scope.outer - scope.nonlocals
    return scope


def parameters_of(arguments: ast.arguments) -> list[ast.arg]:
    """Every parameter."""
    stars = [each for each in (arguments.vararg, arguments.kwarg) if each is not None]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *stars]


def defaults_of(arguments: ast.arguments) -> set[str]:
    """The parameters with a value of their own which can be changed: no number, no text."""
    places = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
    places = places[len(places) - len(arguments.defaults) :]
    others = [each.arg for each in arguments.kwonlyargs]
    pairs = [
        *zip(places, arguments.defaults, strict=True),
        *zip(others, arguments.kw_defaults, strict=True),
    ]
    return {name for name, value in pairs if not isinstance(value, ast.Constant | None)}


def targets_of(node: ast.AST) -> set[str]:
    """The names that a target binds."""
    return {
        each.id
        for each in ast.walk(node)
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
    }


def alias_of(alias: ast.alias, *, is_from: bool) -> str:
    """The name that an import binds: `import a.b` binds `a`."""
    return alias.asname or (alias.name if is_from else alias.name.partition(".")[0])


class _Bound(ast.NodeVisitor):
    """The names that a block binds itself; what is nested in it has its own."""

    def __init__(self) -> None:
        self.bound: set[str] = set()
        self.outer: set[str] = set()
        self.nonlocals: set[str] = set()
        self._nested = 0  # comprehensions around the place that is looked at

    def visit_Name(self, node: ast.Name) -> None:
        if not isinstance(node.ctx, ast.Load) and not self._nested:
            self.bound.add(node.id)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.bound.add(node.target.id)
        self.visit(node.value)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._defined(node.name, node)
        self._arguments(node.args)
        if not getattr(node, "type_params", []):
            for each in (*parameters_of(node.args), node):
                self._maybe(each.returns if isinstance(each, ast.stmt) else each.annotation)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self.visit_FunctionDef(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._defined(node.name, node)
        if not getattr(node, "type_params", []):
            for each in (*node.bases, *node.keywords):
                self.visit(each)

    def visit_TypeAlias(self, node: Any) -> None:
        self.bound.add(node.name.id)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._arguments(node.args)

    def visit_ListComp(self, node: ast.AST) -> None:
        self._nested += 1
        self.generic_visit(node)
        self._nested -= 1

    visit_SetComp = visit_DictComp = visit_GeneratorExp = visit_ListComp

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        is_from = isinstance(node, ast.ImportFrom)
        self.bound |= {alias_of(each, is_from=is_from) for each in node.names}

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self.visit_Import(node)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        self._name(node.name)
        self.generic_visit(node)

    def visit_MatchAs(self, node: ast.MatchAs | ast.MatchStar) -> None:
        self._name(node.name)
        self.generic_visit(node)

    def visit_MatchStar(self, node: ast.MatchStar) -> None:
        self._name(node.name)

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        self._name(node.rest)
        self.generic_visit(node)

    def visit_Global(self, node: ast.Global) -> None:
        self.outer |= set(node.names)

    def visit_Nonlocal(self, node: ast.Nonlocal) -> None:
        self.nonlocals |= set(node.names)

    def _defined(self, name: str, node: Any) -> None:
        self.bound.add(name)
        for each in node.decorator_list:
            self.visit(each)

    def _arguments(self, arguments: ast.arguments) -> None:
        for each in (*arguments.defaults, *arguments.kw_defaults):
            self._maybe(each)

    def _maybe(self, node: ast.AST | None) -> None:
        if node is not None:
            self.visit(node)

    def _name(self, name: str | None) -> None:
        if name is not None:
            self.bound.add(name)
