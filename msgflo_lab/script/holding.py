"""What names hold that can be called, wherever in it, and whether it remembers something.

Pure. A closure in a list, an item of a table, an attribute of an object: what is put somewhere may
be called from there, by whoever has it.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from .aliasing import CHANGING, DRAWING
from .bindings import Index
from .memory import remembers_chance
from .names import ANY, Call, Function
from .targets import DEFINITIONS, Targets, plain

_Version = tuple[str, tuple[Index, ...]]
"""A name, and the statements that may have bound it."""


@dataclass(frozen=True, slots=True)
class _Inside:
    """What a name holds: the statements whose code that is, and whether it remembers something."""

    code: frozenset[Index] = frozenset()
    remembers: bool = False


_NOTHING = _Inside()


@dataclass(slots=True)
class Holding:
    """What names hold, by what statements have put there until now.

    What was found is kept until a statement defines something, or puts what counts somewhere. So
    thousands of statements that fill lists with numbers cost no more than one look each.
    """

    targets: Targets
    _put: defaultdict[Index, dict[_Version, Index]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    _putting: defaultdict[Index, _Inside] = field(default_factory=lambda: defaultdict(_Inside))
    _known: dict[_Version, _Inside] = field(default_factory=dict)
    _methods: dict[Index, frozenset[str]] = field(default_factory=dict)

    def add(self, index: Index) -> None:
        """Take down what a statement defines."""
        names = self.targets.statements[index].names
        if names.functions or names.renames or names.later_binds:
            self.forget()

    def forget(self) -> None:
        """What is looked into has changed."""
        self._known = {}

    def keep(self, source: Index, name: str, index: Index) -> None:
        """A statement has changed what another one has bound, by a name; it may be in there now."""
        names = self.targets.statements[index].names
        put = names.views.get(name, set()) | names.shares.get(name, set())
        for call in names.calls:
            given = {each for argument in call.arguments for each in argument.every}
            put = put.union(given if name in given else (), self.targets.given(call, index))
        for each in put - {name}:
            version = self._version(each, index)
            is_new = self._put[source].setdefault(version, index) == index
            if is_new and self._inside(version) != _NOTHING:
                self.forget()
        before = self._putting[source]
        code = before.code | ({index} if self._gives_code(index) else set())
        after = _Inside(code, before.remembers or self._has_memory(index, ""))
        if after != before:
            self._putting[source] = after
            self.forget()

    def put(self, source: Index) -> Iterator[tuple[str, Index]]:
        """The names whose objects have come into what a statement has bound; each with when."""
        return ((name, at) for (name, _), at in self._put.get(source, {}).items())

    def code(self, name: str, index: Index) -> Collection[Index]:
        """The statements whose code may run when what a name holds is called."""
        return self._inside(self._version(name, index)).code

    def remembers(self, name: str, index: Index) -> bool:
        """Whether a name stands for, or holds, what keeps something between calls."""
        return self._inside(self._version(name, index)).remembers

    def _version(self, name: str, index: Index) -> _Version:
        if name == ANY or remembers_chance(name):
            return name, ()
        return name, tuple(self.targets.bindings.binders(name, index))

    def _inside(self, version: _Version) -> _Inside:
        if version not in self._known:
            self._known[version] = self._search(version)
        return self._known[version]

    def _search(self, version: _Version) -> _Inside:
        """What the statements give that have made what a name holds, and what that holds."""
        code: set[Index] = set()
        remembers = False
        seen: set[tuple[str, Index]] = set()
        ahead = [version]
        while ahead:
            each = ahead.pop()
            if (known := self._known.get(each)) is not None:
                code |= known.code
                remembers = remembers or known.remembers
                continue
            name, binders = each
            for binder in binders:
                if (name, binder) in seen:
                    continue
                seen.add((name, binder))
                if self.targets.is_untouched(self.targets.statements[binder]):
                    continue
                code |= self._putting[binder].code
                code |= {binder} if self._gives_code(binder) else set()
                remembers = remembers or self._putting[binder].remembers
                remembers = remembers or self._has_memory(binder, name)
                ahead += [self._version(other, binder) for other in self._of(name, binder)]
                ahead += self._put.get(binder, ())
        return _Inside(frozenset(code), remembers)

    def _of(self, name: str, index: Index) -> Iterator[str]:
        """The names whose objects a statement makes a name of."""
        statement = self.targets.statements[index]
        names = statement.names
        yield from names.views.get(name, ())
        yield from names.shares.get(name, ())
        for call in names.holds.get(name, ()):
            yield from self.targets.given(call, index)
        yield from self.targets.bound_inside(name, index)
        if isinstance(statement.node, ast.AugAssign):  # what was there before, and more
            yield name

    def _gives_code(self, index: Index) -> bool:
        names = self.targets.statements[index].names
        return bool(names.later or names.later_changes or names.later_binds or names.later_calls)

    def _has_memory(self, index: Index, name: str) -> bool:
        """Whether what a statement binds a name to, or puts somewhere, remembers something."""
        statement = self.targets.statements[index]
        names = statement.names
        if names.remembers or self._takes_methods(index):
            return True
        function = names.functions.get(name)
        if function is not None and not isinstance(statement.node, ast.ClassDef):
            if function.defaults & self.targets.changed_by(function, index)[0]:
                return True
            if names.decorated_by and self._function_gives(function, index, set()):
                return True  # somebody may keep what it has given: `@cache`
        decorators = [*map(plain, names.decorated_by), *names.decorators]
        if any(self._gives_memory(each, index, set()) for each in decorators):
            return True
        is_more = isinstance(statement.node, ast.ClassDef | ast.AugAssign)
        if is_more or names.decorated_by or name not in names.binds:
            return self._remembers_by_calls(index)
        return any(self._gives_memory(each, index, set()) for each in names.holds.get(name, ()))

    def _remembers_by_calls(self, index: Index) -> bool:
        calls = self.targets.statements[index].names.calls
        return any(self._gives_memory(each, index, set()) for each in calls)

    def _gives_memory(self, call: Call, index: Index, seen: set[int]) -> bool:
        """Whether a call gives what remembers something."""
        targets = self.targets
        if any(
            self._function_gives(each.function, index, seen) for each in targets.of(call, index)
        ):
            return True
        if call.is_method:
            return False
        return any(
            (
                isinstance(targets.statements[each].node, ast.ClassDef)
                and (self._can_be_called(each) or self._has_memory(each, call.called))
            )
            or any(
                target.function.remembers > 1  # `count = counter()`, and now `count(f)`
                for made in targets.statements[each].names.made.get(call.called, ())
                for target in targets.of(made, each)
            )
            for each in targets.bindings.binders(call.called, index)
        )

    def _function_gives(self, function: Function, index: Index, seen: set[int]) -> bool:
        if function.remembers:
            return True
        if id(function) in seen:
            return False
        seen.add(id(function))
        return any(
            True for each in function.inner for _ in self.targets.changed(each, index)
        ) or any(each.called and self._gives_memory(each, index, seen) for each in function.calls)

    def _can_be_called(self, index: Index) -> bool:
        """Whether objects of a class change themselves when they are called."""
        function = self.targets.statements[index].names.functions.get(".__call__")
        return function is not None and bool(
            self.targets.changed_by(function, index)[0].intersection(function.places[:1])
        )

    def _takes_methods(self, index: Index) -> bool:
        """Whether a statement takes methods that change their object: `add = items.append`."""
        if index not in self._methods:
            self._methods[index] = frozenset(_uncalled(self.targets.statements[index].node))
        return any(self._changes_its_object(each, index) for each in self._methods[index])

    def _changes_its_object(self, method: str, index: Index) -> bool:
        if method in CHANGING | DRAWING:
            return True
        call = Call(method, is_method=True, arguments=())
        return any(
            not self.targets.changed_by(each.function, index)[0].isdisjoint(
                each.function.places[:1]
            )
            for each in self.targets.of(call, index)
        )


def _uncalled(node: ast.stmt) -> Iterator[str]:
    """The attributes that a statement reads, and does not call there."""
    if isinstance(node, DEFINITIONS):
        return
    called = {each.func for each in ast.walk(node) if isinstance(each, ast.Call)}
    for each in ast.walk(node):
        match each:
            case ast.Attribute(attr=name, ctx=ast.Load()) if each not in called:
                yield name
