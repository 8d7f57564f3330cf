"""Follows names through what was executed: the least that they need, as they are at the end.

Pure. A name that is read when a statement is run means its last binding before that; one that is
read when something is called, its last binding before the call: while another statement runs, or at
the end. So names are needed *at a time*, and one may be needed in several versions. If a
statement travels that has bound a name last before some time, no other one that travels can have
bound it in between: the order of what is left is the same.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .effects import DEFINITIONS, History, Index
from .errors import NotAScript
from .limits import STEPS_MOST
from .statements import Statement

BUILTINS = frozenset(dir(builtins)) - {"get_ipython", "display", "__IPYTHON__"}
"""Those that a script has, too: IPython adds some to a notebook's."""
PROVIDED = BUILTINS | {"__file__", "__builtins__", "__annotations__", "__class__"}
"""Names that a script has without binding them."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A name that nothing binds.

    Attributes:
        name: The name.
        cell: The number of the cell that reads it; None if it is one of those that were wanted.
        line: The line in that cell, from 1.
    """

    name: str
    cell: int | None
    line: int | None


@dataclass(frozen=True, slots=True)
class Found:
    """What a script is made of.

    Attributes:
        statements: What travels, in order of execution.
        names: Every global name that is used, with the statement that has bound it last.
        missing: Those that nothing binds, in the order in which they came up.
        wanted: The names that were looked for.
    """

    statements: tuple[Statement, ...]
    names: Mapping[str, Statement]
    missing: tuple[Missing, ...]
    wanted: tuple[str, ...]


def follow(statements: Sequence[Statement], wanted: Iterable[str]) -> Found:
    """Find all that some names need, as they are when everything has been executed.

    What the code of the wanted names changes when it is called is its work, not a part of them: a
    cell that only tries a handler out does not travel.

    Raises:
        NotAScript: It would take too long.
    """
    names = tuple(dict.fromkeys(wanted))
    search = _Search(statements, names)
    search.run(names)
    travels = sorted(search.travels)
    return Found(
        statements=tuple(statements[index] for index in travels),
        names={name: statements[index] for name, index in sorted(search.bound_by.items())},
        missing=tuple(search.missing()),
        wanted=names,
    )


class _Search:
    """The steps ahead, and what was found."""

    def __init__(self, statements: Sequence[Statement], wanted: Sequence[str]) -> None:
        self.travels: set[Index] = set()
        self.bound_by: dict[str, Index] = {}
        self._statements = statements
        self._end = len(statements)
        self._history = History(statements, frozenset(wanted))
        self._unbound: dict[str, Missing] = {}
        self._ended: list[tuple[str, Index]] = []
        self._needed: set[tuple[str, Index]] = set()
        self._reached: set[tuple[Index, Index]] = set()
        self._ahead: list[tuple[Index, Index]] = []

    def run(self, wanted: Iterable[str]) -> None:
        """Everything."""
        for name in wanted:
            self._need(name, self._end, None)
        while self._ahead:
            self._reach(*self._ahead.pop())
            if not self._ahead:
                self._add_endings()
                self._add_surroundings()

    def missing(self) -> Iterable[Missing]:
        """Names that have no binding at any time that they are needed."""
        later = {name for index in self.travels for name in self._later_binds(index)}
        return [
            each
            for name, each in self._unbound.items()
            if name not in self.bound_by and name not in later
        ]

    def _later_binds(self, index: Index) -> set[str]:
        return self._statements[index].names.later_binds

    def _need(self, name: str, time: Index, reader: Statement | None) -> None:
        """A name is read at a time."""
        if (name, time) in self._needed:
            return
        self._needed.add((name, time))
        binders = self._history.binders(name, time)
        for binder in binders:
            self._travel(binder, time)
            self.bound_by[name] = max(binder, self.bound_by.get(name, 0))
        if not binders:
            ending = self._history.ending(name, time)
            if ending is not None:
                self._ended.append((name, ending))
            if name not in PROVIDED:
                missing = Missing(name, None, None)
                if reader is not None:
                    missing = Missing(name, reader.cell, reader.line_of(name))
                self._unbound.setdefault(name, missing)

    def _travel(self, index: Index, time: Index) -> None:
        """A statement is needed, and what it has made may be called at a time."""
        self.travels.add(index)
        for each in {time, self._end}:
            if (index, each) not in self._reached:
                self._reached.add((index, each))
                self._ahead.append((index, each))
        if len(self._reached) + len(self._needed) > STEPS_MOST:
            raise NotAScript("these cells depend on each other in too many ways to be followed")

    def _reach(self, index: Index, time: Index) -> None:
        statement = self._statements[index]
        names = statement.names
        for name in sorted(names.later | names.hints):
            self._hint_or_need(name, time, statement)
        for name in sorted(names.reads):
            self._need(name, index, statement)
            for binder in self._history.binders(name, index):
                self._travel(binder, time)  # what it has made may hold it
        if self._history.may_run_inside(index):
            # A definition has its name when nothing of it runs any more.
            is_definition = isinstance(statement.node, DEFINITIONS)
            for name in sorted(names.later - (names.bound if is_definition else set())):
                if self._history.binders(name, index):
                    self._need(name, index, statement)
        for changer in self._history.changers(index):
            if changer < time:
                self._travel(changer, time)

    def _hint_or_need(self, name: str, time: Index, reader: Statement) -> None:
        names = reader.names
        if name in names.later or self._history.binders(name, time):
            self._need(name, time, reader)

    def _add_endings(self) -> None:
        """Names that were taken away, and are read afterwards: as builtins, or not at all."""
        for name, ending in self._ended:
            if ending not in self.travels and self.travels.intersection(
                self._history.binders(name, ending)
            ):
                self._travel(ending, self._end)

    def _add_surroundings(self) -> None:
        """What changes where modules are looked for, or the environment, if some are then."""
        imports = [
            index
            for index in self.travels
            if (imported := self._statements[index].imported) and not imported.is_standard
        ]
        for index in range(max(imports, default=0)):
            if self._statements[index].names.is_ambient and index not in self.travels:
                self._travel(index, self._end)
