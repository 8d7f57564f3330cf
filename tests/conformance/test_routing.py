"""Any set of bindings, however it came about, against a model that cannot be wrong."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from msgflo_lab.binding import Binding
from msgflo_lab.definition import Side
from msgflo_lab.names import QueueName
from msgflo_lab.transport import Subscription
from tests.brokers import Mosquitto
from tests.conformance.conftest import MQTT
from tests.conformance.places import Place, direct, opened, take

QUEUES = 5

Step = tuple[str, int, int]
steps: st.SearchStrategy[list[Step]] = st.lists(
    st.tuples(
        st.sampled_from(("bind", "bind", "unbind", "publish", "publish")),
        st.integers(0, QUEUES - 1),
        st.integers(0, QUEUES - 1),
    ),
    max_size=25,
)


def reached(bound: set[tuple[int, int]], source: int) -> set[int]:
    """The queues that a message of `source` ends up in."""
    found = {source}
    while True:
        more = {target for origin, target in bound if origin in found} - found
        if not more:
            return found
        found |= more


async def run(place: Place, todo: list[Step], unique: int) -> None:
    """Take the steps on a real transport and compare every queue with the model."""
    queues = [QueueName(f"routing-{unique}/{number}") for number in range(QUEUES)]
    async with opened(place):
        binder, client = await place.binder(), await place.client()
        for queue in queues:
            for side in Side:
                await client.declare(queue, side)
        inboxes: list[Subscription] = [await client.subscribe(queue) for queue in queues]
        bound: set[tuple[int, int]] = set()
        for number, (what, a, b) in enumerate(todo):
            if what == "publish":
                payload = b"%d" % (number // 2)
                await client.publish(queues[a], payload)
                for target in sorted(reached(bound, a)):
                    assert await take(inboxes[target], 1) == [payload]
            elif what == "bind":
                bound.add((a, b))
                await binder.bind(Binding(queues[a], queues[b]))
            else:
                bound.discard((a, b))
                await binder.unbind(Binding(queues[a], queues[b]))
        ours = {each for each in await binder.bindings() if each.source in queues}
        assert ours == {Binding(queues[a], queues[b]) for a, b in bound}
        for a, b in bound:
            await binder.unbind(Binding(queues[a], queues[b]))
        for queue in queues:
            await client.publish(queue, b"last", Side.IN)
        leftovers = Counter([payload for inbox in inboxes for payload in await take(inbox, 1)])
        assert leftovers == {b"last": QUEUES}


_runs = iter(range(1_000_000))


@pytest.mark.parametrize("mode", ["direct", *MQTT])
def test_any_bindings(mode: str, request: pytest.FixtureRequest) -> None:
    broker: Mosquitto | None = None
    if mode != "direct":
        broker = request.getfixturevalue("mosquitto")

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(steps)
    def check(todo: list[Step]) -> None:
        async def once() -> None:
            place = direct() if broker is None else Place(broker.url, **MQTT[mode])
            await run(place, todo, next(_runs))

        asyncio.run(once())

    check()
