"""What is probably not meant so in a network, and what is nobody's business."""

from __future__ import annotations

from typing import Any

import pytest

from msgflo_lab import report
from msgflo_lab.definition import Port, Side
from msgflo_lab.diagnosis import SUGGESTIONS, Finding, Kind, Needs, diagnose, marks_of
from msgflo_lab.fbp import loads
from msgflo_lab.graph import Edge, Graph, graph_of
from msgflo_lab.library import Component, InProcess, Library
from msgflo_lab.names import ComponentName, PortName, QueueName, Role
from msgflo_lab.network import EdgeState, EdgeView, NetworkView, PortView, RoleState, RoleView


def library() -> Library:
    found = Library()
    into, out = (Port(PortName("in")),), (Port(PortName("out")),)
    repeat = InProcess(lambda _: None)
    found.put(Component(ComponentName("core/Repeat"), inports=into, outports=out, how=repeat))
    found.put(Component(ComponentName("Heard")))
    return found


def ports(of: str, text: str, queues: dict[str, str]) -> tuple[PortView, ...]:
    """`name:type name:type`, each with the queue that is given for it, or one of its own."""
    found = []
    for word in text.split():
        name, _, kind = word.partition(":")
        queue = QueueName(queues.get(name, f"{of}.{name}"))
        found.append(PortView(PortName(name), kind or "any", queue))
    return tuple(found)


def role(name: str, ins: str = "", outs: str = "", **queues: str) -> RoleView:
    return RoleView(
        Role(name), inports=ports(name, ins, queues), outports=ports(name, outs, queues)
    )


def junction(name: str, *outs: str) -> RoleView:
    into, out = (PortView(PortName("in")),), tuple(PortView(PortName(out)) for out in outs)
    return RoleView(Role(name), "msgflo/RoundRobin", workers=0, inports=into, outports=out)


def absent(name: str, component: str = "") -> RoleView:
    return RoleView(Role(name), component, state=RoleState.ABSENT, workers=0)


def network(
    text: str, *roles: RoleView, state: EdgeState = EdgeState.BOUND
) -> tuple[Graph, NetworkView]:
    graph = graph_of(loads(text + "\n", validate_contents=False))
    edges = tuple(EdgeView(*edge, state=state) for edge in graph.edges)
    return graph, NetworkView("", roles, edges)


def found(text: str, *roles: RoleView, **needs: Needs) -> list[Finding]:
    graph, view = network(text, *roles)
    known = {Role(name): need for name, need in needs.items()}
    return diagnose(graph, view, library=library(), needs=known)


def kinds(text: str, *roles: RoleView, **needs: Needs) -> list[tuple[Kind, str]]:
    return [(each.kind, each.where) for each in found(text, *roles, **needs)]


A, B = role("a", outs="out"), role("b", "in")


def test_a_sound_network_has_nothing_to_complain_about() -> None:
    assert found("a OUT -> IN b\n'x' -> IN b", A, B) == []
    assert report.findings([]) == "nothing to complain about"


def test_nobody_plays_a_role() -> None:
    text = "a OUT -> IN b\na OUT -> IN c(Heard)\na OUT -> IN d(core/Repeat)\na OUT -> IN e(Repeet)"
    roles = [A, *(absent(name) for name in "bcde")]
    told = {each.where: each for each in found(text, *roles)}
    assert {name: each.kind for name, each in told.items()} == {
        "b": Kind.ABSENT,
        "c": Kind.ABSENT,
        "d": Kind.ABSENT,
        "e": Kind.COMPONENT,
    }
    assert "`%%participant b`" in told["b"].text
    assert "`Heard` cannot be started from here" in told["c"].text
    assert "`%msgflo status`" in told["d"].text
    assert next(iter(told)) == "e"  # the worst comes first


def test_what_was_probably_meant() -> None:
    (told,) = found("x(core/Repat)", absent("x", "core/Repat"))
    assert "did you mean `core/Repeat`?" in told.text


def test_junctions_and_those_who_are_silent_are_not_absent() -> None:
    silent = RoleView(Role("b"), state=RoleState.STALE, inports=B.inports)
    text = "a OUT -> IN t(msgflo/RoundRobin) OUT -> IN b"
    assert found(text, A, junction("t", "out"), silent) == []


def test_of_a_stopped_lab_nobody_is_called_absent() -> None:
    graph, view = network("a(A) OUT -> IN b(B)", absent("a"), absent("b"))
    assert diagnose(graph, view, library=library(), is_running=False) == []


def test_a_junction_in_other_capitals_is_recognised() -> None:
    for component in ("msgflo/roundrobin", "RoundRobin"):
        (told,) = found(f"x({component})", absent("x", component))
        assert told.kind is Kind.COMPONENT
        assert "did you mean `msgflo/RoundRobin`?" in told.text


