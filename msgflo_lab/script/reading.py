"""Reads a top-level statement: which global names it binds, reads now, reads later, and changes.

Pure. `Flow` leads through the tree in the order in which Python runs it, `Noting` takes down the
names; here is what statements, calls and definitions make of them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from .aliasing import CHANGING, LOOKING, held_calls, last_name
from .handing import Handing
from .known import NOTHING, Known, shared_by
from .names import Argument, Call, Names
from .scopes import Kind, Scope, alias_of, defaults_of, parameters_of, scope_of, targets_of

_MAKERS = ("__init__", "__post_init__")
"""Methods that are called by the name of their class, too."""
_OF_MAKER = 2
"""Names that they are called by."""
_Def = ast.FunctionDef | ast.AsyncFunctionDef
_Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


def names_of(
    node: ast.stmt,
    *,
    are_annotations_text: bool,
    stars: Mapping[str, Iterable[str]],
    known: Known = NOTHING,
) -> Names:
    """What the names in a top-level statement are to it.

    Args:
        node: The statement; it is not changed.
        are_annotations_text: `from __future__ import annotations` holds for it.
        stars: The names that `from MODULE import *` binds, by module.
        known: What is known of names from all statements.
    """
    reader = _Reader(are_annotations_text, stars, known)
    reader.visit(node)
    return reader.finished(node)


class _Reader(Handing):
    def finished(self, node: ast.stmt) -> Names:
        names = self._names
        names.binds = set(self._module.certain)
        if isinstance(node, ast.Delete):
            names.unbinds = {each.id for each in node.targets if isinstance(each, ast.Name)}
        names.may_bind -= names.binds | names.unbinds
        self._noted.finish(names)
        return names

    # Statements

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        for target in node.targets:
            if isinstance(target, ast.Tuple | ast.List):
                self._take(node.value)
            if isinstance(target, ast.Attribute | ast.Subscript):
                self._changes_class(target.value)
            self.view(target, node.value)
            self.visit(target)
            self._names_function(target, node.value)

    def _names_function(self, target: ast.expr, value: ast.expr) -> None:
        """What is called by a name, or as a method, may be a function that has another."""
        keys: tuple[str, ...] = ()
        is_bound = False
        match target:
            case ast.Name(id=name):
                keys = self._keys(name)
            case ast.Attribute(value=of, attr=name):
                keys = (f".{name}",)
                is_bound = not last_name(of)[:1].isupper()
        if isinstance(value, ast.Lambda):
            scope = self._lambdas[value]
            self._noted.define(scope, keys, value.args, is_bound=is_bound)
        elif isinstance(value, ast.Name) and self.scope.home(value.id) is self._module:
            self._names.renames.update(dict.fromkeys(keys, value.id))

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self._read(node.target.id, node.target)
        else:
            self._changes_class(node.target.value)
        self._change(node.target)
        for ref in self._refs(node.target)[0]:
            same, held = self._refs(node.value)
            self._noted.view(ref, (), [*same, *held])
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
        self._alone, before = call, self._alone
        match call:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=of), attr=name)) if (
                name not in LOOKING and self.scope is self._module and of not in self.scope.certain
            ):
                if name not in CHANGING:  # which is seen wherever it stands
                    self._names.told.append((of, name))
                self._held_by(call, call.func)
            case ast.Call(func=ast.Attribute(value=value, attr=name)) if (
                name not in LOOKING and not self._origins_of(call.func)
            ):
                if not (isinstance(value, ast.Call) and name in self._known.methods):
                    self._change(value, is_deep=name not in CHANGING)  # nobody knows how deep
                self._held_by(call, value)
        self.visit(node.value)
        self._alone = before

    def visit_Return(self, node: ast.Return) -> None:
        if node.value is not None:
            self._give(self.scope.binding, node.value)
            self.visit(node.value)

    def visit_Yield(self, node: ast.Yield) -> None:
        if node.value is not None:
            self._give(self.scope.binding, node.value)
            self.visit(node.value)

    def _give(self, scope: Scope, value: ast.expr) -> None:
        same, held = self._refs(value)
        self._noted.give(scope, [*same, *held], held_calls(value))

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

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        self.view(node.target, node.value)
        self.bind(node.target.id)

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
        self._take(node.iter)
        same, held = self._refs(node.iter)
        for name in targets_of(node.target):
            self._noted.view((self.scope, name), [*same, *held])
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
            if len(keys) == _OF_MAKER and (places := [*node.args.posonlyargs, *node.args.args]):
                self._noted.give(scope, [(scope, places[0].arg)])  # whatever has become of it
        ref = (self.scope.home(node.name), node.name)
        for each in (*node.args.defaults, *node.args.kw_defaults):
            if each is not None:
                self._noted.view(ref, *self._refs(each))
        self.bind(node.name)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self.visit_FunctionDef(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._defaults(node.args)
        scope = self._lambdas[node] = self._function(node.args, [node.body], is_unnamed=True)
        with self._inside(scope):
            self._give(scope, node.body)

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
            if self._known.is_listing:
                for base in node.bases:
                    self._change(base)  # which lists it from now on
        self.bind(node.name)
        if self._is_now:
            shared = self._known.shared.intersection(shared_by(node))
            self._names.may_bind |= {f".{name}" for name in shared}

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
            return (f".{name}", around[0].class_name) if name in _MAKERS else (f".{name}",)
        return ()

    def _function(
        self, arguments: ast.arguments, body: list[Any], *, is_unnamed: bool = False
    ) -> Scope:
        bound = [each.arg for each in parameters_of(arguments)]
        scope = scope_of(Kind.FUNCTION, self.scope, body, bound)
        with self._inside(scope), self._when(is_now=False, is_later=True):
            self.block(body)
        self._noted.keep(scope, defaults_of(arguments), is_unnamed=is_unnamed)
        return scope

    def _decorators(self, decorators: list[ast.expr]) -> None:
        for each in decorators:
            called = each.func if isinstance(each, ast.Call) else each
            if isinstance(called, ast.Attribute) and self._is_now:
                refs = self._refs(called.value)[0]
                names = frozenset(name for scope, name in refs if scope is self._module)
                self._names.registers |= names
                if called is each:
                    of = Argument(0, names, frozenset())
                    self._names.decorators.append(Call(called.attr, True, (of,)))
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
