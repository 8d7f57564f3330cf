"""Follows names through what was executed: the least that they need, as they are at the end.

Pure. A name that is read when a statement is run means its last binding before that; one that is
read when something is called, its last binding before the call: while another statement runs, or at
the end. So names are needed *at a time*, and one may be needed in several versions. If a
statement travels that has bound a name last before some time, no other one that travels can have
bound it in between: the order of what is left is the same.
"""

from __future__ import annotations

import builtins
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .bindings import Index
from .effects import History
from .errors import NotAScript
from .limits import STEPS_MOST
from .memory import EVERYWHERE, remembers_chance
from .names import is_nobodys
from .repeating import repeated
from .statements import Statement, memory
from .targets import DEFINITIONS
from .texts import is_meant, words_in

BUILTINS = frozenset(dir(builtins)) - {"get_ipython", "display", "__IPYTHON__"}
"""Those that a script has, too: IPython adds some to a notebook's."""
PROVIDED = BUILTINS | {"__file__", "__builtins__", "__annotations__", "__class__"}
"""Names that a script has without binding them."""
_SURROUNDINGS = {"sys.path.", "os.environ."}


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
        surroundings: Those that change where modules are looked for, or the environment.
        doubts: What does not travel, though it may have changed what modules remember that are
            used: it needs more than is there without it.
        attempts: What does not travel, though it has changed something that does: calls of what
            was looked for.
        awaited: The same, as it awaits outside of a function, and nobody needs what it binds.
        by_text: Those that read names of which only the run knows which.
        meant: Names that travel as these may read them.
    """

    statements: tuple[Statement, ...]
    names: Mapping[str, Statement]
    missing: tuple[Missing, ...]
    wanted: tuple[str, ...]
    surroundings: tuple[Statement, ...] = ()
    doubts: tuple[Statement, ...] = ()
    attempts: tuple[Statement, ...] = ()
    awaited: tuple[Statement, ...] = ()
    by_text: tuple[Statement, ...] = ()
    meant: frozenset[str] = frozenset()


def follow(statements: Sequence[Statement], wanted: Iterable[str]) -> Found:
    """Find all that some names need, as they are when everything has been executed.

    What the code of the wanted names changes when it is called is its work, not a part of them: a
    cell that only tries a handler out does not travel. Nor does one that awaits something outside
    of a function, which no script can, unless what it binds is needed.

    Raises:
        NotAScript: It would take too long.
    """
    names = tuple(dict.fromkeys(wanted))
    search = _Search((*_memories(statements), *statements), names)
    search.run(names)
    return search.found(names)


def _memories(statements: Sequence[Statement]) -> list[Statement]:
    """What modules remember, before all cells."""
    named = [each.names for each in statements]
    used = {name for each in named for name in each.used | each.changes | each.later_changes}
    return [memory(each) for each in sorted({*used, EVERYWHERE}) if each.endswith(".")]


class _Search:
    """The steps ahead, and what was found."""

    def __init__(self, statements: Sequence[Statement], wanted: Sequence[str]) -> None:
        self.travels: set[Index] = set()
        self.bound_by: dict[str, Index] = {}
        self._statements = statements
        self._end = len(statements)
        self._history = History(statements, frozenset(wanted))
        self._bindings = self._history.bindings
        late = {name for each in statements for name in each.names.later | each.names.hints}
        self._turns = [*self._bindings.turns(late), self._end]
        self._ambient = {
            changer
            for index, each in enumerate(statements)
            if each.names.binds & _SURROUNDINGS and not each.text
            for changer in self._history.changers(index)
            if not statements[changer].is_awaiting
        }
        self._unbound: dict[str, Missing] = {}
        self._recalled: dict[Index, Index] = {}
        self._doubts: set[Index] = set()
        self._awaited: set[Index] = set()
        self._ended: list[tuple[str, Index]] = []
        self._meant: set[str] = set()
        self._needed: set[tuple[str, Index]] = set()
        self._reached: set[tuple[Index, Index]] = set()
        self._ahead: list[tuple[Index, Index]] = []

    def run(self, wanted: Iterable[str]) -> None:
        """Everything."""
        for name in (*wanted, EVERYWHERE):
            self._need(name, self._end, None)
        while self._ahead:
            self._reach(*self._ahead.pop())
            if not self._ahead:
                self._add_endings()
                self._add_surroundings()
                self._add_doubts()
                self._add_meant()

    def found(self, wanted: tuple[str, ...]) -> Found:
        """What the search has come to."""
        self.travels -= repeated(self._history, self.travels)
        attempts = {each for index in self.travels for each in self._history.attempts(index)}
        bound = sorted(self.bound_by.items())
        return Found(
            statements=self._written(self.travels),
            names={name: self._statements[at] for name, at in bound if not is_nobodys(name)},
            missing=tuple(self.missing()),
            wanted=wanted,
            surroundings=self._written(self._ambient & self.travels),
            doubts=self._written(self._doubts - self.travels),
            attempts=self._written(attempts - self.travels),
            awaited=self._written(self._awaited - self.travels),
            by_text=self._written(each for each in self.travels if self._is_by_text(each)),
            meant=frozenset(self._meant),
        )

    def _is_by_text(self, index: Index) -> bool:
        names = self._statements[index].names
        return names.by_text or names.later_by_text

    def _written(self, indexes: Iterable[Index]) -> tuple[Statement, ...]:
        """Those that stand in a cell."""
        found = [self._statements[index] for index in sorted(indexes)]
        return tuple(each for each in found if each.text)

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
        binders = self._binders(name, time)
        for binder in binders:
            if remembers_chance(name):
                self._recall(binder, time)
            else:
                self._travel(binder, time)
            self.bound_by[name] = max(binder, self.bound_by.get(name, 0))
        if not binders:
            ending = self._bindings.ending(name, time)
            if ending is not None:
                self._ended.append((name, ending))
            if name not in PROVIDED:
                missing = Missing(name, None, None)
                if reader is not None:
                    missing = Missing(name, reader.cell, reader.line_of(name))
                self._unbound.setdefault(name, missing)

    def _binders(self, name: str, time: Index) -> list[Index]:
        """Who may have bound a name; if others did, without what did so in a call it awaited."""
        binders = self._bindings.binders(name, time)
        awaited = {
            each
            for each in binders
            if self._statements[each].is_awaiting and name not in self._statements[each].names.bound
        }
        if len(awaited) == len(binders):
            return binders
        self._awaited |= awaited
        return [each for each in binders if each not in awaited]

    def _changers(self, index: Index, since: Index, time: Index) -> list[Index]:
        """Who has changed what a statement has bound; but not what awaited something for it."""
        changers = [each for each in self._history.changers(index) if since <= each < time]
        awaited = {each for each in changers if self._statements[each].is_awaiting}
        self._awaited |= awaited
        return [each for each in changers if each not in awaited]

    def _travel(self, index: Index, time: Index) -> None:
        """A statement is needed, and what it has made may be called at a time."""
        self.travels.add(index)
        # All times at which names that are read late mean the same, are one.
        turn = self._turns[bisect_left(self._turns, time)]
        for each in {turn, self._end}:
            if (index, each) not in self._reached:
                self._reached.add((index, each))
                self._ahead.append((index, each))
        if len(self._reached) + len(self._needed) > STEPS_MOST:
            raise NotAScript("these cells depend on each other in too many ways to be followed")

    def _recall(self, index: Index, time: Index) -> None:
        """A generator is needed as it is at a time; one statement has seeded it."""
        before = self._recalled.get(index, -1)
        if time <= before:
            return
        self._recalled[index] = time
        history = self._history
        for each in (index, *self._changers(index, before, time)):
            self.travels.add(each)
            if (each, each) not in self._reached:  # for what it does, and not for what it makes
                self._reached.add((each, each))
                self._ahead.append((each, each))
        self._doubts.update(one for one in history.doubts(index) if before <= one < time)

    def _reach(self, index: Index, time: Index) -> None:
        statement = self._statements[index]
        names = statement.names
        if time > index:  # else nobody calls what it makes
            for name in sorted(names.later | names.hints):
                self._hint_or_need(name, time, statement)
        for name in sorted(names.reads):
            self._need(name, index, statement)
            for binder in self._binders(name, index):
                if not remembers_chance(name):
                    self._travel(binder, time)  # what it has made may hold it
        if self._history.may_run_inside(index):
            # A definition has its name when nothing of it runs any more.
            is_definition = isinstance(statement.node, DEFINITIONS)
            for name in sorted(names.later - (names.bound if is_definition else set())):
                if self._bindings.binders(name, index):
                    self._need(name, index, statement)
        for changer in self._changers(index, 0, time):
            self._travel(changer, time)
        self._doubts.update(each for each in self._history.doubts(index) if each < time)

    def _hint_or_need(self, name: str, time: Index, reader: Statement) -> None:
        names = reader.names
        if name in names.later or self._bindings.binders(name, time):
            self._need(name, time, reader)

    def _add_endings(self) -> None:
        """Names that were taken away, and are read afterwards: as builtins, or not at all."""
        for name, ending in self._ended:
            if ending not in self.travels and self.travels.intersection(
                self._bindings.binders(name, ending)
            ):
                self._travel(ending, self._end)

    def _add_surroundings(self) -> None:
        """What changes where modules are looked for, or the environment, if some are then."""
        imports = [
            index
            for index in self.travels
            if (imported := self._statements[index].imported) and not imported.is_standard
        ]
        for index in self._ambient - self.travels:
            if index < max(imports, default=0):
                self._travel(index, self._end)

    def _add_meant(self) -> None:
        """Names that are read by their text, if that stands in what travels."""
        readers = [each for each in self.travels if self._is_by_text(each)]
        words = words_in(self._statements[each].node for each in self.travels if readers)
        for index in readers:
            names = self._statements[index].names
            times = {index} if names.by_text else set[Index]()
            for time in times | ({self._end} if names.later_by_text else set()):
                meant = {each for each in self._bindings.names(time) if is_meant(each, words)}
                self._meant |= meant
                for name in sorted(meant):
                    self._need(name, time, None)

    def _add_doubts(self) -> None:
        """What may have changed something, if it needs nothing but what is there, and imports."""
        for index in sorted(self._doubts - self.travels):
            if self._statements[index].is_awaiting:
                continue
            names = self._statements[index].names
            needed = {each for name in names.reads for each in self._bindings.binders(name, index)}
            more = (self._statements[each] for each in needed - self.travels)
            if all(each.imported is not None or not each.text for each in more):
                self._travel(index, self._end)
