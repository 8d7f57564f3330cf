"""Reads a top-level statement: which global names it binds, reads now, reads later, and changes.

Pure. `Flow` leads through the tree in the order in which Python runs it, `Noting` takes down the
names; here is what statements, calls and definitions make of them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from .aliasing import CHANGING, CHANGING_FIRST, LOOKING, called_name, is_ambient, owners
from .names import Names
from .noting import Noting
from .references import Ref
from .scopes import Kind, Scope, alias_of, parameters_of, scope_of, targets_of

_READING = frozenset({"copy", "count", "get", "index", "items", "keys", "values"})
"""Methods of lists and dictionaries that only look."""
_Def = ast.FunctionDef | ast.AsyncFunctionDef
_Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


def names_of(
    node: ast.stmt, *, are_annotations_text: bool, stars: Mapping[str, Iterable[str]]
) -> Names:
    """What the names in a top-level statement are to it.

    Args:
        node: The statement; it is not changed.
        are_annotations_text: `from __future__ import annotations` holds for it.
        stars: The names that `from MODULE import *` binds, by module.
    """
    reader = _Reader(are_annotations_text, stars)
    reader.visit(node)
    return reader.finished(node)


class _Reader(Noting):
    def finished(self, node: ast.stmt) -> Names:
        names = self._names
        names.binds = set(self._module.certain)
        if isinstance(node, ast.Delete):
            names.unbinds = {each.id for each in node.targets if isinstance(each, ast.Name)}
        names.may_bind -= names.binds | names.unbinds
        self._noted.finish(names)
        return names

    # What is the same object as what

    def _refs(self, found: Iterable[ast.Name]) -> list[Ref]:
        names = [self.scope.mangled(each.id) for each in found]
        return [(self.scope.home(name), name) for name in names]

    def _change(self, node: ast.AST) -> None:
        for scope, name in self._refs(owners(node, through_calls=True)):
            is_own = self._is_now and scope is self._module and name in scope.certain
            self._noted.change((scope, name), is_now=self._is_now, is_own=is_own)

    def view(self, target: ast.AST, value: ast.AST) -> None:
        refs = self._refs(owners(value))
        bound = {self.scope.mangled(name) for name in targets_of(target)}
        for name in bound:
            if self.scope.binding is self._module and isinstance(value, ast.expr):
                self._noted.make(name, value)
            scope = self.scope if name in self.scope.bound else self.scope.binding
            self._noted.view((scope if name in scope.bound else scope.home(name), name), refs)
        if not bound:
            for ref in self._refs(owners(target, through_calls=True)):
                self._noted.view(ref, refs)

    # Statements

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        for target in node.targets:
            self.view(target, node.value)
            self.visit(target)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self._read(node.target.id, node.target)
        self._change(node.target)
        self.view(node.target, node.value)
        self.visit(node.value)
        self.visit(node.target)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)
        is_evaluated = all(each.kind in (Kind.MODULE, Kind.CLASS) for each in self.scope.around[:1])
        self._annotation(node.annotation, is_evaluated=is_evaluated)
        if node.value is not None:
            self.view(node.target, node.value)
            self.visit(node.target)
        elif not isinstance(node.target, ast.Name):
            self.generic_visit(node.target)

    def visit_Expr(self, node: ast.Expr) -> None:
        call = node.value.value if isinstance(node.value, ast.Await) else node.value
        match call:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=of), attr=name)) if (
                name not in LOOKING and self.scope is self._module and of not in self.scope.certain
            ):
                self._names.told.append((of, name))
                self._held_by(call, call.func)
            case ast.Call(func=ast.Attribute(value=value, attr=name)) if name not in LOOKING:
                self._change(value)
                self._held_by(call, value)
        self.visit(node.value)

    def visit_Return(self, node: ast.Return) -> None:
        if node.value is not None:
            self._noted.give(self.scope.binding, self._refs(owners(node.value)))
            self.visit(node.value)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.bind(alias_of(alias, is_from=False))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            if alias.name != "*":
                self.bind(alias_of(alias, is_from=True))
            else:
                for name in sorted(self._stars.get(node.module or "", ())):
                    self.bind(name)

    # Expressions

    def visit_Attribute(self, node: ast.Attribute | ast.Subscript) -> None:
        # A method that changes its object may be handed over, and called by others.
        if not isinstance(node.ctx, ast.Load) or getattr(node, "attr", "") in CHANGING:
            self._change(node.value)
        if not isinstance(node.ctx, ast.Load):
            place = node.value if isinstance(node, ast.Subscript) else node
            self._names.is_ambient |= self._is_now and is_ambient(place)
        self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        name = node.value.attr if isinstance(node.value, ast.Attribute) else node.value
        is_literal = getattr(name, "id", name) == "Literal"
        with self._annotating(self._is_annotation and not is_literal):
            self.visit_Attribute(node)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        self.view(node.target, node.value)
        self.bind(node.target.id)

    def visit_Call(self, node: ast.Call) -> None:
        name = called_name(node)
        function = node.func
        if isinstance(function, ast.Attribute) and name not in _READING:
            self._names.is_ambient |= self._is_now and is_ambient(function.value)
        if isinstance(function, ast.Attribute) and name in CHANGING:
            self._held_by(node, function.value)
        if name in CHANGING_FIRST and node.args:
            self._change(node.args[0])
            self._held_by(node, node.args[0])
        self._note(node, name)
        names = self._names
        names.is_calling |= self._is_now
        is_method = isinstance(function, ast.Attribute)
        with self._for(names.hands_over if is_method else names.calls_on):
            self.visit(function)
        with self._for(names.hands_over):
            self.block([*node.args, *node.keywords])

    def _held_by(self, call: ast.Call, holder: ast.expr) -> None:
        """What is changed by a call may hold its arguments then."""
        for owner in self._refs(owners(holder, through_calls=True)):
            for each in (*call.args, *(keyword.value for keyword in call.keywords)):
                self._noted.view(owner, self._refs(owners(each)))

    def _note(self, node: ast.Call, name: str) -> None:
        is_method = isinstance(node.func, ast.Attribute)
        if not name or (not is_method and self.scope.home(name) is not self._module):
            return
        given: list[tuple[int | str | None, ast.expr]] = []
        if isinstance(node.func, ast.Attribute):
            given.append((0, node.func.value))
        is_starred = False
        for each in node.args:
            is_starred = is_starred or isinstance(each, ast.Starred)
            given.append((None if is_starred else len(given), each))
        given += [(keyword.arg, keyword.value) for keyword in node.keywords]
        arguments = [(key, tuple(self._refs(owners(each)))) for key, each in given]
        self._noted.call(
            self.scope, node, name, arguments, is_method=is_method, is_now=self._is_now
        )

    def visit_ListComp(self, node: _Comprehension) -> None:
        first, *others = node.generators
        self.visit(first.iter)
        targets = {name for each in node.generators for name in targets_of(each.target)}
        scope = scope_of(Kind.COMPREHENSION, self.scope, (), targets)
        is_later = self._is_later or isinstance(node, ast.GeneratorExp)
        parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        when = self._when(is_now=self._is_now, is_later=is_later)
        with self.perhaps(), self._inside(scope), when:
            self._generator(first)
            for each in others:
                self.visit(each.iter)
                self._generator(each)
            self.block(parts)

    visit_SetComp = visit_DictComp = visit_GeneratorExp = visit_ListComp

    def _generator(self, node: ast.comprehension) -> None:
        refs = self._refs(owners(node.iter))
        for name in targets_of(node.target):
            self._noted.view((self.scope, name), refs)
        if not isinstance(node.target, ast.Name):
            self._parts_of(node.target)
        self.block(node.ifs)

    def _parts_of(self, target: ast.expr) -> None:
        """A target of a comprehension: its names are bound in there, but it may read others."""
        for each in ast.walk(target):
            if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load):
                self._read(each.id, each)

    # Definitions

    def visit_FunctionDef(self, node: _Def) -> None:
        self._decorators(node.decorator_list)
        self._defaults(node.args)
        with self._parameters(node):
            for parameter in parameters_of(node.args):
                self._annotation(parameter.annotation)
            self._annotation(node.returns)
            scope = self._function(node.args, node.body)
            if keys := self._keys(node.name):
                self._noted.define(scope, keys, node.args)
        self.bind(node.name)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self.visit_FunctionDef(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._defaults(node.args)
        self._function(node.args, [node.body])

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._decorators(node.decorator_list)
        with self._parameters(node):
            with self._for(self._names.decorated_by):
                self.block([*node.bases, *node.keywords])
            scope = scope_of(Kind.CLASS, self.scope, node.body, ())
            scope.class_name = node.name
            # Its own private names are mangled already where it binds them.
            scope.bound = {scope.mangled(name) for name in scope.bound}
            with self._inside(scope):
                self.block(node.body)
        self.bind(node.name)

    def visit_TypeAlias(self, node: Any) -> None:
        with self._parameters(node), self._when(is_now=False, is_later=True):
            self.visit(node.value)
        self.bind(node.name.id)

    def _keys(self, name: str) -> tuple[str, ...]:
        """What others call a function by that is defined here; nothing if it is a local one."""
        around = [each for each in self.scope.around if each.kind is not Kind.PARAMETERS]
        if len(around) == 1:
            return (name,)
        if len(around) == 2 and around[0].kind is Kind.CLASS:
            return (f".{name}", around[0].class_name) if name == "__init__" else (f".{name}",)
        return ()

    def _function(self, arguments: ast.arguments, body: list[Any]) -> Scope:
        bound = [each.arg for each in parameters_of(arguments)]
        scope = scope_of(Kind.FUNCTION, self.scope, body, bound)
        with self._inside(scope), self._when(is_now=False, is_later=True):
            self.block(body)
        return scope

    def _decorators(self, decorators: list[ast.expr]) -> None:
        for each in decorators:
            called = each.func if isinstance(each, ast.Call) else each
            if isinstance(called, ast.Attribute) and self._is_now:
                refs = self._refs(owners(called.value))
                self._names.registers |= {name for scope, name in refs if scope is self._module}
            with self._for(self._names.decorated_by):
                self.visit(each)

    def _defaults(self, arguments: ast.arguments) -> None:
        for each in (*arguments.defaults, *arguments.kw_defaults):
            if each is not None:
                self.visit(each)

    @contextmanager
    def _parameters(self, node: Any) -> Iterator[None]:
        """Inside the type parameters of a definition (PEP 695), if it has any."""
        parameters = getattr(node, "type_params", [])
        if not parameters:
            yield
            return
        scope = scope_of(Kind.PARAMETERS, self.scope, (), [each.name for each in parameters])
        with self._inside(scope):
            with self._when(is_now=False, is_later=True):
                for each in parameters:
                    self.generic_visit(each)
            yield
