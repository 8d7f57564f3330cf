"""Planning: all at once, and as a running total that never differs from it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from msgflo_lab.binding import Binding, Kind, Planner, diff, plan
from msgflo_lab.definition import ParticipantDefinition, Port, Side
from msgflo_lab.discovery import Roster
from msgflo_lab.graph import Edge, Junction
from msgflo_lab.names import ComponentName, ParticipantId, PortName, QueueName, Role
from tests.pure.strategies import edges, few_ports, few_roles

queues = st.sampled_from([None, *(QueueName(each) for each in "pqr")])


def _participant(
    who: str, role: Role, inports: dict[PortName, QueueName], outports: dict[PortName, QueueName]
) -> ParticipantDefinition:
    return ParticipantDefinition(
        id=ParticipantId(who),
        role=role,
        component=ComponentName("Some"),
        inports=tuple(Port(name, queue) for name, queue in inports.items()),
        outports=tuple(Port(name, queue) for name, queue in outports.items()),
    )


BALANCED, JOINED = Role("balanced"), Role("joined")
JUNCTIONS = {BALANCED: Junction.ROUND_ROBIN, JOINED: Junction.PUBSUB}
at_junctions = st.sampled_from([*JUNCTIONS])
ends = st.tuples(few_roles, few_ports)
wired = st.one_of(
    edges,
    edges,
    st.builds(lambda end, to: Edge(end[0], end[1], to, PortName("IN")), ends, at_junctions),
    st.builds(
        lambda junction, port, end: Edge(junction, PortName(port), end[0], end[1]),
        at_junctions,
        st.sampled_from(["OUT", "out", "DEADLETTER", "other"]),
        ends,
    ),
    st.just(Edge(BALANCED, PortName("out"), JOINED, PortName("in"))),
)

sides = st.dictionaries(few_ports, queues, max_size=3)
people = st.builds(_participant, st.sampled_from("1234"), few_roles, sides, sides)
steps = st.one_of(
    st.tuples(st.just("add"), st.lists(wired, max_size=4)),
    st.tuples(st.just("remove"), st.lists(wired, max_size=4)),
    st.tuples(st.just("heard"), people),
    st.tuples(st.just("forget"), st.sampled_from("1234").map(ParticipantId)),
)


@given(st.lists(steps, max_size=40))
def test_the_running_total_is_the_plan(steps: list[tuple[str, object]]) -> None:
    """And the differences it returns, applied one after the other, lead to it."""
    roster = Roster()
    planner = Planner(roster.queues, JUNCTIONS.get)
    there: dict[Edge, None] = {}
    bound: set[Binding] = set()
    for step in steps:
        differences = []
        match step:
            case ("add", list(some)):
                there.update(dict.fromkeys(some))
                differences.append(planner.add(some))
            case ("remove", list(some)):
                for edge in some:
                    there.pop(edge, None)
                differences.append(planner.remove(some))
            case ("heard", ParticipantDefinition() as who):
                member = roster.member(who.id)
                before = member.definition.role if member else who.role
                if roster.heard(who, 0):
                    differences += [
                        planner.role_changed(r) for r in dict.fromkeys([before, who.role])
                    ]
            case ("forget", str(name)):
                for event in roster.forget(ParticipantId(name), for_good=False):
                    differences.append(planner.role_changed(event.definition.role))
        for difference in differences:
            assert not difference.bind & bound
            assert difference.unbind <= bound
            bound |= difference.bind
            bound -= difference.unbind
        wanted = plan(there, roster.queues, JUNCTIONS.get)
        assert bound == wanted
        assert planner.wanted == wanted
        for edge in there:
            if not JUNCTIONS.keys() & {edge.source, edge.target}:
                assert set(planner.bindings(edge)) == plan([edge], roster.queues)
        for binding in wanted:
            assert set(planner.carried_by(binding)) == {
                edge for edge in there if binding in planner.bindings(edge)
            }
        for role in (*map(Role, "abcd"), *JUNCTIONS):
            touching = {edge for edge in there if role in (edge.source, edge.target)}
            assert set(planner.edges_of(role)) == touching


bindings = st.sets(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")))


@given(bindings, bindings)
def test_a_difference_leads_from_one_to_the_other(
    actual: set[tuple[str, str]], wanted: set[tuple[str, str]]
) -> None:
    have = {Binding(QueueName(s), QueueName(t)) for s, t in actual}
    want = {Binding(QueueName(s), QueueName(t)) for s, t in wanted}
    change = diff(have, want)
    assert (have - change.unbind) | change.bind == want
    assert not change.bind & have
    assert change.unbind <= have


def test_two_edges_that_become_one_binding_at_once_bind_it() -> None:
    """Two outports with one queue: neither edge may take the other's word for the binding."""
    queue = QueueName("shared")

    def queues_of(role: Role, side: Side, port: PortName) -> tuple[QueueName, ...]:
        return (queue,) if side is Side.OUT else (QueueName("target"),)

    planner = Planner(queues_of)
    pair = [Edge(Role("a"), PortName(p), Role("b"), PortName("in")) for p in ("x", "y")]
    binding = Binding(queue, QueueName("target"))
    assert planner.add(pair).bind == {binding}
    assert planner.remove(pair[:1]) == (frozenset(), frozenset())
    assert planner.remove([pair[1], pair[1]]).unbind == {binding}


