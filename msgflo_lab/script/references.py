"""Whose objects a statement changes, brought home from local names to global ones and parameters.

Pure. `d = table["a"]; d.append(1)` changes what `table` stands for; that `d` is local, and `table`
global or a parameter, shows at the end of the statement only.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from .names import Call, Function, Names
from .scopes import Scope, parameters_of

Ref = tuple[Scope, str]
"""A name and the scope that it belongs to."""


@dataclass(frozen=True, slots=True)
class _Called:
    scope: Scope
    called: str
    is_method: bool
    arguments: tuple[tuple[int | str | None, tuple[Ref, ...]], ...]
    is_now: bool
    node: ast.Call


@dataclass(slots=True)
class References:
    """What was noted of one statement, while it was read."""

    module: Scope
    _changed: list[tuple[Ref, bool]] = field(default_factory=list)
    _views: dict[Ref, set[Ref]] = field(default_factory=dict)
    _calls: list[_Called] = field(default_factory=list)
    _made: list[tuple[str, ast.expr]] = field(default_factory=list)
    _given: list[tuple[Scope, Ref]] = field(default_factory=list)
    _defined: dict[Scope, tuple[tuple[str, ...], ast.arguments]] = field(default_factory=dict)

    def change(self, ref: Ref, *, is_now: bool, is_own: bool) -> None:
        """A name's object is changed; now, or when what is defined here is called.

        Args:
            is_own: The statement itself has bound the name, so it is what is behind it that counts.
        """
        refs = self._views.get(ref, set()) if is_own else {ref}
        self._changed += [(each, is_now) for each in refs]

    def view(self, ref: Ref, of: Iterable[Ref]) -> None:
        """A name may stand for the objects of others, for parts of them, or hold them."""
        self._views.setdefault(ref, set()).update(of)

    def make(self, name: str, value: ast.expr) -> None:
        """A global name becomes what an expression gives."""
        self._made.append((name, value))

    def give(self, scope: Scope, refs: Iterable[Ref]) -> None:
        """A function returns objects of names."""
        self._given += [(scope, ref) for ref in refs]

    def call(
        self,
        scope: Scope,
        node: ast.Call,
        called: str,
        arguments: Iterable[tuple[int | str | None, tuple[Ref, ...]]],
        *,
        is_method: bool,
        is_now: bool,
    ) -> None:
        """Objects are handed over in a call."""
        self._calls.append(_Called(scope, called, is_method, tuple(arguments), is_now, node))

    def define(self, scope: Scope, keys: tuple[str, ...], arguments: ast.arguments) -> None:
        """A function that others may call; `scope` is that of its body."""
        self._defined[scope] = (keys, arguments)

    def finish(self, names: Names) -> None:
        """Bring all of it home."""
        inside: dict[Scope, set[str]] = {scope: set() for scope in self._defined}
        for ref, is_now in self._changed:
            for scope, name in self._behind(ref):
                if scope is self.module:
                    (names.changes if is_now else names.later_changes).add(name)
                elif scope in inside:
                    inside[scope].add(name)
        for (scope, name), of in self._views.items():
            if scope is self.module:
                behind = {ref for each in of for ref in self._behind(each)}
                names.views.setdefault(name, set()).update(_of(self.module, behind))
        for called in self._calls:
            calls = names.calls if called.is_now else names.later_calls
            calls.append(self._call(called, self.module))
        for name, value in self._made:
            calls = [self._call(each, self.module) for each in self._calls if each.node is value]
            names.made.setdefault(name, []).extend(calls)
        for scope, (keys, arguments) in self._defined.items():
            function = self._function(scope, arguments, inside[scope])
            names.functions.update(dict.fromkeys(keys, function))

    def _function(self, scope: Scope, arguments: ast.arguments, changed: set[str]) -> Function:
        given = {ref for at, each in self._given if at is scope for ref in self._behind(each)}
        places = tuple(each.arg for each in (*arguments.posonlyargs, *arguments.args))
        others = tuple(each.arg for each in arguments.kwonlyargs)
        star = arguments.vararg.arg if arguments.vararg is not None else None
        stars = arguments.kwarg.arg if arguments.kwarg is not None else None
        parameters = {each.arg for each in parameters_of(arguments)}
        return Function(
            places=places,
            others=others,
            star=star,
            stars=stars,
            changes=frozenset(parameters & changed),
            calls=tuple(self._calls_of(scope)),
            gives=frozenset(parameters & _of(scope, given)),
            gives_outer=frozenset(_of(self.module, given)),
        )

    def _calls_of(self, scope: Scope) -> Iterator[Call]:
        for called in self._calls:
            if scope in called.scope.around:
                yield self._call(called, scope)

    def _call(self, called: _Called, scope: Scope) -> Call:
        """A call, with those names of its arguments that belong to a scope."""
        arguments = []
        for key, refs in called.arguments:
            behind = {ref for each in refs for ref in self._behind(each)}
            arguments.append((key, frozenset(_of(scope, behind))))
        return Call(called.called, called.is_method, tuple(arguments))

    def _behind(self, ref: Ref) -> set[Ref]:
        """A name, and those whose objects it may stand for."""
        found: set[Ref] = set()
        ahead = [ref]
        while ahead:
            each = ahead.pop()
            if each not in found:
                found.add(each)
                ahead += self._views.get(each, ())
        return found


def _of(scope: Scope, refs: Iterable[Ref]) -> set[str]:
    return {name for home, name in refs if home is scope}
