"""Whose objects a statement changes, brought home from local names to global ones and parameters.

Pure. `d = table["a"]; d.append(1)` changes what `table` stands for; that `d` is local, and `table`
global or a parameter, shows at the end of the statement only.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile

from .aliasing import held_calls
from .names import Argument, Call, Function, Names
from .scopes import Kind, Scope, parameters_of

Ref = tuple[Scope, str]
"""A name and the scope that it belongs to."""
Given = tuple[int | str | None, Sequence[Ref], Sequence[Ref]]
"""An argument: its key, whose objects it may be, and those of which it holds parts."""


@dataclass(frozen=True, slots=True)
class _Change:
    ref: Ref
    at: Scope
    is_now: bool
    is_deep: bool


@dataclass(frozen=True, slots=True)
class _Called:
    scope: Scope
    called: str
    is_method: bool
    arguments: tuple[Given, ...]
    is_now: bool
    node: ast.Call


@dataclass(slots=True)
class References:
    """What was noted of one statement, while it was read."""

    module: Scope
    _changed: list[_Change] = field(default_factory=list)
    _bound: set[tuple[Scope, Scope]] = field(default_factory=set)
    _own: set[str] = field(default_factory=set)
    _views: dict[Ref, set[Ref]] = field(default_factory=dict)
    _shares: dict[Ref, set[Ref]] = field(default_factory=dict)
    _calls: list[_Called] = field(default_factory=list)
    _results: set[ast.Call] = field(default_factory=set)
    _returned: set[ast.Call] = field(default_factory=set)
    _reached: set[tuple[Scope, str, Scope]] = field(default_factory=set)
    _made: list[tuple[str, ast.expr]] = field(default_factory=list)
    _kept: dict[Scope, frozenset[str]] = field(default_factory=dict)
    _unnamed: list[Scope] = field(default_factory=list)
    _given: list[tuple[Scope, Ref]] = field(default_factory=list)
    _defined: dict[Scope, tuple[tuple[str, ...], ast.arguments, bool]] = field(default_factory=dict)

    def change(
        self, ref: Ref, at: Scope, *, is_now: bool, is_deep: bool, is_own: bool = False
    ) -> None:
        """A name's object is changed; now, or when what is defined here is called.

        Args:
            at: The scope in which this is done.
            is_deep: It is a part of the object.
            is_own: The statement itself has bound the name, so it is what is behind it that counts.
        """
        if not is_own:
            self._changed.append(_Change(ref, at, is_now, is_deep))
            return
        self._own.add(ref[1])
        self._changed += [_Change(each, at, is_now, True) for each in self._views.get(ref, ())]
        if is_deep:
            self._changed += [_Change(each, at, is_now, True) for each in self._shares.get(ref, ())]

    def bind_outer(self, home: Scope, at: Scope) -> None:
        """A function binds a name of one around it (`nonlocal`), which so remembers it.

        Args:
            home: The scope that the name belongs to.
            at: The one in which it is bound.
        """
        self._bound.add((home, at))

    def change_result(self, call: ast.Call) -> None:
        """What a call gives is changed, or a part of it."""
        self._results.add(call)

    def view(self, ref: Ref, of: Iterable[Ref], shared: Iterable[Ref] = ()) -> None:
        """A name may stand for the objects of others or for parts of them; or it holds some."""
        self._views.setdefault(ref, set()).update(of)
        self._shares.setdefault(ref, set()).update(shared)

    def make(self, name: str, value: ast.expr) -> None:
        """A global name becomes what an expression gives."""
        self._made.append((name, value))

    def give(self, scope: Scope, refs: Iterable[Ref], calls: Iterable[ast.Call] = ()) -> None:
        """A function returns objects of names, and of calls."""
        self._given += [(scope, ref) for ref in refs]
        self._returned.update(calls)

    def call(
        self,
        scope: Scope,
        node: ast.Call,
        called: str,
        arguments: Iterable[Given],
        *,
        is_method: bool,
        is_now: bool,
    ) -> None:
        """Objects are handed over in a call."""
        self._calls.append(_Called(scope, called, is_method, tuple(arguments), is_now, node))

    def keep(self, scope: Scope, defaults: Iterable[str], *, is_unnamed: bool) -> None:
        """A function keeps its default values between calls.

        Args:
            scope: That of its body.
            defaults: The parameters that have some which can be changed.
        """
        self._kept[scope] = frozenset(defaults)
        if is_unnamed:
            self._unnamed.append(scope)

    def define(
        self,
        scope: Scope,
        keys: tuple[str, ...],
        arguments: ast.arguments,
        *,
        is_bound: bool = False,
    ) -> None:
        """A function that others may call.

        Args:
            scope: That of its body.
            is_bound: It is called as a method, and does not get the object.
        """
        self._defined[scope] = (keys, arguments, is_bound)

    def finish(self, names: Names) -> None:
        """Bring all of it home."""
        inside: dict[Scope, list[_Change]] = {scope: [] for scope in self._defined}
        for change in self._changed:
            for home, name, is_deep in self._behind(change.ref, is_deep=change.is_deep):
                self._reached.add((home, name, change.at))
                if home is self.module:
                    (names.changes if change.is_now else names.later_changes).add(name)
                    if is_deep:
                        names.deep.add(name)
                elif home in inside:
                    inside[home].append(_Change((home, name), change.at, change.is_now, is_deep))
        names.own |= self._own
        for found, edges in ((names.views, self._views), (names.shares, self._shares)):
            for (scope, name), of in edges.items():
                if scope is self.module and of:
                    found.setdefault(name, set()).update(self._home(self.module, of))
        for called in self._calls:
            calls = names.calls if called.is_now else names.later_calls
            calls.append(self._call(called, self.module))
            if called.node in self._results:
                results = names.results if called.is_now else names.later_results
                results.append(self._call(called, self.module))
        for name, value in self._made:
            within = set(held_calls(value))
            for each in self._calls:
                if each.node in within:
                    call = self._call(each, self.module)
                    names.holds.setdefault(name, []).append(call)
                    if each.node is value:
                        names.made.setdefault(name, []).append(call)
        names.remembers = any(
            self._remembers(scope) or self._keeps(scope)
            for scope in self._unnamed
            if all(each.kind is not Kind.FUNCTION for each in scope.around[1:])
        )
        for scope, (keys, arguments, is_bound) in self._defined.items():
            function = self._function(scope, arguments, inside[scope])
            if is_bound:
                function = replace(function, places=("", *function.places))
            names.functions.update(dict.fromkeys(keys, function))

    def _function(
        self, scope: Scope, arguments: ast.arguments, changed: Sequence[_Change]
    ) -> Function:
        given = [ref for at, ref in self._given if at is scope]
        places = tuple(each.arg for each in (*arguments.posonlyargs, *arguments.args))
        others = tuple(each.arg for each in arguments.kwonlyargs)
        parameters = {each.arg for each in parameters_of(arguments)}
        return Function(
            places=places,
            others=others,
            star=arguments.vararg.arg if arguments.vararg is not None else None,
            stars=arguments.kwarg.arg if arguments.kwarg is not None else None,
            defaults=self._kept.get(scope, frozenset()),
            changes=frozenset(parameters & {each.ref[1] for each in changed}),
            deep=frozenset(parameters & {each.ref[1] for each in changed if each.is_deep}),
            remembers=self._remembers(scope),
            calls=tuple(self._call(each, scope) for each in self._calls_in(scope)),
            inner=tuple(
                self._call(each, scope)
                for each in self._calls_in(scope)
                if each.scope.function is not scope
            ),
            results=tuple(
                self._call(each, scope)
                for each in self._calls_in(scope)
                if each.node in self._results
            ),
            returns=tuple(
                self._call(each, scope)
                for each in self._calls_in(scope)
                if each.node in self._returned
            ),
            gives=frozenset(parameters & self._home(scope, given)),
            gives_outer=frozenset(self._home(self.module, given)),
        )

    def _remembers(self, scope: Scope) -> int:
        """Whether a function in a function changes or binds what belongs to the outer one.

        Or what it keeps between calls itself: a default value. Returns how deep inside that is.
        """
        changed = {(home, at) for home, _, at in self._reached} | self._bound
        inside = [
            at
            for home, at in changed
            if home.kind is Kind.FUNCTION and scope in home.around and home is not at.function
        ]
        inside += [
            inner
            for inner in self._kept
            if scope in inner.around and inner is not scope and self._keeps(inner)
        ]
        return max((_depth(each, scope) for each in inside), default=0)

    def _keeps(self, scope: Scope) -> bool:
        """Whether a function changes its own default values."""
        kept = self._kept[scope]
        return any(home is scope and name in kept for home, name, _ in self._reached)

    def _calls_in(self, scope: Scope) -> Iterator[_Called]:
        return (each for each in self._calls if scope in each.scope.around)

    def _call(self, called: _Called, scope: Scope) -> Call:
        """A call, with those names of its arguments that belong to a scope."""
        arguments = tuple(
            Argument(key, frozenset(self._home(scope, refs)), frozenset(self._home(scope, shared)))
            for key, refs, shared in called.arguments
        )
        return Call(called.called, called.is_method, arguments)

    def _home(self, scope: Scope, refs: Iterable[Ref]) -> set[str]:
        """The names of a scope whose objects some names may stand for, or hold."""
        behind = {each for ref in refs for each in self._behind(ref, is_deep=True)}
        return {name for home, name, _ in behind if home is scope}

    def _behind(self, ref: Ref, *, is_deep: bool) -> set[tuple[Scope, str, bool]]:
        """A name, and those whose objects it may stand for; and whether parts of these change."""
        found: set[tuple[Scope, str, bool]] = set()
        ahead = [(*ref, is_deep)]
        while ahead:
            each = ahead.pop()
            if each in found:
                continue
            found.add(each)
            scope, name, deep = each
            ahead += [(*other, True) for other in self._views.get((scope, name), ())]
            if deep:
                ahead += [(*other, True) for other in self._shares.get((scope, name), ())]
        return found


def _depth(inner: Scope, outer: Scope) -> int:
    """How many functions lead from one scope to another inside of it, at least 1."""
    between = takewhile(lambda each: each is not outer, inner.around)
    return max(1, sum(each.kind is Kind.FUNCTION for each in between))
