"""Which statements may have bound a name, at some time.

Pure. Time is a place in the order of execution.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import merge

from .names import ANY, is_nobodys
from .statements import Statement

Index = int
"""A statement's place in the order of execution."""


@dataclass(frozen=True, slots=True, order=True)
class _Event:
    """A statement binds a name, perhaps does, or takes it away."""

    index: Index
    is_certain: bool = False
    is_end: bool = False


@dataclass(slots=True)
class Bindings:
    """Who has bound what until now; statements are added in order of execution."""

    statements: Sequence[Statement]
    _events: defaultdict[str, list[_Event]] = field(default_factory=lambda: defaultdict(list))

    def add(self, index: Index, bound: Iterable[str]) -> None:
        """Take down what a statement binds.

        Args:
            bound: What it binds by what it calls.
        """
        names = self.statements[index].names
        for name in (names.may_bind | set(bound)) - names.binds - names.unbinds:
            self._events[name].append(_Event(index))
        for name in names.binds:
            self._events[name].append(_Event(index, is_certain=True))
        for name in names.unbinds:
            self._events[name].append(_Event(index, is_certain=True, is_end=True))

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

    def last(self, name: str) -> Index | None:
        """The statement that has bound a name last, or has taken it away."""
        events = self._events.get(name)
        return events[-1].index if events else None

    def names(self, time: Index) -> set[str]:
        """All that stand for something at a time."""
        return {name for name in self._events if self.binders(name, time)}

    def turns(self, names: Iterable[str]) -> list[Index]:
        """The statements that bind one of some names, in order: in between, each means the same."""
        events = (event for name in (*names, ANY) for event in self._events.get(name, ()))
        return sorted({event.index for event in events})

    def _before(self, name: str, time: Index) -> Iterator[_Event]:
        """What has happened to a name before a time; latest first."""
        own = self._of(name, time)
        if ANY not in self._events or is_nobodys(name):
            return own
        return merge(own, self._of(ANY, time), reverse=True)

    def _of(self, name: str, time: Index) -> Iterator[_Event]:
        events = self._events.get(name, [])
        at = bisect_left(events, _Event(time))
        return (events[each] for each in range(at - 1, -1, -1))

    def _is_package(self, index: Index) -> bool:
        imported = self.statements[index].imported
        return imported is not None and imported.is_package
