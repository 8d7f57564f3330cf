"""What a call may call, and what that changes of what it is given.

Pure. Functions, methods and lambdas of the notebook say themselves what they do.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from .bindings import Bindings, Index
from .names import Argument, Call, Function
from .statements import Statement

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
"""Statements that define what can be called."""
_Changed = tuple[frozenset[str], frozenset[str]]
_NOTHING: _Changed = (frozenset(), frozenset())
_Given = tuple[set[str], set[str]]


@dataclass(frozen=True, slots=True)
class Target:
    """What a call may call.

    Attributes:
        statement: What defines it.
        skipped: How many places are taken before the arguments.
        call: The call as the function takes it.
    """

    function: Function
    statement: Statement
    skipped: int
    call: Call


@dataclass(slots=True)
class Targets:
    """What can be called, by what has been defined until now.

    Attributes:
        untouched: Names whose code is not looked into: what it changes is its own matter.
    """

    statements: Sequence[Statement]
    bindings: Bindings
    untouched: Collection[str]
    _methods: defaultdict[str, list[Index]] = field(default_factory=lambda: defaultdict(list))
    _binding: defaultdict[str, list[Index]] = field(default_factory=lambda: defaultdict(list))
    _names: set[str] = field(default_factory=set)
    _known: dict[int, _Changed] = field(default_factory=dict)
    _is_round: bool = False

    def add(self, index: Index) -> None:
        """Take down what a statement defines."""
        names = self.statements[index].names
        defined = {*names.functions, *names.renames}
        for key in defined:
            if key.startswith("."):
                self._methods[key[1:]].append(index)
        for name in names.later_binds:
            self._binding[name].append(index)
        if defined or not self._names.isdisjoint(names.bound):
            self._known = {}
            self._names.update(defined)

    def forget(self) -> None:
        """What is looked into has changed."""
        self._known = {}

    def is_untouched(self, statement: Statement) -> bool:
        """Whether a statement defines what is not looked into."""
        return not statement.names.bound.isdisjoint(self.untouched)

    def methods(self, name: str) -> Sequence[Index]:
        """The statements that define methods of a name."""
        return self._methods.get(name, ())

    def defining(self, calls: Iterable[Call]) -> list[Index]:
        """The statements that define methods of the names that are called."""
        return [index for call in calls if call.is_method for index in self.methods(call.called)]

    def of(self, call: Call, index: Index) -> Iterator[Target]:
        """The functions that a call in a statement may call."""
        if not call.called:
            yield from self._held(call, index)
            return
        key = f".{call.called}" if call.is_method else call.called
        methods = self.methods(call.called)
        for each in methods if call.is_method else self.bindings.binders(call.called, index):
            statement = self.statements[each]
            if self.is_untouched(statement) or each >= index:
                continue
            function = statement.names.functions.get(key)
            if function is not None:
                is_class = not call.is_method and isinstance(statement.node, ast.ClassDef)
                yield Target(function, statement, int(is_class), call)
            elif other := statement.names.renames.get(key):
                yield from self.of(replace(call, called=other, is_method=False), each)
            elif self._is_object(call.called, each):
                yield from self.of(_of_object(call), index)

    def _is_object(self, name: str, index: Index) -> bool:
        """Whether a statement makes a name an object of a class of the notebook."""
        return any(
            isinstance(self.statements[each].node, ast.ClassDef)
            for call in self.statements[index].names.made.get(name, ())
            if not call.is_method
            for each in self.bindings.binders(call.called, index)
        )

    def _held(self, call: Call, index: Index) -> Iterator[Target]:
        """The functions in what is called by an item of it: `table["a"](x)`."""
        for name in call.arguments[0].names if call.arguments else ():
            for binder in self.bindings.binders(name, index):
                for each in sorted(self.statements[binder].names.reads):
                    for target in self.of(plain(each), binder):
                        skipped = target.skipped - 1
                        yield Target(target.function, target.statement, skipped, call)

    def given(self, call: Call, index: Index) -> set[str]:
        """The names whose objects a call gives, or parts of them, or what holds them."""
        own, outer = self._given(call, index, {})
        return own | outer

    def _given(self, call: Call, index: Index, known: dict[int, _Given]) -> _Given:
        """Those that the call hands over, and those that are global where the functions are."""
        own, outer = set[str](), set[str]()
        for target in self.of(call, index):
            function = target.function
            gives, others = self._gives(function, index, known)
            # An object that was made keeps what it was made of.
            kept = function.parameters if target.skipped else frozenset(gives)
            own.update(function.given(target.call, kept, kept, target.skipped))
            outer |= others
        return own, outer

    def _gives(self, function: Function, index: Index, known: dict[int, _Given]) -> _Given:
        """The parameters of which a function returns something, and the global names."""
        if id(function) not in known:
            gives, outer = set(function.gives), set(function.gives_outer)
            known[id(function)] = gives, outer  # for those that call themselves
            for each in function.returns:
                own, others = self._given(each, index, known)
                gives |= own & function.parameters
                outer |= others
        return known[id(function)]

    def bound_inside(self, name: str, index: Index) -> Iterator[str]:
        """The names whose objects a name becomes, or holds, in functions that a statement calls."""
        if name not in self.statements[index].names.bound:
            for each in self._binding.get(name, ()):
                names = self.statements[each].names
                yield from names.views.get(name, set()) | names.shares.get(name, set())

    def changed(self, call: Call, index: Index) -> Iterator[str]:
        """The names whose objects a call changes, because the function called does."""
        for target in self.of(call, index):
            function = target.function
            changed, deep = self.changed_by(function, index)
            yield from function.given(target.call, changed, deep, target.skipped)
            if changed & function.left(target.call, target.skipped):
                yield from target.statement.names.binds  # a default value is kept between calls

    def changed_by(self, function: Function, index: Index) -> _Changed:
        """The parameters whose objects a function changes, and those of which only parts."""
        return self._changed(function, index, set())

    def _changed(self, function: Function, index: Index, seen: set[int]) -> _Changed:
        """The same, itself or by those it calls."""
        if (known := self._known.get(id(function))) is not None:
            return known
        if id(function) in seen:
            self._is_round = True
            return _NOTHING
        if not seen:
            self._is_round = False
        seen.add(id(function))
        handed: set[str] = set()
        for call in function.calls:
            for target in self.of(call, index):
                changed, deep = self._changed(target.function, index, seen)
                given = target.function.given(target.call, changed, deep, target.skipped)
                handed.update(given)
        for call in function.results:
            handed.update(self.given(call, index))
        handed &= function.parameters
        found = (function.changes | handed, function.deep | handed)
        if not self._is_round:  # else it is not all that there is, for others than the first
            self._known[id(function)] = found
        return found


def _of_object(call: Call) -> Call:
    """The call of an object as that of its method: `limit(f)` is `limit.__call__(f)`."""
    itself = Argument(0, frozenset({call.called}), frozenset())
    behind = (
        replace(each, key=each.key + 1) if isinstance(each.key, int) else each
        for each in call.arguments
    )
    return Call("__call__", is_method=True, arguments=(itself, *behind))


def plain(name: str) -> Call:
    """The call of a name, with nothing."""
    return Call(name, is_method=False, arguments=())
