"""Announcements: real ones are read, bad ones are diagnosed, and nothing ever raises."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msgflo_lab.definition import ParticipantDefinition, Side
from msgflo_lab.discovery import Diagnosis, decode, encode
from msgflo_lab.discovery.limits import MAX_ANNOUNCEMENT, MAX_NAME, MAX_PORTS
from msgflo_lab.names import PortName
from tests.pure.samples import ARDUINO, NODE, RUST, SAMPLES, announcement
from tests.pure.strategies import STRANGE, definitions, json_values

WRONG: list[Any] = [
    None, True, False, 0, -1, 1.5, 2**63, 10**30, 1e308, "", "x", [], [[]], [None], [{}], {},
    {"id": 1}, {"": ""}, "\ud800", "x" * (MAX_NAME + 1), [1] * 2000, *STRANGE,
]  # fmt: skip


def diagnosis(raw: bytes) -> Diagnosis:
    found = decode(raw)
    assert isinstance(found, Diagnosis)
    assert found.problem
    assert str(found).isprintable()
    assert len(str(found)) < 2_000
    return found


def definition(raw: bytes) -> ParticipantDefinition:
    found = decode(raw)
    assert isinstance(found, ParticipantDefinition), found
    return found


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: str(sample["payload"]["component"]))
def test_real_announcements_are_read(sample: dict[str, Any]) -> None:
    found, said = definition(announcement(sample)), sample["payload"]
    assert (found.id, found.role, found.component) == (said["id"], said["role"], said["component"])
    for side in Side:
        ports = found.ports(side)
        assert [(port.id, port.queue) for port in ports] == [
            (port["id"], port["queue"]) for port in said[f"{side.noun}s"]
        ]


def test_what_the_libraries_leave_out_has_a_default() -> None:
    port = definition(announcement(RUST)).port(Side.IN, PortName("in"))
    assert port is not None
    assert port.type == "any"
    assert not port.hidden
    assert definition(announcement(ARDUINO)).icon == "thermometer"


def test_keys_that_nobody_knows_do_not_matter() -> None:
    sample = copy.deepcopy(NODE)
    sample["extra"] = sample["payload"]["extra"] = sample["payload"]["inports"][0]["extra"] = {
        "a": 1
    }
    assert definition(announcement(sample)) == definition(announcement(NODE))


@given(definitions)
def test_what_we_write_we_read(said: ParticipantDefinition) -> None:
    found = definition(encode(said))
    assert found == said
    assert encode(found) == encode(said)


def test_hidden_ports_are_read() -> None:
    sample = copy.deepcopy(NODE)
    sample["payload"]["inports"][0] = {"id": "in", "hidden": True}
    port = definition(announcement(sample)).inports[0]
    assert port.hidden
    assert port.queue is None


@pytest.mark.parametrize("sample", SAMPLES)
def test_truncated_at_every_byte(sample: dict[str, Any]) -> None:
    whole = announcement(sample)
    for length in range(len(whole)):
        diagnosis(whole[:length])


@pytest.mark.parametrize("name", STRANGE)
def test_strange_names_are_names(name: str) -> None:
    sample = copy.deepcopy(NODE)
    sample["payload"] |= {"id": name, "role": name, "component": name}
    sample["payload"]["inports"][0] |= {"id": name, "queue": name}
    found = definition(announcement(sample))
    assert (found.id, found.role, found.component) == (name, name, name)
    assert (found.inports[0].id, found.inports[0].queue) == (name, name)


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"NaN", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"protocol":' * 50_000, "not JSON"),
        (b'{"protocol": ' + b"9" * 5_000 + b"}", "not JSON"),
        (b'"\\ud800"', "not JSON"),
        (b"null", "JSON object"),
        (b"[]", "JSON object"),
        (b"{}", "unknown message `null:null`"),
        (b'{"protocol":"graph","command":"addnode"}', "unknown message `graph:addnode`"),
        (b'{"protocol":"discovery","command":"participant"}', "no `payload`"),
        (b" " * (MAX_ANNOUNCEMENT + 1), "above MAX_ANNOUNCEMENT"),
    ],
)
def test_what_is_no_announcement(raw: bytes, problem: str) -> None:
    assert problem in diagnosis(raw).problem


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"id": None}, "`id` is missing"),
        ({"id": 5}, "`id` is not text"),
        ({"role": ""}, "`role` is empty"),
        ({"role": ["a"]}, "`role` is not text"),
        ({"component": None}, "`component` is missing"),
        ({"component": "x" * 2_000}, "2,000 characters, above MAX_NAME"),
        ({"label": 7}, "`label` is not text"),
        ({"inports": None}, "`inports` is not a list"),
        ({"inports": {"in": {}}}, "`inports` is not a list"),
        ({"inports": ["in"]}, "`inports[0]` is not an object"),
        ({"inports": [{"queue": "q"}]}, "`inports[0].id` is missing"),
        ({"outports": [{"id": "a"}, {"id": "a"}]}, "two outports are called `a`"),
        ({"outports": [{"id": "a", "queue": 1}]}, "`outports[0].queue` is not text"),
        ({"outports": [{"id": str(at)} for at in range(MAX_PORTS + 1)]}, "above MAX_PORTS"),
    ],
)
def test_what_is_wrong_is_said(change: dict[str, Any], problem: str) -> None:
    sample = copy.deepcopy(NODE)
    sample["payload"] |= change
    assert problem in diagnosis(announcement(sample)).problem


def test_ten_thousand_bad_announcements() -> None:
    """Mutations of real ones: always a definition or a diagnosis, never an exception."""
    chance = random.Random(4711)
    unusable = 0
    for _ in range(10_000):
        found = decode(_mutated(chance))
        if isinstance(found, Diagnosis):
            unusable += 1
            assert str(found).isprintable()
        else:
            assert decode(encode(found)) == found
    assert unusable > 3_000


def _mutated(chance: random.Random) -> bytes:
    sample = copy.deepcopy(chance.choice(SAMPLES))
    for _ in range(chance.randint(1, 3)):
        places = list(_places(sample))
        holder, key = chance.choice(places)
        match chance.randrange(4):
            case 0:
                holder[key] = copy.deepcopy(chance.choice(WRONG))
            case 1:
                del holder[key]
            case 2 if isinstance(holder, list):
                holder.append(copy.deepcopy(holder[key]))
            case _:
                holder[key] = {"deep": [[[holder[key]]]]}
        if not list(_places(sample)):
            break
    raw = json.dumps(sample).encode()
    if chance.random() < 0.3:
        at = chance.randrange(len(raw))
        raw = raw[:at] + chance.randbytes(chance.randint(0, 4)) + raw[at + 1 :]
    return raw[: chance.randrange(len(raw))] if chance.random() < 0.1 else raw


def _places(value: Any) -> Any:
    keys: Any = ()
    if isinstance(value, dict):
        keys = list(value)
    elif isinstance(value, list):
        keys = range(len(value))
    for key in keys:
        yield value, key
        yield from _places(value[key])


@given(st.binary(max_size=200))
def test_any_bytes(raw: bytes) -> None:
    diagnosis(raw)


@given(json_values, json_values)
def test_any_json(payload: Any, port: Any) -> None:
    envelope = {"protocol": "discovery", "command": "participant", "payload": payload}
    decode(json.dumps(envelope).encode())
    body = {**NODE["payload"], "inports": [port]}
    decode(json.dumps({**envelope, "payload": body}).encode())
