"""What the names in a top-level statement are to it: a value for each statement, made by `reading`.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

ANY = "*"
"""A name that only the run knows."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call, as far as it may change what it is given.

    Attributes:
        called: The name that is called, or that of the method.
        is_method: It is a method; its object is the first argument.
        arguments: Whose objects are handed over, by place, by keyword, or by None (`*` and `**`).
    """

    called: str
    is_method: bool
    arguments: tuple[Argument, ...]

    @property
    def names(self) -> set[str]:
        """All whose objects are handed over, or the one that a method is of."""
        return {name for each in self.arguments for name in each.names}


@dataclass(frozen=True, slots=True)
class Argument:
    """What is handed over in a call.

    Attributes:
        key: The place, the keyword, or None if it may be any.
        names: Whose objects it may be, or parts of them.
        shared: Of which it holds parts only, in something new.
    """

    key: int | str | None
    names: frozenset[str]
    shared: frozenset[str]

    @property
    def every(self) -> frozenset[str]:
        """All that it is, or holds parts of."""
        return self.names | self.shared


@dataclass(frozen=True, slots=True)
class Function:
    """A function or method that a statement defines, as others may call it.

    Attributes:
        places: Parameters by place.
        others: Parameters by keyword only.
        star: The parameter that takes what `places` do not.
        stars: The one that takes the keywords that nothing else does.
        defaults: Parameters that have a value of their own, which can be changed.
        changes: Parameters whose objects it changes.
        deep: Those of them in which parts are changed.
        remembers: What it returns may keep something between calls, as a closure that counts; or
            what that returns, and so on: the most calls that lead to it. 0 if nothing does.
        calls: What it hands its parameters on to.
        inner: The calls in functions inside of it, as far as these are given what is its own.
        results: Those of them of which it changes what they return.
        returns: Those of them whose results it returns, or what holds them.
        gives: Parameters whose objects it returns, or parts of them. A class holds all.
        gives_outer: Global names of which it returns them.
    """

    places: tuple[str, ...]
    others: tuple[str, ...]
    star: str | None
    stars: str | None
    defaults: frozenset[str]
    changes: frozenset[str]
    deep: frozenset[str]
    remembers: int
    calls: tuple[Call, ...]
    inner: tuple[Call, ...]
    results: tuple[Call, ...]
    returns: tuple[Call, ...]
    gives: frozenset[str]
    gives_outer: frozenset[str]

    @property
    def parameters(self) -> frozenset[str]:
        """The names of all."""
        stars = [each for each in (self.star, self.stars) if each is not None]
        return frozenset((*self.places, *self.others, *stars))

    def given(
        self, call: Call, changed: frozenset[str], deep: frozenset[str], skipped: int
    ) -> Iterator[str]:
        """The names of those who call whose objects become some parameters.

        Args:
            changed: The parameters.
            deep: The parameters of whose objects parts are enough.
            skipped: How many places are taken before the arguments of the call; -1 if the first
                of them is what the function was taken out of.
        """
        for each in call.arguments:
            takers = self._takers(each.key, skipped)
            if changed.intersection(takers):
                yield from each.names
            if deep.intersection(takers):
                yield from each.shared

    def left(self, call: Call, skipped: int) -> frozenset[str]:
        """The parameters that keep their defaults in a call."""
        taken = {name for each in call.arguments for name in self._takers(each.key, skipped)}
        return self.defaults - taken

    def _takers(self, key: int | str | None, skipped: int) -> set[str]:
        takers: Sequence[str | None]
        if key is None:
            takers = [*self.places, *self.others, self.star, self.stars]
        elif isinstance(key, str):
            takers = [key if key in (*self.places, *self.others) else self.stars]
        else:
            at = key + skipped
            takers = [self.places[at] if at < len(self.places) else self.star] if at >= 0 else []
        return {each for each in takers if each is not None}


@dataclass(slots=True)
class Names:
    """The names of a top-level statement. All are global ones.

    Some are nobody's: `random.` is what a module remembers, `.settings` what objects of classes
    share by this name, and `*` is any name at all.

    Attributes:
        binds: Bound whenever it has run.
        may_bind: Bound by it perhaps.
        unbinds: Taken away by it.
        reads: Read while it runs.
        later: Read by what it defines, when that is called.
        hints: Read by annotations that are text, or not evaluated; these need not be there.
        calls_on: What it calls while it runs, or makes what it calls of.
        hands_over: Read in the arguments of its calls, and as the objects of methods.
        decorated_by: As `calls_on`, by decorators and base classes.
        decorators: The methods that are decorators, as they are called.
        told: Names and the methods of theirs that lines of their own call.
        registers: Whose methods decorate what it defines: these may keep it.
        changes: Whose objects it changes, while it runs.
        deep: Those of them in which parts are changed.
        doubts: What modules remember that it may have changed; nobody knows.
        own: Those that it has bound itself before.
        kinds: Those whose classes are changed.
        patches: What it puts into modules, with dots.
        calls: What it calls, while it runs.
        results: Those of which it changes what they return.
        later_binds: Bound by what it defines, when that is called (`global`).
        later_changes: Changed by that.
        later_calls: Called by that.
        later_results: Those of which that changes what they return.
        is_calling: It calls something while it runs.
        views: What the objects of a name may be, or be a part of, once it has run.
        shares: What they may hold, or parts of it.
        made: The calls that the objects of a name come from.
        holds: The calls whose objects they may hold, these included.
        by_text: It reads names of which only the run knows which, while it runs.
        later_by_text: What it defines does so, when that is called.
        remembers: Functions without a name in it may keep something between calls.
        functions: What it defines, by the name to call it by; `.name` for methods.
        renames: The functions that it gives other names, or makes methods; by these.
        lines: The first line of each name in the statement's cell, from 1.
    """

    binds: set[str] = field(default_factory=set)
    may_bind: set[str] = field(default_factory=set)
    unbinds: set[str] = field(default_factory=set)
    reads: set[str] = field(default_factory=set)
    later: set[str] = field(default_factory=set)
    hints: set[str] = field(default_factory=set)
    calls_on: set[str] = field(default_factory=set)
    hands_over: set[str] = field(default_factory=set)
    decorated_by: set[str] = field(default_factory=set)
    decorators: list[Call] = field(default_factory=list)
    told: list[tuple[str, str]] = field(default_factory=list)
    registers: set[str] = field(default_factory=set)
    changes: set[str] = field(default_factory=set)
    deep: set[str] = field(default_factory=set)
    doubts: set[str] = field(default_factory=set)
    own: set[str] = field(default_factory=set)
    kinds: set[str] = field(default_factory=set)
    patches: set[str] = field(default_factory=set)
    calls: list[Call] = field(default_factory=list)
    results: list[Call] = field(default_factory=list)
    later_binds: set[str] = field(default_factory=set)
    later_changes: set[str] = field(default_factory=set)
    later_calls: list[Call] = field(default_factory=list)
    later_results: list[Call] = field(default_factory=list)
    is_calling: bool = False
    views: dict[str, set[str]] = field(default_factory=dict)
    shares: dict[str, set[str]] = field(default_factory=dict)
    made: dict[str, list[Call]] = field(default_factory=dict)
    holds: dict[str, list[Call]] = field(default_factory=dict)
    by_text: bool = False
    later_by_text: bool = False
    remembers: bool = False
    functions: dict[str, Function] = field(default_factory=dict)
    renames: dict[str, str] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)

    @property
    def bound(self) -> set[str]:
        """All that it may bind while it runs."""
        return self.binds | self.may_bind

    @property
    def used(self) -> set[str]:
        """All that it reads, or what it defines does."""
        return self.reads | self.later | self.hints


def is_nobodys(name: str) -> bool:
    """Whether a name is none that stands in cells."""
    return name == ANY or name.startswith(".") or name.endswith(".")
