"""The coordinator on a broker that refuses, raises and gets slow: in the end, bound is planned."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msgflo_lab.binding import Binding, Kind, plan
from msgflo_lab.definition import ParticipantDefinition, Side
from msgflo_lab.discovery import encode
from msgflo_lab.errors import ConnectionFailed, MsgFloLabError
from msgflo_lab.graph import Edge, Graph
from msgflo_lab.names import ParticipantId, PortName, QueueName, Role
from msgflo_lab.runtime.coordinator import Coordinator
from msgflo_lab.runtime.limits import TIDY_AFTER
from msgflo_lab.transport import DeadLetters, Delivery, Link, Subscription, Traits
from tests.pure.strategies import edges, few_ports, few_roles
from tests.runtime.helpers import definition, until

A, B = Role("a"), Role("b")
IN, OUT = PortName("in"), PortName("out")
EDGE = Edge(A, OUT, B, IN)


class Broker:
    """A binder that fails as `trouble` tells it: 0 not at all, 1 always."""

    def __init__(self, seed: int = 0) -> None:
        self.bound: set[Binding] = set()
        self.sent: list[tuple[QueueName, bytes]] = []
        self.trouble = 0.0
        self.answers_are_lost = False
        self.stuck: set[QueueName] = set()
        self.calls = 0
        self.keeps = False
        self._chance = random.Random(seed)

    async def _act(self) -> None:
        self.calls += 1
        for _ in range(self._chance.randrange(3)):
            await asyncio.sleep(0)
        if self._chance.random() < self.trouble:
            raise self._chance.choice([ConnectionFailed("link lost"), OSError("a bug"), KeyError()])

    async def bind(self, binding: Binding) -> None:
        await self._act()
        self.bound.add(binding)
        await self._act_after()

    async def unbind(self, binding: Binding) -> None:
        await self._act()
        self.bound.discard(binding)
        await self._act_after()

    async def _act_after(self) -> None:
        """Done, but the answer is late, or lost."""
        await self._act()
        if self.answers_are_lost:
            raise ConnectionFailed("no answer")

    async def bindings(self, *, everybodys: bool = False) -> frozenset[Binding]:
        return frozenset(self.bound)

    async def is_declared(self, queue: QueueName, side: Side) -> bool:
        return True

    def traffic(self) -> Iterable[tuple[Binding, int]]:
        return [(binding, 0) for binding in self.bound]

    async def waiting(self, queues: Collection[QueueName]) -> Mapping[QueueName, int]:
        return {}

    async def publish(self, queue: QueueName, payload: bytes, side: Side = Side.OUT) -> None:
        assert side is Side.IN
        await until(lambda: queue not in self.stuck)
        await self._act()
        self.sent.append((queue, payload))

    async def post(
        self,
        queue: QueueName,
        payload: bytes,
        side: Side = Side.OUT,
        *,
        cause: Delivery | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        await self.publish(queue, payload, side)

    @property
    def traits(self) -> Traits:
        return Traits(keeps=self.keeps)

    @property
    def dead_letters(self) -> DeadLetters:
        raise NotImplementedError

    async def declare(
        self, queue: QueueName, side: Side, options: Mapping[str, Any] | None = None
    ) -> None: ...

    async def subscribe(self, queue: QueueName) -> Subscription:
        raise NotImplementedError

    async def tap(self, queue: QueueName, side: Side) -> Subscription:
        raise NotImplementedError

    async def discoveries(self) -> Subscription:
        raise NotImplementedError

    async def announce(self, announcement: bytes) -> None: ...

    async def close(self) -> None: ...


class World:
    """A coordinator at work, with a clock of its own."""

    def __init__(self, seed: int = 0, elsewhere: Collection[Role] = ()) -> None:
        self.now = 0.0
        self.broker = Broker(seed)
        self.graph = Graph()
        self.coordinator = Coordinator(
            self.broker,
            clock=lambda: self.now,
            on_change=lambda *_: None,
            heartbeat=600,
            elsewhere=elsewhere,
        )
        self.coordinator.load(self.graph)

    async def __aenter__(self) -> World:
        self._task = asyncio.create_task(self.coordinator.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    def heard(self, said: ParticipantDefinition) -> None:
        self.coordinator.heard(encode(said))

    def edit(self, name: str, *arguments: Any) -> None:
        self.graph, changes = getattr(self.graph, name)(*arguments)
        self.coordinator.edited(self.graph, changes)

    @property
    def planned(self) -> frozenset[Binding]:
        every = [*self.graph.edges, *self.coordinator._derived]
        return plan(every, self.coordinator.roster.queues)

    async def settled(self) -> None:
        """No trouble any more: wait until everything is as planned."""
        self.broker.trouble = 0
        self.coordinator.link_changed(Link.UP, "")
        async with asyncio.timeout(10):
            await until(
                lambda: self.broker.bound == self.planned and self.coordinator.carrier.is_idle
            )
            await self.coordinator.settled()


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("msgflo_lab.runtime.carrier.BIND_RETRY", (0.001, 0.004))
    monkeypatch.setattr("msgflo_lab.runtime.packets.BIND_RETRY", (0.001, 0.004))
    monkeypatch.setattr("msgflo_lab.runtime.carrier.BIND_AT_ONCE", 3)


queue_names = st.sampled_from(["p", "q", "r", None])
sides = st.fixed_dictionaries({"x": queue_names, "y": queue_names})
people = st.builds(
    lambda role, inports, outports, who: definition(role, inports, outports, who=who),
    few_roles,
    sides,
    sides,
    st.sampled_from("abc"),
)
steps = st.one_of(
    st.tuples(st.just("heard"), people),
    st.tuples(st.just("heard"), people),
    st.tuples(st.just("forget"), st.sampled_from("abc")),
    st.tuples(st.just("connect"), edges),
    st.tuples(st.just("connect"), edges),
    st.tuples(st.just("disconnect"), edges),
    st.tuples(st.just("set_initial"), few_roles, few_ports, st.integers(0, 3)),
    st.tuples(st.just("rename_node"), few_roles, few_roles),
    st.tuples(st.just("remove_node"), few_roles),
    st.tuples(st.just("trouble"), st.sampled_from([0.0, 0.5, 1.0])),
    st.tuples(st.just("pass"), st.floats(0, 700)),
    st.tuples(st.just("breathe"), st.integers(1, 10)),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(steps, max_size=30), st.integers(0, 1_000))
def test_in_the_end_bound_is_planned(steps: list[tuple[Any, ...]], seed: int) -> None:
    async def run() -> None:
        async with World(seed) as world:
            world.broker.trouble = 0.3
            for who in "abc":
                world.heard(definition(who, {"x": f"{who}.IN"}, {"y": f"{who}.OUT"}, who=who))
                world.edit("connect", Edge(Role(who), PortName("y"), A, PortName("x")))
            for name, *arguments in steps:
                await _step(world, name, *arguments)
            await world.settled()
            assert world.broker.bound == world.planned
            assert world.coordinator.carrier.bound == world.broker.bound
            for edge in world.graph.edges:
                is_planned = bool(plan([edge], world.coordinator.roster.queues))
                assert world.coordinator.is_bound(edge) == is_planned
            assert not world.coordinator.packets.due()
            await asyncio.sleep(0)
            assert len(world.coordinator.problems) <= 100

    asyncio.run(run())


async def _step(world: World, name: str, *arguments: Any) -> None:
    match name:
        case "heard":
            world.heard(arguments[0])
        case "forget":
            world.coordinator.forget(ParticipantId(arguments[0]), for_good=False)
        case "trouble":
            world.broker.trouble = arguments[0]
        case "pass":
            world.now += arguments[0]
            world.coordinator.sweep()
        case "breathe":
            for _ in range(arguments[0]):
                await asyncio.sleep(0)
        case _:
            try:
                world.edit(name, *arguments)
            except MsgFloLabError:
                return


@pytest.mark.anyio
async def test_a_refused_binding_is_tried_again_and_holds_nobody_up() -> None:
    async with World() as world:
        world.broker.trouble = 1
        world.edit("connect", EDGE)
        world.heard(definition("a", {}, {"out": "p"}))
        world.heard(definition("b", {"in": "q"}))
        async with asyncio.timeout(5):
            await world.coordinator.settled()
            await until(lambda: world.broker.calls >= 3)
        assert not world.coordinator.is_bound(EDGE)
        assert world.coordinator.problems
        await world.settled()
        assert world.coordinator.is_bound(EDGE)


@pytest.mark.anyio
async def test_what_the_broker_did_though_it_failed_is_undone() -> None:
    async with World() as world:
        world.broker.answers_are_lost = True
        world.edit("connect", EDGE)
        world.heard(definition("a", {}, {"out": "p"}))
        world.heard(definition("b", {"in": "q"}))
        async with asyncio.timeout(5):
            await until(lambda: world.broker.bound)
            assert not world.coordinator.is_bound(EDGE)
            world.edit("disconnect", EDGE)
            await until(lambda: not world.broker.bound)


@pytest.mark.anyio
async def test_a_packet_for_a_congested_inport_holds_up_no_binding() -> None:
    async with World() as world:
        world.broker.stuck.add(QueueName("full"))
        world.edit("set_initial", Role("c"), IN, 1)
        world.heard(definition("c", {"in": "full"}))
        async with asyncio.timeout(5):
            await until(lambda: world.coordinator.packets._sending)
        world.edit("connect", EDGE)
        world.heard(definition("a", {}, {"out": "p"}))
        world.heard(definition("b", {"in": "q"}))
        async with asyncio.timeout(5):
            await until(lambda: world.coordinator.is_bound(EDGE))
        world.edit("set_initial", Role("c"), IN, 2)
        world.broker.stuck.clear()
        async with asyncio.timeout(5):
            await until(lambda: len(world.broker.sent) == 2)
        assert [payload for _, payload in world.broker.sent] == [b"1", b"2"]


@pytest.mark.anyio
async def test_a_packet_for_somebody_who_has_left_is_given_up() -> None:
    async with World() as world:
        world.broker.trouble = 1
        world.edit("set_initial", B, IN, 1)
        world.heard(definition("b", {"in": "q"}))
        async with asyncio.timeout(5):
            await until(lambda: world.broker.calls)
            world.coordinator.forget(ParticipantId("b-1"))
            await until(lambda: not world.coordinator.packets._sending)
        await world.settled()
        assert not world.broker.sent


@pytest.mark.anyio
async def test_bindings_are_there_before_the_packets_that_may_use_them() -> None:
    async with World() as world:
        seen: list[bool] = []
        publish = world.broker.publish

        async def spy(queue: QueueName, payload: bytes, side: Side = Side.OUT) -> None:
            seen.append(world.coordinator.is_bound(EDGE))
            await publish(queue, payload, side)

        world.broker.publish = spy  # type: ignore[method-assign]
        world.edit("connect", EDGE)
        world.edit("set_initial", A, IN, False)
        world.heard(definition("b", {"in": "q"}))
        world.heard(definition("a", {"in": "a.IN"}, {"out": "p"}))
        async with asyncio.timeout(5):
            await world.coordinator.settled()
        assert seen == [True]
        assert world.broker.sent == [(QueueName("a.IN"), b"false")]


@pytest.mark.anyio
async def test_a_packet_for_a_port_that_is_not_there_is_a_problem() -> None:
    async with World() as world:
        world.heard(definition("b", {"in": "q"}))
        world.edit("set_initial", B, PortName("other\n"), 1)
        async with asyncio.timeout(5):
            await world.coordinator.settled()
        assert world.coordinator.problems[-1] == (
            r"no inport `other\n` on `b` for its initial packet"
        )


@pytest.mark.anyio
async def test_a_stale_participant_that_returns_gets_its_packet_again() -> None:
    async with World() as world:
        world.edit("set_initial", B, IN, 0)
        said = definition("b", {"in": "q"})
        for now in (0, 0.5, 400, 401):
            world.now = now
            world.coordinator.sweep()
            world.heard(said)
            await world.settled()
        assert len(world.broker.sent) == 2


@pytest.mark.anyio
async def test_where_queues_outlive_participants_bindings_do_too() -> None:
    """A worker that is restarted finds its jobs in its queue."""
    world = World()
    world.broker.keeps = True
    binding = Binding(QueueName("a.OUT"), QueueName("b.IN"))
    async with world:
        world.heard(definition("a", {}, {"out": "a.OUT"}))
        world.heard(definition("b", {"in": "b.IN"}))
        world.edit("connect", EDGE)
        await world.coordinator.settled()
        assert world.broker.bound == {binding}
        for who in ("a-1", "b-1"):
            world.coordinator.forget(ParticipantId(who), for_good=False)
        await world.coordinator.settled()
        assert world.broker.bound == {binding}
        world.heard(definition("b", {"in": "b.OTHER"}))
        await world.coordinator.settled()
        assert world.broker.bound == {Binding(QueueName("a.OUT"), QueueName("b.OTHER"))}
        world.edit("disconnect", EDGE)
        await world.coordinator.settled()
        assert not world.broker.bound


@pytest.mark.anyio
async def test_what_an_earlier_life_has_bound_goes_when_it_is_sure_that_nobody_wants_it() -> None:
    world = World()
    world.broker.keeps = True
    wanted = Binding(QueueName("a.OUT"), QueueName("b.IN"))
    gone = Binding(QueueName("a.OUT"), QueueName("c.IN"))
    away = Binding(QueueName("a.OUT"), QueueName("d.IN"))
    world.broker.bound = {wanted, gone, away}
    async with world:
        world.coordinator.adopt(world.broker.bound)
        world.heard(definition("a", {}, {"out": "a.OUT"}))
        world.heard(definition("c", {"in": "c.IN"}))

        async def later(seconds: float) -> set[Binding]:
            world.now += seconds
            world.coordinator.sweep()
            await world.coordinator.settled()
            return world.broker.bound

        assert await later(2 * TIDY_AFTER) == {wanted, gone, away}, "there is no graph yet"
        world.edit("connect", EDGE)
        world.heard(definition("b", {"in": "b.IN"}))
        assert await later(TIDY_AFTER / 2) == {wanted, gone, away}
        assert await later(TIDY_AFTER) == {wanted, away}
        assert world.coordinator.problems[-1].endswith("a.OUT -> c.IN")
        world.heard(definition("d", {"in": "d.IN"}))
        assert await later(1) == {wanted}


@pytest.mark.anyio
async def test_a_round_robin_of_the_living_graph() -> None:
    world = World()
    async with world:
        for name in ("web", "work", "failed"):
            world.heard(definition(name, {"in": f"{name}.IN"}, {"out": f"{name}.OUT"}))
        role, edited = world.graph.balance(
            (Role("web"), OUT), (Role("work"), IN), (Role("failed"), IN)
        )
        world.graph = edited[0]
        world.coordinator.edited(*edited)
        await world.coordinator.settled()
        turns = Binding(QueueName("web.OUT"), QueueName("work.IN"), Kind.ROUND_ROBIN)
        dead = Binding(QueueName("work.IN"), QueueName("failed.IN"), Kind.DEAD_LETTER)
        assert world.broker.bound == {turns, dead}
        again, edited = world.graph.balance((Role("web"), OUT), (Role("work"), IN))
        assert (again, edited) == (role, (world.graph, ()))
        world.edit("add_node", role, "msgflo/PubSub")
        await world.coordinator.settled()
        assert world.broker.bound == {Binding(turns.source, turns.target)}
        world.edit("remove_node", role)
        await world.coordinator.settled()
        assert not world.broker.bound


@pytest.mark.parametrize("keeps", [False, True])
def test_who_is_known_to_be_elsewhere_is_bound_before_he_announces_himself(keeps: bool) -> None:
    """But not where the broker has to have his queues first."""

    async def run() -> None:
        async with World(elsewhere={A, B}) as world:
            world.broker.keeps = keeps
            edge = Edge(A, PortName("y"), B, PortName("x"))
            world.edit("connect", edge)
            await world.coordinator.settled()
            assumed = set() if keeps else {Binding(QueueName("a.Y"), QueueName("b.X"))}
            assert world.broker.bound == assumed
            world.heard(definition("a", {}, {"y": "a.Y"}))
            world.heard(definition("b", {"x": "another"}))
            await world.coordinator.settled()
            assert world.broker.bound == {Binding(QueueName("a.Y"), QueueName("another"))}
            world.heard(definition("b", {"z": "b.Z"}))  # it has no such port any more
            await world.coordinator.settled()
            assert world.coordinator.is_bound(edge) is keeps

    asyncio.run(run())