def test_a_junction_that_leads_nowhere() -> None:
    text, turns = "a OUT -> IN t(msgflo/RoundRobin)", junction("t", "out", "deadletter")
    (told,) = found(text, A, turns)
    assert (told.kind, told.where, told.roles) == (Kind.OUTPORT, "t.out", (Role("t"),))
    assert [each.where for each in found(f"{text} DEADLETTER -> IN b", A, B, turns)] == ["t.out"]
    assert found(f"{text}\nOUTPORT=t.OUT:RESULT", A, turns) == []
    assert found("t(msgflo/RoundRobin)", turns) == []


def unknown_ports(text: str, *roles: RoleView, is_running: bool = True) -> list[Finding]:
    graph, view = network(text, *roles, state=EdgeState.PENDING)
    told = diagnose(graph, view, library=library(), is_running=is_running)
    return [each for each in told if each.kind is Kind.PORT]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a OUTT -> IN b", "`a` has no outport `outt` (did you mean `out`?)"),
        ("a OUT -> TEXT b", "`b` has no inport `text`; it has: in"),
        ("a OUT -> IN a", "`a` has no inport `in`, nor any other"),
        ("a OUT -> INN c(core/Repeat)", "`c` has no inport `inn` (did you mean `in`?)"),
        ("a OUT -> INN t(msgflo/RoundRobin) OUT -> IN b", "`t` has no inport `inn` (did you me"),
    ],
)
def test_an_edge_to_a_port_that_nobody_has(text: str, why: str) -> None:
    here = A, B, absent("c", "core/Repeat"), junction("t", "out", "deadletter")
    for is_running in (True, False):
        (told,) = unknown_ports(text, *here, is_running=is_running)
        assert told.text.startswith(why)
        assert told.is_marked
        assert told.where == str(told.edge)
        assert list(marks_of([told]).edges) == [told.edge]


def test_a_wrong_port_at_each_end() -> None:
    assert len(unknown_ports("a OUTT -> TEXT b", A, B)) == 2


def test_of_many_mistakes_only_the_first_are_thought_about() -> None:
    told = unknown_ports("".join(f"a OUT -> IN{n} b\n" for n in range(50)), A, B)
    assert sum("did you mean `in`?" in each.text for each in told) == SUGGESTIONS
    assert told[-1].text == "`b` has no inport `in49`; it has: in"


def test_ports_of_which_nobody_knows() -> None:
    mute = RoleView(Role("m"))  # has announced none, or none with a queue
    text = "a OUT -> IN m\nm OUT -> IN b\na OUT -> X nobody\na OUT -> Y heard(Heard)"
    assert unknown_ports(text, A, B, mute, absent("nobody"), absent("heard")) == []
    # Whoever carries out an edge knows better than an announcement.
    assert found("a OUTT -> IN b", A, B) == []


def test_ports_of_a_junction_may_be_written_otherwise() -> None:
    text = "a OUT -> In t(msgflo/RoundRobin) Out -> IN b"
    assert unknown_ports(text, A, B, junction("t", "out", "deadletter")) == []


def test_a_setting_takes_no_edge() -> None:
    setting = PortView(PortName("expression"), "string")
    f = RoleView(Role("f"), inports=(*ports("f", "in", {}), setting))
    (told,) = unknown_ports("a OUT -> EXPRESSION f\n'x' -> EXPRESSION f", A, f)
    assert told.text == (
        "`f.expression` is a setting and takes no messages: give it an initial packet, as in "
        "`'...' -> EXPRESSION f`"
    )
    assert told.edge is not None


def test_an_initial_packet_for_a_port_that_nobody_has() -> None:
    (told,) = unknown_ports("1 -> INN b", B)
    assert (told.where, told.roles) == ("b.inn", (Role("b"),))
    assert told.text == (
        "its initial packet goes nowhere: `b` has no inport `inn` (did you mean `in`?)"
    )
    assert unknown_ports("1 -> INN c(core/Repeat)", absent("c"))
    assert not unknown_ports("1 -> ANY nobody", absent("nobody"))


def test_two_roles_with_one_queue() -> None:
    one, other = role("a", "in", **{"in": "q"}), role("b", "to", to="q")
    (told,) = found("x(X)", role("x"), one, other)
    assert (told.kind, told.where, told.roles) == (Kind.QUEUE, "a.in", (Role("a"), Role("b")))
    assert told.text.startswith("`a.in`, `b.to` have the same queue `q`: on some brokers")
    senders = role("a", outs="out", out="q"), role("b", outs="to", to="q")
    assert kinds("x(X)", role("x"), *senders) == [(Kind.QUEUE, "a.out")]


def test_a_queue_from_an_outport_to_an_inport_is_meant() -> None:
    assert found("", role("a", outs="out", out="q"), role("b", "in", **{"in": "q"})) == []


