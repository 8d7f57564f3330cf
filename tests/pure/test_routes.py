"""Routes against a naive model: where a message ends up, and what is counted."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from msgflo_lab.binding import Binding, Kind, Routes
from msgflo_lab.names import QueueName, dead_letters_of

NAMES = [QueueName(each) for each in ("a", "b", "c", "d", "dead-a")]
queues = st.sampled_from(NAMES)
kinds = st.sampled_from(Kind)
bindings = st.builds(Binding, queues, queues, kinds)
steps = st.one_of(
    st.tuples(st.just("add"), bindings),
    st.tuples(st.just("add"), bindings),
    st.tuples(st.just("remove"), bindings),
    st.tuples(st.just("send"), queues),
)


def _reached(there: set[Binding], source: QueueName) -> set[QueueName]:
    """Every queue that a message ends up in, but its own."""
    found = {source}
    while more := {b.target for b in there if b.origin in found and b.target not in found}:
        found |= more
    return found - {source}


def _nearness(there: set[Binding], source: QueueName) -> dict[QueueName, int]:
    far, ahead, distance = {source: 0}, {source}, 0
    while ahead:
        distance += 1
        ahead = {b.target for b in there if b.origin in ahead and b.target not in far}
        far |= dict.fromkeys(ahead, distance)
    return far


@given(st.lists(steps, max_size=40))
def test_routes(steps: list[tuple[str, object]]) -> None:
    routes, there = Routes(), set[Binding]()
    passed: Counter[Binding] = Counter()
    for step in steps:
        match step:
            case ("add", Binding() as binding):
                routes.add(binding)
                there.add(binding)
            case ("remove", Binding() as binding):
                routes.remove(binding)
                there.discard(binding)
                del passed[binding]
            case (_, str(source)):
                route = routes.route(QueueName(source))
                route.count += 1
                passed.update(route.hops)
        assert set(routes) == there
        assert all(binding in routes for binding in there)
        assert routes.sources == {binding.origin for binding in there}
        for queue in NAMES:
            route = routes.route(queue)
            assert len(set(route.targets)) == len(route.targets)
            assert set(route.targets) == _reached(there, queue)
            far = _nearness(there, queue)
            assert [far[t] for t in route.targets] == sorted(far[t] for t in route.targets)
            assert set(route.hops) <= there
            assert len(set(route.hops)) == len(route.hops)
            arrives = {hop.target for hop in route.hops if hop.origin != hop.target}
            assert arrives == set(route.targets)
            passed_on = {queue, *route.targets}
            for_all = {
                b.target
                for b in there
                if b.origin in passed_on and b.origin != b.target and b.kind is not Kind.ROUND_ROBIN
            }
            assert route.in_turn == set(route.targets) - for_all
        assert dict(routes.counts()) == {binding: passed[binding] for binding in there}


def test_a_cycle_ends_by_itself() -> None:
    a, b, c = (QueueName(each) for each in "abc")
    routes = Routes([Binding(a, b), Binding(b, c), Binding(c, a)])
    assert routes.route(a).targets == (b, c)
    assert routes.route(b).targets == (c, a)


def test_a_queue_bound_to_itself_only_counts() -> None:
    a = QueueName("a")
    routes = Routes([Binding(a, a)])
    route = routes.route(a)
    assert route.targets == ()
    route.count += 3
    assert dict(routes.counts()) == {Binding(a, a): 3}


def test_what_is_rejected_takes_the_way_of_dead_letters_only() -> None:
    a, b, c = (QueueName(each) for each in "abc")
    routes = Routes([Binding(a, b, Kind.ROUND_ROBIN), Binding(b, c, Kind.DEAD_LETTER)])
    assert routes.route(a).targets == (b,)
    assert routes.route(a).in_turn == {b}
    assert routes.route(b).targets == ()
    rejected = routes.route(dead_letters_of(b))
    assert (rejected.targets, rejected.in_turn) == ((c,), set())


def test_a_long_chain_and_a_wide_fan() -> None:
    chain = [QueueName(str(number)) for number in range(5_000)]
    routes = Routes(Binding(a, b) for a, b in pairwise(chain))
    assert routes.route(chain[0]).targets == tuple(chain[1:])
    routes.remove(Binding(chain[2_500], chain[2_501]))
    assert len(routes.route(chain[0]).targets) == 2_500
    fan = Routes(Binding(chain[0], target) for target in chain[1:])
    assert len(fan.route(chain[0]).targets) == 4_999
