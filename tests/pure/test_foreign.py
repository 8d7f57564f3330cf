"""Descriptions of foreign participants, and what has to be done for them."""

from __future__ import annotations

from collections.abc import Collection

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msgflo_lab.definition import ParticipantDefinition, Port, Side
from msgflo_lab.errors import InvalidDefinition
from msgflo_lab.foreign import interpreted
from msgflo_lab.foreign.description import MAX_TEXT, dumps, loads
from msgflo_lab.names import ComponentName, ParticipantId, PortName, QueueName, Role
from msgflo_lab.topics import Patterns, levels_of, metadata_of, problem_of


def test_all_that_can_be_said() -> None:
    (found,) = loads(
        """
component: a/B
label: Off
icon: fa-bolt
id: the-one
inports:
  - {id: x, queue: "q/#ROLE", type: yes, options: {share: true}, qos: 2, retain: true}
outports:
  y: {queue: "q/+/#", description: on, schema: "http://x", encoding: text, hidden: true}
  z: {hidden: true}
""",
        role="r",
    )
    assert found == ParticipantDefinition(
        id=ParticipantId("the-one"),
        role=Role("r"),
        component=ComponentName("a/B"),
        label="Off",
        icon="bolt",
        inports=(
            Port(
                PortName("x"),
                QueueName("q/r"),
                "yes",
                options={"share": True, "qos": 2, "retain": True},
            ),
        ),
        outports=(
            Port(
                PortName("y"),
                QueueName("q/+/#"),
                description="on",
                schema="http://x",
                encoding="text",
                hidden=True,
            ),
            Port(PortName("z"), hidden=True),
        ),
    )


def test_yaml_1_2() -> None:
    (found,) = loads("component: on\nrole: off\nlabel: yes\noutports: {no: {queue: 012}}")
    assert (found.component, found.role, found.label) == ("on", "off", "yes")
    assert found.outports[0].id == "no"


def test_several() -> None:
    text = "---\ncomponent: a\nrole: x\n---\ncomponent: b\nrole: y\n"
    assert [each.role for each in loads(text)] == ["x", "y"]
    with pytest.raises(InvalidDefinition, match="one role, and 2 participants"):
        loads(text, role="z")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no participant"),
        ("- 1", "a map"),
        ("1", "a map"),
        ("component: a\ncomponent: b", "<yaml>:2:1: found duplicate key"),
        ("component: [a]", "`component` is no text"),
        ("component: a\nrole: r\ninports: 1", "neither a map nor a list"),
        ("component: a\nrole: r\ninports: [1]", "`inports[0]` has no `id`"),
        ("component: a\nrole: r\ninports: [{id: a, queue: x}, {id: a, queue: y}]", "two inports"),
        ("component: a\nrole: r\ninports: {a: {queue: x, options: 1}}", "`options` is no map"),
        ("component: !!python/object:os.system a\nrole: r", "tag"),
        ("x" * (MAX_TEXT + 1), "above"),
        ("a: &a [*a, *a]\ncomponent: *a", "no text"),
        ("component: a\nrole: r\ninports: {a: {queue: [x]}}", "`queue` is no text"),
        ("\x00", "<yaml>"),
        ("component: a\nrole: r\n---\ncomponent: b\nrole: r", "two participants have the id `r`"),
        ("component: a\nrole: r\ninports: {a: {queue: x, options: {qos: 7}}}", "0, 1 or 2"),
        ('component: a\nrole: r\ninports: {a: {queue: "a\\0b"}}', "control characters"),
    ],
)
def test_what_describes_nobody(text: str, says: str) -> None:
    with pytest.raises(InvalidDefinition) as error:
        loads(text)
    assert says in str(error.value)
    assert "\n" not in str(error.value)


@given(st.text(max_size=200))
def test_no_text_does_more_than_describe_nobody(text: str) -> None:
    said = ""
    try:
        loads(text, role="r")
    except InvalidDefinition as error:
        said = str(error)
    assert "\n" not in said


words = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=8)
plain = words.map(lambda word: word.replace("+", "p").replace("#", "h"))
ports = st.builds(
    Port,
    id=words.map(PortName),
    queue=plain.map(QueueName),
    type=words,
    description=words | st.just(""),
    encoding=st.sampled_from(["", "text", "boolean:ON/OFF", "template:a={a}"]),
    hidden=st.booleans(),
    options=st.dictionaries(st.sampled_from(["qos", "share"]), st.just(1), max_size=2),
)


@given(
    st.builds(
        ParticipantDefinition,
        id=words.map(ParticipantId),
        role=words.map(Role),
        component=words.map(ComponentName),
        label=words | st.just(""),
        icon=words.filter(lambda word: not word.startswith("fa-")) | st.just(""),
        inports=st.lists(ports, max_size=2, unique_by=lambda p: p.id).map(tuple),
        outports=st.lists(ports, max_size=2, unique_by=lambda p: p.id).map(tuple),
    )
)
def test_what_is_written_is_read(definition: ParticipantDefinition) -> None:
    assert loads(dumps(definition)) == [definition]


def queue_of(role: Role, port: PortName, used: Collection[QueueName]) -> QueueName:
    name = QueueName(f"{role}.{port}")
    return name if name not in used else QueueName(f"{name}~2")


def test_who_needs_an_interpreter() -> None:
    (described,) = loads(
        """
component: a/B
role: r
outports:
  plain: {queue: a}
  text: {queue: b, encoding: text}
  all: {queue: c/+}
inports:
  plain: {queue: d, qos: 0, retain: false}
  text: {queue: e, encoding: text, qos: 1}
  loud: {queue: f, qos: 1}
"""
    )
    announced, found = interpreted(described, queue_of)
    queues = {(s, p.id): p.queue for s in Side for p in announced.ports(s)}
    assert queues == {
        (Side.IN, "plain"): "d",
        (Side.IN, "text"): "r.text",
        (Side.IN, "loud"): "r.loud",
        (Side.OUT, "plain"): "a",
        (Side.OUT, "text"): "r.text~2",
        (Side.OUT, "all"): "r.all",
    }
    assert {(each.side, each.port.id) for each in found} == queues.keys() - {
        (Side.IN, "plain"),
        (Side.OUT, "plain"),
    }
    assert all(not each.encoding for s in Side for each in announced.ports(s))
    _, everybody = interpreted(described, queue_of, all_ports=True)
    assert len(everybody) == 6


def test_in_place_of_another_a_port_keeps_its_queue() -> None:
    """Or what is on its way from a device, to its outport, would come to it as a command."""
    text = "component: a/B\nrole: r\noutports: {x: {queue: a, encoding: text}}\n"
    (before,) = loads(text)
    (after,) = loads(f"{text}inports: {{x: {{queue: a/set, encoding: text}}}}\n")
    found = interpreted(before, queue_of).ports
    assert [each.queue for each in found] == ["r.x"]
    found = interpreted(after, queue_of, found).ports
    assert {each.side: each.queue for each in found} == {Side.OUT: "r.x", Side.IN: "r.x~2"}


@pytest.mark.parametrize(
    ("pattern", "topic", "levels"),
    [
        ("a/b", "a/b", []),
        ("a/+", "a/b", ["b"]),
        ("+/+", "a/b", ["a", "b"]),
        ("a/#", "a/b/c", ["b/c"]),
        ("a/#", "a", [""]),
        ("+", "", [""]),
        ("#", "a/b", ["a/b"]),
        ("a/+/#", "a/b", ["b", ""]),
        ("/+", "/a", ["a"]),
    ],
)
def test_what_a_pattern_stands_for(pattern: str, topic: str, levels: list[str]) -> None:
    found: Patterns[str] = Patterns()
    found.add(pattern, "it")
    assert found.of(topic) == ["it"]
    assert levels_of(pattern, topic) == levels
    assert list(metadata_of(pattern, topic).values()) == [topic, *levels]
    assert found.remove(pattern, "it")
    assert not found.remove(pattern, "it")
    assert found.of(topic) == []


