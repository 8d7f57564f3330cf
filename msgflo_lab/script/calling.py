"""What is called by a statement, and what that changes of what it is given.

Pure. Functions, methods and lambdas of the notebook say themselves what they do.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from .aliasing import CHANGING, CHANGING_FIRST, DRAWING, called_name, last_name
from .bindings import Bindings, Index
from .names import Call, Function, is_nobodys
from .statements import Statement

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
"""Statements that define what can be called."""
_Changed = tuple[frozenset[str], frozenset[str]]
_NOTHING: _Changed = (frozenset(), frozenset())


@dataclass(frozen=True, slots=True)
class _Target:
    """What a call may call.

    Attributes:
        skipped: How many places are taken before the arguments.
    """

    function: Function
    statement: Statement
    skipped: int


@dataclass(slots=True)
class Calls:
    """What calls do, by what has been defined until now.

    Attributes:
        untouched: Names whose code is not looked into: what it changes is its own matter.
    """

    statements: Sequence[Statement]
    bindings: Bindings
    untouched: Collection[str]
    _methods: defaultdict[str, list[Index]] = field(default_factory=lambda: defaultdict(list))
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
        if defined or not self._names.isdisjoint(names.bound):
            self._known = {}
            self._names.update(defined)

    def forget(self) -> None:
        """What is looked into has changed."""
        self._known = {}

    def running(self, index: Index) -> list[Statement]:
        """The statements whose code may run while one does."""
        statement = self.statements[index]
        names = statement.names
        found: list[Statement] = []
        if names.is_calling and not isinstance(statement.node, DEFINITIONS):
            found.append(statement)  # its lambdas
        binders = self.bindings.binders
        called_on = names.calls_on | names.decorated_by | (names.later if found else set())
        ahead = [b for n in called_on for b in binders(n, index)]
        handed = [binder for name in names.hands_over for binder in binders(name, index)]
        ahead += [binder for binder in handed if _is_code(self.statements[binder])]
        ahead += self._defining(names.calls)
        seen: set[Index] = set()
        while ahead:
            each = ahead.pop()
            called = self.statements[each]
            if each in seen or called.names.bound.intersection(self.untouched):
                continue
            seen.add(each)
            found.append(called)
            ahead += [b for name in called.names.later for b in binders(name, index)]
            ahead += [b for name in called.names.reads for b in binders(name, each)]
            ahead += self._defining(called.names.later_calls)
        return found

    def knows(self, name: str, method: str, index: Index) -> bool:
        """Whether an object is of a class of the notebook, whose method says what it does."""
        binders = self.bindings.binders(name, index)
        return bool(binders) and all(
            any(
                f".{method}" in self.statements[each].names.functions
                for call in self.statements[binder].names.made.get(name, ())
                if not call.is_method
                for each in self.bindings.binders(call.called, binder)
            )
            for binder in binders
        )

    def changed(self, call: Call, index: Index) -> Iterator[str]:
        """The names whose objects a call changes, because the function called does."""
        for target in self._targets(call, index):
            function = target.function
            changed, deep = self._changed(function, index, set())
            yield from function.given(call, changed, deep, target.skipped)
            if changed & function.left(call, target.skipped):
                yield from target.statement.names.binds  # a default value is kept between calls
        if not call.is_method and self._changes_itself(call.called, index):
            yield call.called
        yield from (each for each in call.names if self._remembers(each, index, set()))

    def views(self, name: str, index: Index) -> Iterator[str]:
        """The names whose objects a name may stand for, or hold, by calls in a statement."""
        for call in self.statements[index].names.made.get(name, ()):
            yield from self.given(call, index)

    def given(self, call: Call, index: Index) -> Iterator[str]:
        """The names whose objects a call gives, or parts of them, or what holds them."""
        for target in self._targets(call, index):
            function = target.function
            # An object that was made keeps what it was made of.
            kept = function.parameters if target.skipped else function.gives
            yield from function.given(call, kept, kept, target.skipped)
            yield from function.gives_outer

    def _defining(self, calls: Iterable[Call]) -> list[Index]:
        """The statements that define methods of the names that are called."""
        return [
            index
            for call in calls
            if call.is_method
            for index in self._methods.get(call.called, ())
        ]

    def _changes_itself(self, name: str, index: Index) -> bool:
        """Whether what a name stands for is changed when it is called: `add = items.append`."""
        if self._remembers(name, index, set()):
            return True
        for binder in self.bindings.binders(name, index):
            match getattr(self.statements[binder].node, "value", None):
                case ast.Call(args=[handed, *_]) as call if called_name(call) == "partial":
                    if self._may_change(handed, binder):
                        return True
        for each in self._methods.get("__call__", ()):
            function = self.statements[each].names.functions.get(".__call__")
            if function is not None and self._changed(function, index, set())[0].intersection(
                function.places[:1]
            ):
                return True
        return False

    def _may_change(self, function: ast.expr, index: Index) -> bool:
        """Whether a function changes anything that it is given."""
        called = last_name(function)
        if isinstance(function, ast.Lambda) or called in CHANGING | CHANGING_FIRST | DRAWING:
            return True
        call = Call(called, is_method=isinstance(function, ast.Attribute), arguments=())
        targets = self._targets(call, index)
        return any(self._changed(each.function, index, set())[0] for each in targets)

    def _remembers(self, name: str, index: Index, seen: set[tuple[str, Index]]) -> bool:
        """Whether a name stands for, or holds, what keeps something between calls: a closure."""
        if (name, index) in seen or is_nobodys(name):
            return False
        seen.add((name, index))
        for binder in self.bindings.binders(name, index):
            names = self.statements[binder].names
            if _binds_methods(self.statements[binder].node):
                return True
            for call in names.made.get(name, ()):
                if any(each.function.remembers for each in self._targets(call, binder)):
                    return True
            for decorator in names.decorated_by:
                call = Call(decorator, is_method=False, arguments=())
                if any(each.function.remembers for each in self._targets(call, binder)):
                    return True
            if any(self._remembers(each, binder, seen) for each in names.views.get(name, ())):
                return True
        return False

    def _changed(self, function: Function, index: Index, seen: set[int]) -> _Changed:
        """The parameters whose objects a function changes, itself or by those it calls."""
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
            for target in self._targets(call, index):
                changed, deep = self._changed(target.function, index, seen)
                handed.update(target.function.given(call, changed, deep, target.skipped))
        for call in function.results:
            handed.update(self.given(call, index))
        handed &= function.parameters
        found = (function.changes | handed, function.deep | handed)
        if not self._is_round:  # else it is not all that there is, for others than the first
            self._known[id(function)] = found
        return found

    def _targets(self, call: Call, index: Index) -> Iterator[_Target]:
        """The functions that a call may call."""
        if not call.called:
            yield from self._held(call, index)
            return
        key = f".{call.called}" if call.is_method else call.called
        methods = self._methods.get(call.called, ())
        for each in methods if call.is_method else self.bindings.binders(call.called, index):
            statement = self.statements[each]
            if statement.names.bound.intersection(self.untouched) or each >= index:
                continue
            function = statement.names.functions.get(key)
            if function is not None:
                is_class = not call.is_method and isinstance(statement.node, ast.ClassDef)
                yield _Target(function, statement, int(is_class))
            elif other := statement.names.renames.get(key):
                yield from self._targets(Call(other, is_method=False, arguments=()), each)

    def _held(self, call: Call, index: Index) -> Iterator[_Target]:
        """The functions in what is called by an item of it: `table["a"](x)`."""
        for name in call.arguments[0].names if call.arguments else ():
            for binder in self.bindings.binders(name, index):
                for each in sorted(self.statements[binder].names.reads):
                    inner = Call(each, is_method=False, arguments=())
                    for target in self._targets(inner, binder):
                        yield _Target(target.function, target.statement, target.skipped - 1)


def _is_code(statement: Statement) -> bool:
    """Whether it defines what can be called."""
    node = statement.node
    return isinstance(node, DEFINITIONS) or isinstance(getattr(node, "value", None), ast.Lambda)


def _binds_methods(node: ast.stmt) -> bool:
    """Whether it makes something of methods that change their object: `add = items.append`."""
    value = getattr(node, "value", None)
    if not isinstance(node, ast.Assign | ast.AnnAssign) or value is None:
        return False
    called = {each.func for each in ast.walk(value) if isinstance(each, ast.Call)}
    return any(
        isinstance(each, ast.Attribute) and each.attr in CHANGING | DRAWING and each not in called
        for each in ast.walk(value)
    )