@pytest.mark.parametrize(
    ("out", "into", "is_told"),
    [
        ("number", "string", True),
        ("int", "text", True),
        ("boolean", "number", True),
        ("array", "string", True),
        ("String", "TEXT", False),
        ("int", "float", False),
        ("any", "string", False),
        ("all", "number", False),
        ("number", "temperature", False),
        ("bang", "number", False),
        ("object", "array", False),
        ("bytes", "string", False),
    ],
)
def test_types_that_cannot_be_the_same(out: str, into: str, is_told: bool) -> None:
    roles = role("a", outs=f"out:{out}"), role("b", f"in:{into}")
    told = found("a OUT -> IN b", *roles)
    assert [each.kind for each in told] == ([Kind.TYPES] if is_told else [])
    if told:
        assert told[0].edge == Edge(Role("a"), PortName("out"), Role("b"), PortName("in"))
        assert told[0].where == "a.out -> b.in"


def test_types_through_a_junction() -> None:
    text = "a OUT -> IN t(msgflo/RoundRobin) OUT -> IN b\nt DEADLETTER -> IN c"
    roles = role("a", outs="out:number"), role("b", "in:string"), role("c", "in:string")
    assert kinds(text, *roles, junction("t", "out", "deadletter")) == [
        (Kind.TYPES, "t.out -> b.in")
    ]


BOTH = Needs((PortName("x"), PortName("y")), each=True)
EITHER = Needs((PortName("x"), PortName("y")), each=False)


def test_an_inport_that_somebody_waits_for() -> None:
    add = role("add", "x y", "out")
    assert kinds("a OUT -> X add", A, add, add=BOTH) == [(Kind.INPORT, "add.y")]
    assert kinds("a OUT -> X add\n5 -> Y add", A, add, add=BOTH) == []
    assert kinds("INPORT=add.Y:Z\na OUT -> X add", A, add, add=BOTH) == []
    assert kinds("a OUT -> X add", A, add, add=EITHER) == []
    assert kinds("add OUT -> IN b", add, B, add=EITHER) == [(Kind.INPORT, "add")]
    # Of others nobody knows what they wait for, and who is not in the graph is at nobody's mercy.
    assert kinds("a OUT -> X add", A, add) == []
    assert kinds("a OUT -> IN b", A, B, add, add=BOTH) == []


@pytest.mark.parametrize(
    ("value", "kind", "why"),
    [
        ("'5'", "number", 'its initial packet "5" is a text; the port expects a number: without'),
        ("5", "string", "its initial packet 5 is a number; the port expects a text"),
        ("2.5", "int", "its initial packet 2.5 is not a whole number"),
        ("{}", "number", "its initial packet {} is an object"),
        ("5", "number", ""),
        ("5", "whatever", ""),
        ("[1]", "object", ""),
        ("{}", "array", "its initial packet {} is an object"),
    ],
)
def test_initial_packets_that_do_not_fit(value: str, kind: str, why: str) -> None:
    told = found(f"{value} -> IN b", role("b", f"in:{kind}"))
    assert [each.where for each in told] == (["b.in"] if why else [])
    assert all(each.text.startswith(why) for each in told)


def test_a_truth_is_no_number() -> None:
    edges: Any = {"connections": [{"data": True, "tgt": {"process": "b", "port": "in"}}]}
    graph, view = graph_of(edges), NetworkView("", (role("b", "in:number"),))
    (told,) = diagnose(graph, view, library=library())
    assert "true is true or false; the port expects a number" in told.text


def test_what_the_picture_is_marked_with() -> None:
    roles = role("a", outs="out:number"), role("b", "in:string"), absent("c")
    text = "a OUT -> IN b\n1 -> IN b\na OUT -> IN c"
    marks = marks_of(found(text, *roles))
    assert set(marks.roles) == {"b"}  # that one is absent shows already
    assert list(marks.edges) == [Edge(Role("a"), PortName("out"), Role("b"), PortName("in"))]
    twice = [Finding(Kind.PACKET, "b", text, (Role("b"),)) for text in ("one", "two", "x" * 999)]
    assert marks_of(twice).roles[Role("b")][:8] == "one\ntwo\n"
    assert len(marks_of(twice).roles[Role("b")]) == 500


def test_who_may_be_fed_by_hand_is_told_and_not_marked() -> None:
    add = role("add", "x y", "out")
    (half,) = found("a OUT -> X add", A, add, add=BOTH)
    assert half.is_marked
    both = found("add OUT -> IN b", add, B, add=BOTH)
    assert [each.where for each in both] == ["add.x", "add.y"]
    assert not any(each.is_marked for each in both)
    assert marks_of(both).roles == {}


def test_ports_that_only_an_edge_mentions_have_no_type() -> None:
    graph, view = network("a OUT -> IN b", role("a", outs="out:number"), B)
    edges = (EdgeView(*view.edges[0].key, state=EdgeState.PENDING),)
    unknown = RoleView(Role("b"), inports=(PortView(PortName("in"), "string", known=False),))
    view = NetworkView("", (view.roles[0], unknown), edges)
    assert diagnose(graph, view, library=library()) == []
    assert unknown.ports(Side.IN)


def test_a_table_for_people() -> None:
    told = report.findings(found("2.5 -> IN b", role("b", "in:int")))
    assert told.splitlines() == [
        "what                  where  why",
        "unfit initial packet  b.in   its initial packet 2.5 is not a whole number; the port "
        "expects a number",
    ]
