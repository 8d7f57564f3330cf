"""Topics with wildcards, as MQTT has them (section 4.7): what a pattern stands for. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")

ONE, REST = "+", "#"
"""Stands for one level; for any number of levels at the end, and none."""


def problem_of(pattern: str) -> str:
    """Why this is no pattern; "" if it is one, or a topic."""
    levels = pattern.split("/")
    for place, level in enumerate(levels):
        is_whole = level in (ONE, REST)
        if is_pattern(level) and (not is_whole or (level == REST and place < len(levels) - 1)):
            return "`+` stands for a whole level, `#` for all that is left at the end"
    return ""


def is_pattern(topic: str) -> bool:
    """It stands for more than itself."""
    return ONE in topic or REST in topic


def levels_of(pattern: str, topic: str) -> list[str]:
    """What the wildcards of a pattern stand for in a topic; for `#` that has slashes in it."""
    found, given = [], topic.split("/")
    for place, level in enumerate(pattern.split("/")):
        if level == REST:
            found.append("/".join(given[place:]))
        elif level == ONE and place < len(given):
            found.append(given[place])
    return found


def metadata_of(pattern: str, topic: str) -> dict[str, str]:
    """What is to be said about a message: its `topic`, and each `level` that was left open."""
    said = {"topic": topic}
    for number, level in enumerate(levels_of(pattern, topic), 1):
        said["level" if number == 1 else f"level{number}"] = level
    return said


class Patterns(Generic[T]):
    """Things by pattern; found by topic, in a time that does not grow with their number."""

    def __init__(self) -> None:
        self._things: list[T] = []
        self._next: dict[str, Patterns[T]] = {}

    def __iter__(self) -> Iterator[T]:
        yield from self._things
        for each in self._next.values():
            yield from each

    def add(self, pattern: str, thing: T) -> None:
        """One more."""
        node = self
        for level in pattern.split("/"):
            node = node._next.setdefault(level, Patterns())
        node._things.append(thing)

    def remove(self, pattern: str, thing: T) -> bool:
        """One less. False if it is not there."""
        return self._remove(pattern.split("/"), thing)

    def of(self, topic: str) -> list[T]:
        """All whose pattern stands for a topic. Those of brokers (`$SYS`) are to be named."""
        found: list[T] = []
        nodes = [self]
        for place, level in enumerate(topic.split("/")):
            follow: list[Patterns[T]] = []
            for node in nodes:
                if place or not topic.startswith("$"):
                    rest = node._next.get(REST)
                    if rest is not None:
                        found += rest._things
                    one = node._next.get(ONE)
                    if one is not None:
                        follow.append(one)
                exact = node._next.get(level)
                if exact is not None and level not in (ONE, REST):
                    follow.append(exact)
            nodes = follow
        for node in nodes:
            found += node._things
            # `a/#` stands for `a`, too.
            if REST in node._next:
                found += node._next[REST]._things
        return found

    def _remove(self, levels: list[str], thing: T) -> bool:
        if not levels:
            if thing not in self._things:
                return False
            self._things.remove(thing)
            return True
        node = self._next.get(levels[0])
        if node is None or not node._remove(levels[1:], thing):
            return False
        if not node._things and not node._next:
            del self._next[levels[0]]
        return True
