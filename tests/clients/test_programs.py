"""What becomes a client, in any language, and what cannot."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from msgflo_lab.clients import Platform, program_for
from msgflo_lab.clients.naming import identifiers
from msgflo_lab.definition import ParticipantDefinition, Port
from msgflo_lab.errors import InvalidDefinition
from msgflo_lab.foreign.description import loads
from msgflo_lab.names import ComponentName, ParticipantId, PortName, QueueName, Role
from tests.clients.programs import check

THING = "component: a/Thing\nrole: thing\n"
ENCODINGS = (
    *("", "json", "text", "bytes", "number", "number:int", "number:.2f", "boolean", "boolean:1/0"),
    *("always:PRESS", "int8", "uint8", "int16le", "uint32be", "int64be", "uint64le", "float32be"),
    *("float64le", 'boolean:"\\/\\??/', "always:\u2028 `${x}` %s {}", "boolean:a/A"),
)
TYPES = ("any", "number", "integer", "boolean", "string", "object")
ODD = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8) | st.sampled_from(
    ["class", "2floor", "a b", "a-b", "a_b", "*/", "'''", '"""', "\\", "??/", "\r\n", "é", "@@{id}"]
)
TOPIC = ODD.filter(lambda text: not set(text) & set("+#") and text.isprintable())


@st.composite
def ports(draw: st.DrawFn) -> tuple[Port, ...]:
    found = []
    for name in draw(st.lists(ODD, max_size=6, unique=True)):
        encoding, kind = draw(st.sampled_from(ENCODINGS)), draw(st.sampled_from(TYPES))
        options = {draw(ODD): [draw(ODD), None, True, 1.5]} if draw(st.booleans()) else {}
        found.append(
            Port(
                PortName(name),
                QueueName(draw(TOPIC)),
                type=kind,
                encoding=encoding,
                description=draw(ODD),
                options={**options, "retain": draw(st.booleans())},
            )
        )
    return tuple(found)


@st.composite
def participants(draw: st.DrawFn) -> ParticipantDefinition:
    role = draw(ODD)
    return ParticipantDefinition(
        ParticipantId(role),
        Role(role),
        ComponentName(draw(ODD)),
        draw(ports()),
        draw(ports()),
        label=draw(ODD),
    )


def every_encoding() -> ParticipantDefinition:
    both = tuple(
        Port(PortName(f"{encoding} {kind}"), QueueName(f"q/{encoding}"), kind, encoding=encoding)
        for encoding in ENCODINGS
        for kind in (TYPES if encoding in ("", "json") else ("any",))
    )
    name = "every"
    return ParticipantDefinition(ParticipantId(name), Role(name), ComponentName(name), both, both)


@pytest.mark.parametrize("platform", Platform)
@settings(
    max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@example(described=every_encoding())
@given(described=participants())
def test_each_language_takes_whatever_names(
    tmp_path: Path, platform: Platform, described: ParticipantDefinition
) -> None:
    check(tmp_path, described, platform)


@settings(max_examples=20, deadline=None)
@given(described=participants())
def test_what_python_announces_is_what_was_described(described: ParticipantDefinition) -> None:
    for platform in (Platform.PYTHON, Platform.MICROPYTHON):
        tree = ast.parse(program_for(described, platform))
        (said,) = (
            node.value
            for node in tree.body
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "ANNOUNCEMENT"
        )
        payload = ast.literal_eval(ast.unparse(said).replace("ID,", "None,"))["payload"]
        assert payload["role"] == described.role
        assert payload["label"] == described.label
        assert [port["id"] for port in payload["inports"]] == [p.id for p in described.inports]
        assert [port["queue"] for port in payload["outports"]] == [
            p.queue for p in described.outports
        ]


@given(st.lists(ODD, unique=True))
def test_identifiers_are_identifiers_and_differ(names: list[str]) -> None:
    found = identifiers(names)
    assert list(found) == names
    assert len(set(found.values())) == len(names)
    for each in found.values():
        assert f"on_{each}".isidentifier()
        assert each.isascii()
        assert "__" not in each


REFUSED = {
    "outports: {o: {queue: q, encoding: 'template:{} C'}}": "outport `o` of `thing`: .*template",
    "inports: {i: {queue: q, encoding: 'path:$.a'}}": r"inport `i` of `thing`: .*path:\$.a",
    "inports: {i: {queue: q, encoding: 'json | boolean'}}": r"json \| boolean",
    "inports: {i: {queue: q, encoding: 'number:05.1f'}}": "number:05.1f",
    "outports: {o: {queue: a/+/b}}": "`a/[+]/b` stands for many topics; a client has one",
    'outports: {o: {queue: "\\ud800"}}': "half a character",
}


@pytest.mark.parametrize(("ports", "why"), REFUSED.items())
@pytest.mark.parametrize("platform", Platform)
def test_what_no_client_can(platform: Platform, ports: str, why: str) -> None:
    (described,) = loads(THING + ports)
    with pytest.raises(InvalidDefinition, match=why) as caught:
        program_for(described, platform)
    assert "\n" not in str(caught.value)


LONG = "x" * 123
SOME = {
    "outports: {o: {queue: q, qos: 1}}": ("PubSubClient publishes with at most 0", 3),
    "outports: {o: {queue: q, qos: 2}}": ("umqtt.simple publishes with at most 1", 2),
    "inports: {i: {queue: q, qos: 2}}": ("PubSubClient receives with at most 1", 2),
    f"inports: {{i: {{queue: {LONG}}}}}": ("umqtt.simple, which subscribes to at most 122", 3),
}


@pytest.mark.parametrize(("ports", "expected"), SOME.items())
def test_what_some_libraries_cannot(ports: str, expected: tuple[str, int]) -> None:
    (described,) = loads(THING + ports)
    refusals = []
    for platform in Platform:
        try:
            program_for(described, platform)
        except InvalidDefinition as error:
            refusals.append(str(error))
    why, can = expected
    assert len(Platform) - len(refusals) == can
    assert any(why in each for each in refusals), refusals


def test_a_port_without_a_topic_is_announced_only() -> None:
    (described,) = loads(f"{THING}inports: {{i: {{hidden: true}}}}")
    program = program_for(described, Platform.PYTHON)
    assert '"id": "i"' in program
    assert "def on_" not in program


def test_it_says_what_a_lab_would_have_to_do() -> None:
    (described,) = loads(
        f"{THING}outports:\n  a: {{queue: a, encoding: 'boolean:ON/OFF'}}\n"
        "  b: {queue: b, off_delay: 3}\n  c: {queue: c, encoding: number}\n"
    )
    for platform in Platform:
        head = program_for(described, platform).partition("Settings")[0]
        assert "`a` is written as `boolean:ON/OFF`, not as JSON." in head
        assert "`off_delay` of `b` is not looked after here." in head
        assert "`c`" not in head
    assert "ANNOUNCE" in head


def test_a_sketch_has_room_for_its_topics() -> None:
    (described,) = loads(f"{THING}inports: {{i: {{queue: {'x' * 2000}}}}}")
    assert "BUFFER_BYTES = 2512;" in program_for(described, Platform.ARDUINO)
