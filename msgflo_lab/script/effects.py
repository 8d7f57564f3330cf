"""Which statements have changed what names stand for, and what modules remember.

Pure. Statements are taken one after another; what each does to objects follows from those before
it: a call of a function of the notebook changes what that changes.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from .bindings import Bindings, Index
from .calling import Calls
from .memory import remembers_chance
from .statements import Statement


@dataclass(slots=True)
class _Effects:
    """What a statement does: names by what is done to their objects.

    Attributes:
        changed: Those that are changed; True if it is, or may be, a part of the object.
        bound: Those that it binds in what it calls.
    """

    changed: dict[str, bool]
    bound: set[str]


@dataclass(slots=True)
class History:
    """What statements have done to names and objects.

    Attributes:
        wanted: Names whose code is called by the script itself. What it changes then is its work,
            and a call of it in a cell was an attempt.
    """

    statements: Sequence[Statement]
    wanted: Collection[str]
    bindings: Bindings = field(init=False)
    _calls: Calls = field(init=False)
    _changers: defaultdict[Index, set[Index]] = field(default_factory=lambda: defaultdict(set))
    _doubts: defaultdict[Index, set[Index]] = field(default_factory=lambda: defaultdict(set))
    _attempts: defaultdict[Index, set[Index]] = field(default_factory=lambda: defaultdict(set))

    def __post_init__(self) -> None:
        self.bindings = Bindings(self.statements)
        self._calls = Calls(self.statements, self.bindings, self.wanted)
        for index, statement in enumerate(self.statements):
            if self._is_again(index, statement):
                continue
            effects = self._effects(index)
            self._keep(index, effects)
            self._keep_attempt(index, effects)
            self.bindings.add(index, effects.bound)
            self._calls.add(index)

    def changers(self, index: Index) -> Collection[Index]:
        """The statements that change what one has bound."""
        return self._changers.get(index, ())

    def doubts(self, index: Index) -> Collection[Index]:
        """The statements that may have changed what one has bound; nobody knows."""
        return self._doubts.get(index, ())

    def attempts(self, index: Index) -> Collection[Index]:
        """The statements that have called what was wanted, which has changed what one has bound."""
        return self._attempts.get(index, ())

    def may_run_inside(self, index: Index) -> bool:
        """Whether what a statement defines may be called while it runs."""
        names = self.statements[index].names
        if names.is_calling:
            return True
        return any(
            self.statements[binder].imported is None
            for name in names.decorated_by
            for binder in self.bindings.binders(name, index)
        )

    def _is_again(self, index: Index, statement: Statement) -> bool:
        """Whether a statement only does again what is so already: a cell was run once more."""
        last = {self.bindings.last(name) for name in statement.names.bound}
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
                self.bindings.binders(name, before) == self.bindings.binders(name, index)
                for name in statement.names.reads
            )
        )

    def _effects(self, index: Index) -> _Effects:
        """What a statement changes and binds, by itself and by what it calls."""
        names = self.statements[index].names
        binders = self.bindings.binders
        whole = {*self._registering(index)}
        whole.update(name for name, way in names.told if not self._calls.knows(name, way, index))
        for name in names.kinds:
            made = [self.statements[each].names.made.get(name, ()) for each in binders(name, index)]
            whole.update(call.called for calls in made for call in calls)
        for name in names.own:
            whole.update(self._calls.views(name, index))
        bound = set[str]()
        for call in names.calls:
            whole.update(self._calls.changed(call, index))
        for call in names.results:
            whole.update(self._calls.targets.given(call, index))
        for called in self._calls.running(index):
            whole |= called.names.later_changes
            bound |= called.names.later_binds
            for call in called.names.later_calls:
                whole.update(self._calls.changed(call, index))
            for call in called.names.later_results:
                whole.update(self._calls.targets.given(call, index))
        changed = {name: name in names.deep for name in names.changes}
        return _Effects(changed | dict.fromkeys(whole, True), bound)

    def _registering(self, index: Index) -> Iterator[str]:
        """The names whose methods decorate what a statement defines, which they may keep."""
        for name in self.statements[index].names.registers:
            binders = self.bindings.binders(name, index)
            if any(self.statements[each].imported is None for each in binders):
                yield name

    def _keep(self, index: Index, effects: _Effects) -> None:
        names = self.statements[index].names
        for name in sorted(effects.changed):
            for source in self._sources(name, index, is_deep=effects.changed[name]):
                self._changers[source].add(index)
                self._calls.holding.keep(source, name, index)
        for name in sorted(names.doubts):
            for source in self._sources(name, index, is_deep=True):
                self._doubts[source].add(index)

    def _keep_attempt(self, index: Index, effects: _Effects) -> None:
        """Take down what a statement would have changed, if what was wanted counted."""
        names = self.statements[index].names
        if not (names.calls_on | names.hands_over).intersection(self.wanted):
            return
        self._calls.look_into(untouched=())
        changed = self._effects(index)
        self._calls.look_into(untouched=self.wanted)
        for name in sorted({*changed.changed, *changed.bound} - {*effects.changed, *effects.bound}):
            for source in self._sources(name, index, is_deep=True):
                self._attempts[source].add(index)

    def _sources(self, name: str, index: Index, *, is_deep: bool) -> set[Index]:
        """The statements that may have bound the object that a name stands for at a statement.

        What nothing can change is not among them, nor modules: these have names of their own for
        what they remember.
        """
        found: set[Index] = set()
        seen: set[tuple[str, Index, bool]] = set()
        ahead = [(name, index, is_deep)]
        while ahead:
            each = ahead.pop()
            if each in seen:
                continue
            seen.add(each)
            name, time, deep = each
            for binder in self.bindings.binders(name, time):
                if self._can_change(binder, name):
                    found.add(binder)
                names = self.statements[binder].names
                views = {*names.views.get(name, ()), *self._calls.views(name, binder)}
                ahead += [(view, binder, True) for view in views]
                if deep:
                    ahead += [(view, binder, True) for view in names.shares.get(name, ())]
                    ahead += [(view, binder, True) for view in self._calls.shares(name, binder)]
                    ahead += [(each, at, True) for each, at in self._calls.holding.put(binder)]
        return found

    def _can_change(self, index: Index, name: str) -> bool:
        statement = self.statements[index]
        if statement.imported is not None or makes_constant(statement.node):
            return False
        # A generator that nobody has seeded begins anywhere.
        return bool(statement.text) or not remembers_chance(name)


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
    return makes_constant(node)


def makes_constant(node: ast.stmt) -> bool:
    """Whether a statement binds what nothing can change: numbers, texts."""
    match node:
        case ast.Assign(targets=targets, value=value):
            parts = (part for each in targets for part in ast.walk(each))
            # What a starred name takes becomes a list, whatever it was.
            return _is_constant(value) and not any(isinstance(each, ast.Starred) for each in parts)
        case ast.AnnAssign(value=ast.expr() as value):
            return _is_constant(value)
    return False


def _is_constant(node: ast.expr) -> bool:
    match node:
        case ast.Constant() | ast.UnaryOp(operand=ast.Constant()):
            return True
        case ast.Tuple(elts=values):
            return all(_is_constant(each) for each in values)
    return False
