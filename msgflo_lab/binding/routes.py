"""Bindings as a forwarding table, for transports that carry them out themselves.

Pure layer; used by the in-process transport and by the router for plain MQTT brokers. A message
published to a queue also counts as published to every queue it is forwarded to, and so travels on
along *their* bindings. The table works that out beforehand: a route lists every queue that a
message ends up in, each once, never the one it came from. So a cycle of bindings ends by itself,
and a forwarder that ignores what it has sent itself never loops.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Set

from ..names import QueueName
from .model import Binding, Kind


class Route:
    """Where a message of one queue goes.

    Attributes:
        targets: The queues it is forwarded to, nearest first.
        in_turn: Those of them where it is for one of the readers only: it gets there by no other
            binding than round robin.
        hops: The bindings it passes on the way, each once.
        count: Messages that took this route. The forwarder adds to it.
    """

    __slots__ = ("count", "hops", "in_turn", "targets")

    def __init__(
        self,
        targets: tuple[QueueName, ...] = (),
        hops: tuple[Binding, ...] = (),
        in_turn: Set[QueueName] = frozenset(),
    ) -> None:
        self.targets = targets
        self.in_turn = in_turn
        self.hops = hops
        self.count = 0


class Routes:
    """The table. Changing it costs work only for the queues upstream of the change."""

    def __init__(self, bindings: Iterable[Binding] = ()) -> None:
        self._after: dict[QueueName, dict[Binding, None]] = {}
        self._before: dict[QueueName, dict[Binding, None]] = {}
        self._compiled: dict[QueueName, Route] = {}
        self._passed: Counter[Binding] = Counter()
        for binding in bindings:
            self.add(binding)

    def __contains__(self, binding: Binding) -> bool:
        return binding in self._after.get(binding.origin, ())

    def __iter__(self) -> Iterator[Binding]:
        for bindings in self._after.values():
            yield from bindings

    @property
    def sources(self) -> Set[QueueName]:
        """Every queue whose messages have somewhere to go, or are to be counted."""
        return self._after.keys()

    def add(self, binding: Binding) -> None:
        """Put a binding in. Idempotent."""
        if binding in self:
            return
        self._forget_upstream(binding.origin)
        self._after.setdefault(binding.origin, {})[binding] = None
        self._before.setdefault(binding.target, {})[binding] = None

    def remove(self, binding: Binding) -> None:
        """Take a binding out, and its count with it. Idempotent."""
        if binding not in self:
            return
        self._forget_upstream(binding.origin)
        _discard(self._after, binding.origin, binding)
        _discard(self._before, binding.target, binding)
        del self._passed[binding]

    def route(self, source: QueueName) -> Route:
        """The route of a queue; an empty one if nothing is bound to it.

        The object stays valid until the next `add` or `remove`; then ask again.
        """
        found = self._compiled.get(source)
        if found is None:
            found = self._compile(source)
            if source in self._after:
                self._compiled[source] = found
        return found

    def counts(self) -> Iterator[tuple[Binding, int]]:
        """For each binding, how many messages have passed since it was put in."""
        passed = self._passed.copy()
        for route in self._compiled.values():
            if route.count:
                for hop in route.hops:
                    passed[hop] += route.count
        return ((binding, passed[binding]) for binding in self)

    def _compile(self, source: QueueName) -> Route:
        targets: list[QueueName] = []
        hops: list[Binding] = []
        for_all: set[QueueName] = set()
        seen = {source}
        ahead = [source]
        for queue in ahead:
            for hop in self._after.get(queue, ()):
                if hop.target == queue:
                    hops.append(hop)
                    continue
                if hop.target not in seen:
                    seen.add(hop.target)
                    targets.append(hop.target)
                    ahead.append(hop.target)
                    hops.append(hop)
                if hop.kind is not Kind.ROUND_ROBIN:
                    for_all.add(hop.target)
        return Route(tuple(targets), tuple(hops), frozenset(targets) - for_all)

    def _forget_upstream(self, queue: QueueName) -> None:
        if not self._compiled:
            return
        seen = {queue}
        ahead = [queue]
        for each in ahead:
            route = self._compiled.pop(each, None)
            if route is not None and route.count:
                for hop in route.hops:
                    self._passed[hop] += route.count
            for binding in self._before.get(each, ()):
                if binding.origin not in seen:
                    seen.add(binding.origin)
                    ahead.append(binding.origin)


def _discard(table: dict[QueueName, dict[Binding, None]], key: QueueName, value: Binding) -> None:
    row = table[key]
    del row[value]
    if not row:
        del table[key]