def test_absent_and_hidden_ends_are_pending() -> None:
    roster = Roster()
    edge = Edge(Role("a"), PortName("x"), Role("b"), PortName("y"))
    planner = Planner(roster.queues)
    assert planner.add([edge]) == (frozenset(), frozenset())
    roster.heard(_participant("1", Role("a"), {}, {PortName("x"): QueueName("p")}), 0)
    assert not planner.role_changed(Role("a")).bind
    roster.heard(_participant("2", Role("b"), {PortName("y"): QueueName("q")}, {}), 0)
    assert planner.role_changed(Role("b")).bind == {Binding(QueueName("p"), QueueName("q"))}


def test_a_round_robin_with_dead_letters_as_msgflo_lays_it_out() -> None:
    """imgflo's: web.JOB -> balanced.IN, balanced.OUT -> worker.IN, balanced.DEADLETTER -> ..."""

    def queues_of(role: Role, side: Side, port: PortName) -> tuple[QueueName, ...]:
        return (QueueName(f"{role}.{port}"),)

    def edge(text: str) -> Edge:
        source, target = (each.split(".") for each in text.split(" -> "))
        return Edge(Role(source[0]), PortName(source[1]), Role(target[0]), PortName(target[1]))

    planner = Planner(queues_of, JUNCTIONS.get)
    assert not planner.add([edge("web.JOB -> balanced.IN")]).bind
    job = QueueName("web.JOB")
    assert planner.add([edge("balanced.OUT -> worker.IN")]).bind == {
        Binding(job, QueueName("worker.IN"), Kind.ROUND_ROBIN)
    }
    assert planner.add([edge("balanced.DEADLETTER -> failed.IN")]).bind == {
        Binding(QueueName("worker.IN"), QueueName("failed.IN"), Kind.DEAD_LETTER)
    }
    assert planner.add([edge("balanced.OUT -> other.IN")]).bind == {
        Binding(job, QueueName("other.IN"), Kind.ROUND_ROBIN),
        Binding(QueueName("other.IN"), QueueName("failed.IN"), Kind.DEAD_LETTER),
    }
    assert planner.add([edge("worker.OUT -> joined.in"), edge("joined.out -> web.DONE")]).bind == {
        Binding(QueueName("worker.OUT"), QueueName("web.DONE"))
    }
    assert len(planner.remove([edge("web.JOB -> balanced.IN")]).unbind) == 2
