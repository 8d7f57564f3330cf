"""Who has bound a name at some time, and which statements have changed what it stood for then.

Pure. Statements are taken one after another; what each does to objects follows from those before
it: a call of a function of the notebook changes what that changes.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from .aliasing import CHANGING
from .names import Call, Function
from .statements import Statement

Index = int
"""A statement's place in the order of execution."""
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
"""Statements that define what can be called."""


@dataclass(slots=True)
class _Event:
    """A statement binds a name, perhaps does, or takes it away."""

    index: Index
    is_certain: bool
    is_end: bool = False


@dataclass(slots=True)
class History:
    """What statements have done to names and objects.

    Attributes:
        wanted: Names whose code is called by the script itself. What it changes then is its work,
            and a call of it in a cell was an attempt.
    """

    statements: Sequence[Statement]
    wanted: Collection[str]
    _events: defaultdict[str, list[_Event]] = field(default_factory=lambda: defaultdict(list))
    _methods: defaultdict[str, list[Index]] = field(default_factory=lambda: defaultdict(list))
    _known: dict[int, frozenset[str]] = field(default_factory=dict)
    _known_at: Index = -1
    _is_round: bool = False
    _changers: defaultdict[Index, set[Index]] = field(default_factory=lambda: defaultdict(set))

    def __post_init__(self) -> None:
        for index, statement in enumerate(self.statements):
            if self._is_again(index, statement):
                continue
            changed, bound = self._effects(index, statement)
            for name in sorted(changed):
                for source in self._sources(name, index):
                    if not _makes_constant(self.statements[source].node):
                        self._changers[source].add(index)
            self._keep(index, statement, bound)

    def binders(self, name: str, time: Index) -> list[Index]:
        """The statements before a time that a name may have been bound by then; latest first.

        All imports of a package's modules bind the package, and count together.
        """
        found: list[Index] = []
        package = False
        for event in self._before(name, time):
            is_package = self._is_package(event.index)
            if event.is_end or (package and not is_package):
                break
            found.append(event.index)
            if event.is_certain and not is_package:
                break
            package = package or is_package
        return found

    def ending(self, name: str, time: Index) -> Index | None:
        """The statement that has taken a name away (`del`), if it has none at a time."""
        last = next(self._before(name, time), None)
        return last.index if last is not None and last.is_end else None

    def changers(self, index: Index) -> Collection[Index]:
        """The statements that change what one has bound."""
        return self._changers.get(index, ())

    def may_run_inside(self, index: Index) -> bool:
        """Whether what a statement defines may be called while it runs."""
        names = self.statements[index].names
        if names.is_calling:
            return True
        return any(
            self.statements[binder].imported is None
            for name in names.decorated_by
            for binder in self.binders(name, index)
        )

    def _before(self, name: str, time: Index) -> Iterator[_Event]:
        return (each for each in reversed(self._events.get(name, ())) if each.index < time)

    def _is_package(self, index: Index) -> bool:
        imported = self.statements[index].imported
        return imported is not None and imported.is_package

    def _is_again(self, index: Index, statement: Statement) -> bool:
        """Whether a statement only does again what is so already: a cell was run once more."""
        last = {self._last(name) for name in statement.names.bound}
        before = last.pop() if len(last) == 1 else None
        if before is None or not _is_repeatable(statement.node):
            return False
        earlier = self.statements[before]
        return (
            earlier.text == statement.text
            and earlier.imported == statement.imported
            and earlier.futures == statement.futures
            and not self.changers(before)
            and all(
                self.binders(name, before) == self.binders(name, index)
                for name in statement.names.reads
            )
        )

    def _last(self, name: str) -> Index | None:
        events = self._events.get(name)
        return events[-1].index if events else None

    def _keep(self, index: Index, statement: Statement, bound: Iterable[str]) -> None:
        names = statement.names
        for name in (names.may_bind | set(bound)) - names.binds - names.unbinds:
            self._events[name].append(_Event(index, is_certain=False))
        for name in names.binds:
            self._events[name].append(_Event(index, is_certain=True))
        for name in names.unbinds:
            self._events[name].append(_Event(index, is_certain=True, is_end=True))
        for key in names.functions:
            if key.startswith("."):
                self._methods[key[1:]].append(index)

    # What a statement changes

    def _effects(self, index: Index, statement: Statement) -> tuple[set[str], set[str]]:
        """The names whose objects it changes, and those that it binds in what it calls."""
        names = statement.names
        changed, bound = set(names.changes), set[str]()
        for name in names.registers:
            if any(self.statements[each].imported is None for each in self.binders(name, index)):
                changed.add(name)
        changed.update(name for name, way in names.told if not self._knows(name, way, index))
        for call in names.calls:
            changed.update(self._handed(call, index))
        for called in self._called(index, statement):
            names = called.names
            changed |= names.later_changes
            bound |= names.later_binds
            for call in names.later_calls:
                changed.update(self._handed(call, index))
        return changed, bound

    def _called(self, index: Index, statement: Statement) -> list[Statement]:
        """The statements whose code may run while one does."""
        names = statement.names
        found: list[Statement] = []
        if names.is_calling and not isinstance(statement.node, DEFINITIONS):
            found.append(statement)  # its lambdas
        ahead = [b for n in names.calls_on | names.decorated_by for b in self.binders(n, index)]
        handed = [binder for name in names.hands_over for binder in self.binders(name, index)]
        ahead += [binder for binder in handed if _is_code(self.statements[binder])]
        ahead += self._defining(names.calls)
        seen: set[Index] = set()
        while ahead:
            each = ahead.pop()
            called = self.statements[each]
            if each in seen or called.names.bound.intersection(self.wanted):
                continue
            seen.add(each)
            found.append(called)
            ahead += [b for name in called.names.later for b in self.binders(name, index)]
            ahead += [b for name in called.names.reads for b in self.binders(name, each)]
            ahead += self._defining(called.names.later_calls)
        return found

    def _defining(self, calls: Iterable[Call]) -> list[Index]:
        """The statements that define methods of the names that are called."""
        return [
            index
            for call in calls
            if call.is_method
            for index in self._methods.get(call.called, ())
        ]

    def _knows(self, name: str, method: str, index: Index) -> bool:
        """Whether an object is of a class of the notebook, whose method says what it does."""
        binders = self.binders(name, index)
        return bool(binders) and all(
            any(
                f".{method}" in self.statements[each].names.functions
                for call in self.statements[binder].names.made.get(name, ())
                if not call.is_method
                for each in self.binders(call.called, binder)
            )
            for binder in binders
        )

    def _handed(self, call: Call, index: Index) -> Iterator[str]:
        """The names whose objects a call changes, because the function called does."""
        for function, skipped in self._functions(call, index):
            yield from function.given(call, self._changed(function, index, set()), skipped)
        if not call.is_method and self._changes_itself(call.called, index):
            yield call.called

    def _changes_itself(self, name: str, index: Index) -> bool:
        """Whether what a name stands for is changed when it is called: `add = items.append`."""
        for binder in self.binders(name, index):
            value = getattr(self.statements[binder].node, "value", None)
            if isinstance(value, ast.Attribute) and value.attr in CHANGING:
                return True
        for each in self._methods.get("__call__", ()):
            function = self.statements[each].names.functions[".__call__"]
            if self._changed(function, index, set()).intersection(function.places[:1]):
                return True
        return False

    def _changed(self, function: Function, index: Index, seen: set[int]) -> frozenset[str]:
        """The parameters whose objects a function changes, itself or by those it calls."""
        if index != self._known_at:
            self._known_at, self._known = index, {}
        if (known := self._known.get(id(function))) is not None:
            return known
        if id(function) in seen:
            self._is_round = True
            return frozenset()
        if not seen:
            self._is_round = False
        seen.add(id(function))
        changed = set(function.changes)
        for call in function.calls:
            for inner, skipped in self._functions(call, index):
                changed.update(inner.given(call, self._changed(inner, index, seen), skipped))
        found = function.parameters & changed
        if not self._is_round:  # else it is not all that there is, for others than the first
            self._known[id(function)] = found
        return found

    def _functions(self, call: Call, index: Index) -> Iterator[tuple[Function, int]]:
        """What is called, and how many of its places are taken before the arguments."""
        key = f".{call.called}" if call.is_method else call.called
        binders = self.binders(call.called, index)
        for each in self._methods.get(call.called, ()) if call.is_method else binders:
            statement = self.statements[each]
            if statement.names.bound.intersection(self.wanted) or each >= index:
                continue
            function = statement.names.functions.get(key)
            if function is not None:
                is_class = not call.is_method and isinstance(statement.node, ast.ClassDef)
                yield function, int(is_class)

    def _sources(self, name: str, index: Index) -> set[Index]:
        """The statements that may have bound the object that a name stands for at a statement."""
        found: set[Index] = set()
        seen: set[tuple[str, Index]] = set()
        ahead = [(name, index)]
        while ahead:
            name, time = ahead.pop()
            if (name, time) in seen:
                continue
            seen.add((name, time))
            for binder in self.binders(name, time):
                found.add(binder)
                changers = [each for each in self.changers(binder) if each < index]
                for each in (binder, *changers):
                    ahead += [(view, each) for view in self._views(name, each)]
        return found

    def _views(self, name: str, index: Index) -> Iterator[str]:
        """The names whose objects a name may stand for, or hold, since a statement."""
        names = self.statements[index].names
        yield from names.views.get(name, ())
        for call in names.made.get(name, ()):
            for function, skipped in self._functions(call, index):
                # An object that was made keeps what it was made of.
                kept = function.parameters if skipped else function.gives
                yield from function.given(call, kept, skipped)
                yield from function.gives_outer


def _is_code(statement: Statement) -> bool:
    """Whether it defines what can be called."""
    node = statement.node
    return isinstance(node, DEFINITIONS) or isinstance(getattr(node, "value", None), ast.Lambda)


def _is_repeatable(node: ast.stmt) -> bool:
    """Whether a statement makes what is never changed, and does nothing else."""
    match node:
        case ast.Import() | ast.ImportFrom():
            return True
        case (
            ast.FunctionDef(args=args, decorator_list=[])
            | ast.AsyncFunctionDef(args=args, decorator_list=[])
        ):
            defaults = [*args.defaults, *args.kw_defaults]
            return all(each is None or _is_constant(each) for each in defaults)
    return _makes_constant(node)


def _makes_constant(node: ast.stmt) -> bool:
    """Whether a statement binds what nothing can change: numbers, texts."""
    match node:
        case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value):
            return _is_constant(value)
    return False


def _is_constant(node: ast.expr) -> bool:
    match node:
        case ast.Constant() | ast.UnaryOp(operand=ast.Constant()):
            return True
        case ast.Tuple(elts=values):
            return all(_is_constant(each) for each in values)
    return False