@pytest.mark.parametrize(
    ("pattern", "topic"),
    [("a/+", "a"), ("a/+", "a/b/c"), ("+", "a/b"), ("#", "$SYS/x"), ("+/x", "$SYS/x"), ("a", "A")],
)
def test_what_it_does_not_stand_for(pattern: str, topic: str) -> None:
    found: Patterns[str] = Patterns()
    found.add(pattern, "it")
    assert found.of(topic) == []


def test_topics_of_brokers_are_to_be_named() -> None:
    found: Patterns[str] = Patterns()
    found.add("$SYS/#", "it")
    assert found.of("$SYS/broker") == ["it"]


@pytest.mark.parametrize("pattern", ["a+", "a/#/b", "#a", "a/b#", "+a/b"])
def test_what_is_no_pattern(pattern: str) -> None:
    assert problem_of(pattern)


levels = st.sampled_from(["a", "b", "", "+", "#"])


@given(
    st.lists(st.lists(levels, min_size=1, max_size=4).map("/".join), max_size=8),
    st.lists(st.sampled_from(["a", "b", ""]), min_size=1, max_size=4).map("/".join),
)
def test_as_a_model_has_it(patterns: list[str], topic: str) -> None:
    patterns = [each for each in patterns if not problem_of(each)]
    found: Patterns[int] = Patterns()
    for number, each in enumerate(patterns):
        found.add(each, number)

    def stands(pattern: list[str], levels: list[str]) -> bool:
        if not pattern:
            return not levels
        if pattern[0] == "#":
            return True
        return bool(levels) and pattern[0] in ("+", levels[0]) and stands(pattern[1:], levels[1:])

    expected = [n for n, p in enumerate(patterns) if stands(p.split("/"), topic.split("/"))]
    assert sorted(found.of(topic)) == expected


@pytest.mark.parametrize(
    "written", ["1.10", "012", "0o7", "0x1F", "1e3", "1_000", "true", "True", "on", "no", ".5",
                "2001-12-14", "2001-12-14t21:59:43.10-05:00", "-0", ".inf"],
)  # fmt: skip
def test_names_are_what_was_written(written: str) -> None:
    (found,) = loads(
        f"component: {written}\nrole: {written}\nid: {written}\nlabel: {written}\n"
        f"outports: {{{written}: {{queue: {written}, type: {written}}}}}\n"
        f"inports: [{{id: {written}, queue: 'a/#ROLE'}}]"
    )
    assert {found.role, found.id, found.component, found.label} == {written}
    (out,), (into,) = found.outports, found.inports
    assert {out.id, out.queue, out.type, into.id} == {written}
    assert into.queue == f"a/{written}"
    assert loads(dumps(found)) == [found]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("expire_after: 0", "`expire_after` is a number of seconds"),
        ("off_delay: soon", "`off_delay` is a number of seconds"),
        ("off_delay: .nan", "`off_delay` is a number of seconds"),
        ("expire_after: 1e9", "`expire_after` is a number of seconds"),
        ("options: &a {a: *a}", "too deep, or in themselves"),
        ("options: {a: &a [1,1,1,1,1,1,1,1,1,1], b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a], "
         "c: [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]}", "more than 1,000 values"),
    ],
)  # fmt: skip
def test_what_a_port_cannot_say(said: str, why: str) -> None:
    with pytest.raises(InvalidDefinition, match=why):
        loads(f"component: a\nrole: b\noutports: {{o: {{queue: x, {said}}}}}")


def test_time_is_for_outports() -> None:
    with pytest.raises(InvalidDefinition, match="`expire_after` is for outports"):
        loads("component: a\nrole: b\ninports: {o: {queue: x, expire_after: 3}}")
