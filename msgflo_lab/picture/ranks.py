"""Which column a node goes to: cycles broken, edges to the right and short.

Pure layer; knows only numbers. First two steps of the layered method (Sugiyama, Tagawa, Toda 1981).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

Arc = tuple[int, int]
PASSES = 12
"""At most this often all nodes are looked at again to shorten edges."""


def _sequence(count: int, after: Sequence[set[int]], before: Sequence[set[int]]) -> list[int]:
    """An order of the nodes against which few arcs point (Eades, Lin, Smyth 1993).

    Among equals the node that appeared first comes first, so a plain loop is cut where it closes.
    """
    outs = [len(each) for each in after]
    ins = [len(each) for each in before]
    done = [False] * count
    head: list[int] = []
    tail: list[int] = []
    sinks = deque(node for node in range(count) if not outs[node])
    sources = deque(node for node in range(count) if not ins[node])
    left = list(range(count))

    def take(node: int, end: list[int]) -> None:
        done[node] = True
        end.append(node)
        for other in after[node]:
            ins[other] -= 1
            if not ins[other] and not done[other]:
                sources.append(other)
        for other in before[node]:
            outs[other] -= 1
            if not outs[other] and not done[other]:
                sinks.append(other)

    while len(head) + len(tail) < count:
        if sources:
            node = sources.popleft()
            if not done[node]:
                take(node, head)
        elif sinks:
            node = sinks.popleft()
            if not done[node]:
                take(node, tail)
        else:
            left = [node for node in left if not done[node]]
            take(max(left, key=lambda node: outs[node] - ins[node]), head)
    return head + tail[::-1]


def _shortened(
    order: Sequence[int],
    rank: list[int],
    after: Sequence[Sequence[int]],
    before: Sequence[Sequence[int]],
) -> None:
    """Moves nodes within their slack while that shortens edges; undecided ones go right."""
    for _ in range(PASSES):
        moved = False
        for node in reversed(order):
            outs, ins = after[node], before[node]
            if not outs:
                continue
            latest = min([rank[other] for other in outs]) - 1
            if latest > rank[node] and len(outs) >= len(ins):
                rank[node] = latest
                moved = True
        for node in order:
            outs, ins = after[node], before[node]
            if len(ins) > len(outs):
                earliest = max([rank[other] for other in ins]) + 1
                if earliest < rank[node]:
                    rank[node] = earliest
                    moved = True
        if not moved:
            return


def ranks(count: int, arcs: Sequence[Arc]) -> list[int]:
    """The column of every node, 0 being the leftmost.

    In a graph without cycles every arc points right; in one with cycles most do. An arc from a
    node to itself says nothing. Several arcs between the same two nodes count as one.
    """
    after_sets: list[set[int]] = [set() for _ in range(count)]
    before_sets: list[set[int]] = [set() for _ in range(count)]
    for u, v in arcs:
        if u != v:
            after_sets[u].add(v)
            before_sets[v].add(u)
    order = _sequence(count, after_sets, before_sets)
    index = [0] * count
    for i, node in enumerate(order):
        index[node] = i
    after: list[list[int]] = [[] for _ in range(count)]
    before: list[list[int]] = [[] for _ in range(count)]
    for u, v in sorted({(u, v) for u, v in arcs if u != v}):
        if index[u] > index[v]:
            if u in after_sets[v]:
                continue
            u, v = v, u
        after[u].append(v)
        before[v].append(u)
    rank = [0] * count
    for node in order:
        if before[node]:
            rank[node] = max([rank[other] for other in before[node]]) + 1
    _shortened(order, rank, after, before)
    least = min(rank, default=0)
    return [each - least for each in rank]
