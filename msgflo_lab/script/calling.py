"""What code runs while a statement does, and what its calls change.

Pure. Calls of what a name holds, an item or an attribute, are calls as well.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from .aliasing import CHANGING, CHANGING_FIRST, DRAWING, called_name, last_name
from .bindings import Bindings, Index
from .holding import Holding
from .names import Call, is_nobodys
from .statements import Statement
from .targets import DEFINITIONS, Targets

_KEEPING = re.compile(r"(?i)cache|memo")
"""Decorators of functions that keep what they have returned."""


@dataclass(slots=True)
class Calls:
    """What calls do, by what has been defined until now.

    Attributes:
        untouched: Names whose code is not looked into at first; see `Targets`.
        targets: What can be called.
        holding: What names hold of it.
    """

    statements: Sequence[Statement]
    bindings: Bindings
    untouched: Collection[str]
    targets: Targets = field(init=False)
    holding: Holding = field(init=False)

    def __post_init__(self) -> None:
        self.targets = Targets(self.statements, self.bindings, self.untouched)
        self.holding = Holding(self.targets)

    def add(self, index: Index) -> None:
        """Take down what a statement defines."""
        self.targets.add(index)
        self.holding.add(index)

    def look_into(self, untouched: Collection[str]) -> None:
        """Other names than before are those whose code is not looked into."""
        self.targets.untouched = untouched
        self.targets.forget()
        self.holding.forget()

    def running(self, index: Index) -> list[Statement]:
        """The statements whose code may run while one does."""
        statement = self.statements[index]
        names = statement.names
        found: list[Statement] = []
        if names.is_calling and not isinstance(statement.node, DEFINITIONS):
            found.append(statement)  # its lambdas
        binders = self.bindings.binders
        called_on = names.calls_on | names.decorated_by | (names.later if found else set())
        calls = [*names.calls, *(names.later_calls if found else ())]
        ahead = [b for n in called_on for b in binders(n, index)]
        handed = [binder for name in names.hands_over for binder in binders(name, index)]
        ahead += [binder for binder in handed if _is_code(self.statements[binder])]
        ahead += self.targets.defining(calls)
        held = self._held(calls, index)
        # Somebody may have put code of the notebook into modules: `sys.stdout`, hooks.
        inside = [each for each in (names.reads if found else ()) if is_nobodys(each)]
        held += [each for name in inside for each in self.holding.code(name, index)]
        seen: set[Index] = set()
        while ahead or held:
            each = held.pop() if held else ahead.pop()
            called = self.statements[each]
            if each in seen or self.targets.is_untouched(called):
                continue
            seen.add(each)
            found.append(called)
            ahead += [b for name in called.names.later for b in binders(name, index)]
            ahead += [b for name in called.names.reads for b in binders(name, each)]
            ahead += self.targets.defining(called.names.later_calls)
            held += self._held(called.names.later_calls, index)
        return found

    def _held(self, calls: Iterable[Call], index: Index) -> list[Index]:
        """The statements whose code is in what calls are given, or are calls of."""
        given = {name for call in calls for each in call.arguments for name in each.every}
        given |= {call.called for call in calls if not call.is_method}
        return [each for name in given for each in self.holding.code(name, index)]

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
        """The names whose objects a call changes, because what is called does."""
        yield from self.targets.changed(call, index)
        if not call.is_method and self._changes_itself(call.called, index):
            yield call.called
        given = {name for each in call.arguments for name in each.every}
        yield from (each for each in given if self.holding.remembers(each, index))
        for each in self.targets.defining([call]):
            names = self.statements[each].names.binds
            yield from (name for name in names if self.holding.remembers(name, index))

    def views(self, name: str, index: Index) -> Iterator[str]:
        """The names whose objects a name may stand for, or hold, by calls in a statement."""
        for call in self.statements[index].names.made.get(name, ()):
            yield from self.targets.given(call, index)
        for call in self.statements[index].names.holds.get(name, ()):
            if not call.is_method and self._keeps_results(call.called, index):
                yield call.called
        yield from self.targets.bound_inside(name, index)

    def shares(self, name: str, index: Index) -> Iterator[str]:
        """The names whose objects a name may hold, by calls within what it is made of."""
        for call in self.statements[index].names.holds.get(name, ()):
            yield from self.targets.given(call, index)

    def _keeps_results(self, name: str, index: Index) -> bool:
        """Whether a function gives the same object again: `@cache`."""
        nodes = [self.statements[each].node for each in self.bindings.binders(name, index)]
        return any(
            _KEEPING.search(last_name(each.func if isinstance(each, ast.Call) else each))
            for node in nodes
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            for each in node.decorator_list
        )

    def _changes_itself(self, name: str, index: Index) -> bool:
        """Whether what a name stands for is changed when it is called: `add = items.append`."""
        if self.holding.remembers(name, index):
            return True
        for binder in self.bindings.binders(name, index):
            match getattr(self.statements[binder].node, "value", None):
                case ast.Call(args=[handed, *_]) as call if called_name(call) == "partial":
                    if self._may_change(handed, binder):
                        return True
        return False

    def _may_change(self, function: ast.expr, index: Index) -> bool:
        """Whether a function changes anything that it is given."""
        called = last_name(function)
        if isinstance(function, ast.Lambda) or called in CHANGING | CHANGING_FIRST | DRAWING:
            return True
        call = Call(called, is_method=isinstance(function, ast.Attribute), arguments=())
        targets = self.targets.of(call, index)
        return any(self.targets.changed_by(each.function, index)[0] for each in targets)


def _is_code(statement: Statement) -> bool:
    """Whether it defines what can be called."""
    node = statement.node
    return isinstance(node, DEFINITIONS) or isinstance(getattr(node, "value", None), ast.Lambda)
