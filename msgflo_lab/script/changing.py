"""Whose objects an expression gives, and which it changes: by attributes, items and iteration.

Pure. Upon `Noting`, which takes down names.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import takewhile

from .aliasing import (
    ADDING,
    CALL,
    CHANGING,
    LOOKING,
    SHOWING,
    Owner,
    called_name,
    dotted,
    is_namespace,
    is_wrapper,
    last_name,
    owners,
)
from .known import patched
from .memory import gives_memory, memory_of
from .names import ANY
from .noting import Noting
from .references import Ref
from .scopes import targets_of
from .texts import reads_names

_TEXTS = frozenset({"os.environ."})
"""Memories of nothing but texts: what has copied them, as `{**os.environ}` does, changes none."""


class Changing(Noting):
    """Notes whose objects are changed, by the expressions that it is led to."""

    _keyed: ast.AST | None = None  # `globals()` of which one name is meant
    _bases: frozenset[ast.AST] = frozenset()  # what is only called, or taken a part of

    # What is the same object as what

    def _refs(self, node: ast.AST, *, through_calls: bool = False) -> tuple[list[Ref], list[Ref]]:
        """The names whose objects it may give; and those of which it holds parts."""
        same: list[Ref] = []
        held: list[Ref] = []
        for owner in owners(node, through_calls=through_calls):
            (held if owner.is_shared else same).extend(self._refs_of(owner))
        inner = node
        while isinstance(inner, ast.Attribute | ast.Subscript):
            if isinstance(inner, ast.Attribute) and inner.attr in self._known.shared:
                same.append((self._module, f".{inner.attr}"))
            inner = inner.value
        if isinstance(inner, ast.Call):
            for each in self._streams_in(inner):
                same += self._refs(each)[0]
            # log = getLogger("a")
            origins = self._origins_of(inner.func)
            same += [(self._module, memory_of(each)) for each in origins if gives_memory(each)]
        return same, held

    def _streams_in(self, call: ast.Call) -> Iterator[ast.expr]:
        """The buffers that a call is given."""
        for each in (*call.args, *(keyword.value for keyword in call.keywords)):
            if last_name(each) in self._known.streams and called_name(call) not in SHOWING:
                yield each

    def _refs_of(self, owner: Owner) -> list[Ref]:
        name = self.scope.mangled(owner.name)
        found = [(self.scope.home(name), name)]
        found += [(self._module, f".{each}") for each in owner.path if each in self._known.shared]
        path = list(takewhile(str.isidentifier, owner.path))
        is_called = owner.path[len(path) : len(path) + 1] == (CALL,)
        for origin in self._origins(name):
            whole = ".".join((origin, *path))
            memory = memory_of(whole)
            is_copy = owner.is_shared and memory in _TEXTS
            if not is_copy and (not is_called or gives_memory(whole)):
                found.append((self._module, memory))
        of_class = {"cls", "type", "__class__"} & {name, *owner.path}
        if of_class and self.scope.class_name:  # `type(self).n += 1`
            found.append((self._module, self.scope.class_name))
        return found

    def _origins_of(self, node: ast.AST) -> list[str]:
        """The modules, or what is in them, that `a.b.c` may stand for."""
        names = dotted(node)
        origins = sorted(self._origins(self.scope.mangled(names[0]))) if names else []
        return [".".join((origin, *names[1:])) for origin in origins]

    def _patched(self, node: ast.expr) -> list[Ref]:
        """What modules remember of which a call makes a patch, or starts it."""
        match node:
            case ast.Call(func=ast.Attribute(value=value, attr="start"), args=[]):
                node = value
        place = patched(node, self._origins)
        if isinstance(place, str):
            return [(self._module, memory_of(place))]
        if place is None:
            return []
        memories = [(self._module, memory_of(each)) for each in self._origins_of(place)]
        return [*memories, *self._refs(place)[0]]

    def _change(self, node: ast.AST, *, is_deep: bool = False) -> None:
        """What an expression gives is changed; or, if deep, perhaps a part of it."""
        for owner in owners(node, through_calls=True):
            if not owner.is_shared:
                for ref in self._refs_of(owner):
                    self._change_ref(ref, is_deep=is_deep or bool(owner.path))
        while not isinstance(node, ast.Call) and hasattr(node, "value"):
            node = node.value
        if isinstance(node, ast.Call):
            self._noted.change_result(node)
            for ref in self._refs(node)[1] if is_wrapper(node) else ():
                self._change_ref(ref)

    def _is_changing(self, method: ast.Attribute) -> bool:
        """Whether a method changes its object, also where somebody takes what it returns."""
        name = method.attr
        if last_name(method.value) in self._known.streams:
            return name == "get" or name not in LOOKING  # of a queue, not of a table
        if name in CHANGING or not ADDING.match(name):
            return name in CHANGING
        return name not in self._known.methods and not self._origins_of(method)

    def _change_ref(self, ref: Ref, *, is_deep: bool = False) -> None:
        scope, name = ref
        is_own = self._is_now and scope is self._module and name in scope.certain
        self._noted.change(ref, self.scope, is_now=self._is_now, is_deep=is_deep, is_own=is_own)

    def view(self, target: ast.AST, value: ast.AST) -> None:
        several = (ast.Tuple, ast.List)
        if isinstance(target, several) and isinstance(value, several):
            parts = [*target.elts, *value.elts]
            is_paired = len(target.elts) == len(value.elts)
            if is_paired and not any(isinstance(each, ast.Starred) for each in parts):
                for one, other in zip(target.elts, value.elts, strict=True):
                    self.view(one, other)
                return
        self._view(target, value, is_part=isinstance(target, ast.Tuple | ast.List))

    def _view(self, target: ast.AST, value: ast.AST, *, is_part: bool) -> None:
        """A target becomes a value; or a part of it, then also of what that holds."""
        same, held = self._refs(value)
        if is_part:
            same, held = [*same, *held], []
        bound = {self.scope.mangled(name) for name in targets_of(target)}
        for name in bound:
            if self.scope.binding is self._module and isinstance(value, ast.expr):
                self._noted.make(name, value)
            scope = self.scope if name in self.scope.bound else self.scope.binding
            ref = (scope if name in scope.bound else scope.home(name), name)
            self._noted.view(ref, same, held)
            if isinstance(value, ast.Call) and not is_part:
                self._noted.view(ref, (), self._patched(value))
        for each in ast.walk(target):
            if isinstance(each, ast.Attribute | ast.Subscript) and isinstance(each.ctx, ast.Store):
                for ref in self._refs(each, through_calls=True)[0]:
                    self._noted.view(ref, (), [*same, *held])

    def _held_by(self, call: ast.Call, holder: ast.expr) -> None:
        """What is changed by a call may hold its arguments then."""
        holders = self._refs(holder, through_calls=True)[0]
        if isinstance(holder, ast.Call) and is_wrapper(holder) and self._origins_of(holder.func):
            holders = self._refs(holder)[1]  # csv.writer(file).writerow(row)
        for owner in holders:
            for each in (*call.args, *(keyword.value for keyword in call.keywords)):
                same, held = self._refs(each)
                self._noted.view(owner, (), [*same, *held])

    # Iterators

    def _take(self, node: ast.AST) -> None:
        """Something is taken of it, one after another: an iterator is changed by that."""
        if last_name(node) in self._known.drained:
            self._change(node)

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self._take(node.iter)
        self._view(node.target, node.iter, is_part=True)
        super().visit_For(node)

    def visit_Match(self, node: ast.Match) -> None:
        same, held = self._refs(node.subject)
        for each in (part for case in node.cases for part in ast.walk(case.pattern)):
            name = getattr(each, "name", None) or getattr(each, "rest", None)
            if isinstance(name, str):
                ref = (self.scope.home(name), name)
                self._noted.view(ref, [*same, *held])
        super().visit_Match(node)

    def visit_Starred(self, node: ast.Starred) -> None:
        self._take(node.value)
        self.generic_visit(node)

    def visit_YieldFrom(self, node: ast.YieldFrom) -> None:
        self._take(node.value)
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        for operator, each in zip(node.ops, node.comparators, strict=True):
            if isinstance(operator, ast.In | ast.NotIn):
                self._take(each)
        super().visit_Compare(node)

    # Attributes and items

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load) and node not in self._bases:
            self._handed_around(node)
        self._touch(node)
        super().visit_Name(node)

    def _touch(self, node: ast.Name | ast.Attribute) -> None:
        """An object is there for something, which may be an operator of its own."""
        if isinstance(node.ctx, ast.Load) and last_name(node) in self._known.touchy:
            self._change(node)
            if self._is_now:  # and its class is run
                self._names.is_calling = True
                self._names.calls_on |= {each.name for each in owners(node)}

    def visit_Attribute(self, node: ast.Attribute | ast.Subscript) -> None:
        is_read = isinstance(node.ctx, ast.Load)
        # A method that changes its object may be handed over, and called by others.
        if not is_read or (isinstance(node, ast.Attribute) and self._is_changing(node)):
            self._change(node.value)
        if not is_read and isinstance(node, ast.Attribute):
            self._names.patches.update(self._origins_of(node))
        if isinstance(node, ast.Attribute):
            self._touch(node)
            if isinstance(node.value, ast.Name):
                self._touch(node.value)
        names = dotted(node)
        if names:
            if is_read and node not in self._bases:
                self._handed_around(node)
            self._read(names[0], node, names[1:])
        else:
            with self._base(node.value):
                self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self._reads_by_text(node)
        if is_namespace(node.value):
            if isinstance(node.slice, ast.Constant) or not isinstance(node.ctx, ast.Load):
                self._keyed = node.value
            self._by_text(node.slice, node)
        is_read = isinstance(node.ctx, ast.Load)
        if is_read and last_name(node.value) in self._known.filling:
            self._change(node.value)
        is_literal = last_name(node.value) == "Literal"
        with self._annotating(self._is_annotation and not is_literal):
            self.visit_Attribute(node)

    def _by_text(self, key: ast.expr | None, node: ast.Subscript | ast.Call) -> None:
        """A global name is read or bound by its text."""
        name = str(key.value) if isinstance(key, ast.Constant) else ANY
        if isinstance(getattr(node, "ctx", None), ast.Load):
            if name != ANY:
                self._note_read(name, node)
        elif self._is_now and self.scope.binding is self._module:
            self.bind(name)
        elif self._is_now:
            self._names.may_bind.add(name)
        else:
            self._names.later_binds.add(name)

    def _reads_by_text(self, node: ast.Call | ast.Subscript) -> None:
        """Names may be read by their text."""
        is_top = self.scope.binding is self._module and is_namespace(node)
        if node is not self._keyed and (is_top or reads_names(node)):
            self._names.by_text |= self._is_now
            self._names.later_by_text |= self._is_later

    def _handed_around(self, node: ast.AST) -> None:
        """What is in a module is somewhere else now, and works there on what the module has."""
        for origin in self._origins_of(node):
            before, self._is_later = self._is_later, True
            self._note_read(memory_of(origin), node)
            self._is_later = before

    @contextmanager
    def _base(self, node: ast.AST) -> Iterator[None]:
        """While this is visited, it is what a part is taken of."""
        before, self._bases = self._bases, self._bases | {node}
        try:
            yield
        finally:
            self._bases = before
