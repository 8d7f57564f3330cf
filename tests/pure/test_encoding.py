"""How devices write their values."""

from __future__ import annotations

import contextlib
import json
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msgflo_lab.encoding import Absent, encoding_of
from msgflo_lab.errors import InvalidDefinition, InvalidMessage

BOTH_WAYS: list[tuple[str, bytes, Any]] = [
    ("", b'{"a": 1}', {"a": 1}),
    ("json", b'"ON"', "ON"),
    ("text", b"ON", "ON"),
    ("text", "22 °C".encode(), "22 °C"),
    ("bytes", b"\xff\x00", b"\xff\x00"),
    ("number", b"22.3", 22.3),
    ("number", b"-7", -7),
    ("number:.2f", b"22.50", 22.5),
    ("number:05.1f", b"022.5", 22.5),
    ("number:int", b"22", 22),
    ("uint8", b"\xfe", 254),
    ("int16be", b"\xff\xfe", -2),
    ("uint32le", b"\x01\x00\x00\x00", 1),
    ("float32le", struct.pack("<f", 1.5), 1.5),
    ("boolean", b"true", True),
    ("boolean:ON/OFF", b"OFF", False),
    ("boolean:1/0", b"1", True),
    ("template:temp={temp};hum={hum}", b"temp=22.3;hum=40", {"temp": 22.3, "hum": 40}),
    ("template:{} °C", "22.3 °C".encode(), 22.3),
    ("template:T{}", b"Twarm", "warm"),
    ("template:{name}: {value}!", b"a: b!", {"name": "a", "value": "b"}),
    ("path:$.sensor.temp", b'{"sensor":{"temp":3}}', 3),
    ("path:$['room temp'][0]", b'{"room temp":[5]}', 5),
    ("path:$.state | boolean:ON/OFF", b'{"state":"ON"}', True),
    ("path:$.t | number", b'{"t":4.5}', 4.5),
    ("path:$.raw | template:{a},{b}", b'{"raw":"1,2"}', {"a": 1, "b": 2}),
    ("always:PRESS", b"PRESS", True),
    ("path:$.action | always:single", b'{"action":"single"}', True),
]


@pytest.mark.parametrize(("line", "payload", "value"), BOTH_WAYS)
def test_both_ways(line: str, payload: bytes, value: Any) -> None:
    encoding = encoding_of(line)
    assert encoding.read(payload) == value
    assert type(encoding.read(payload)) is type(value)
    written = encoding.write(value)
    try:
        assert json.loads(written) == json.loads(payload)
    except ValueError:
        assert written == payload


@pytest.mark.parametrize(
    ("line", "payload", "value"),
    [
        ("", b"warm", "warm"),
        ("", b"\xff", b"\xff"),
        ("number", b" 22\n", 22),
        ("number:int", b"22.7", 23),
        ("boolean:ON/OFF", b"on\n", True),
        ("path:$", b"[1]", [1]),
        ("path:$.t | number", b'{"t": "4.5"}', 4.5),
        ("path:$[-1]", b"[1, 2]", 2),
        ("template:{a} {b}", b"1 2 3", {"a": 1, "b": "2 3"}),
        ("template:{a};", b"1;2;", {"a": "1;2"}),
    ],
)
def test_reading_is_generous(line: str, payload: bytes, value: Any) -> None:
    assert encoding_of(line).read(payload) == value


@pytest.mark.parametrize(
    ("line", "value", "payload"),
    [
        ("text", 22.5, b"22.5"),
        ("text", True, b"true"),
        ("text", {"a": 1}, b'{"a": 1}'),
        ("number", "22.50", b"22.5"),
        ("number:.1f", 22, b"22.0"),
        ("uint8", 3.6, b"\x04"),
        ("boolean:ON/OFF", 1, b"ON"),
        ("boolean:ON/OFF", "OFF", b"OFF"),
        ("template:{x}", {"x": "a", "y": 2}, b"a"),
        ("template:set {}", False, b"set false"),
        ("always:PRESS", None, b"PRESS"),
        ("template:{} now | always:GO", 5, b"GO now"),
        ("bytes", "é", "é".encode()),
    ],
)
def test_writing_is_generous(line: str, value: Any, payload: bytes) -> None:
    assert encoding_of(line).write(value) == payload


@pytest.mark.parametrize(
    ("line", "payload", "says"),
    [
        ("number", b"22.3x", "`22.3x` is no number"),
        ("number", b"nan", "no number"),
        ("number", b"", "no number"),
        ("number", b"\xff", "no text"),
        ("number", b"9" * 5000, "no number"),
        ("number", b"9" * 350, "JSON"),
        ("number", b"1e999", "JSON"),
        ("json", b"ON", "no JSON"),
        ("text", b"\xff", "no text"),
        ("int16be", b"\x00", "2 bytes"),
        ("float32be", struct.pack(">f", float("nan")), "JSON"),
        ("boolean:ON/OFF", b"maybe", "neither `ON` nor `OFF`"),
    ],
)
def test_what_is_not_so(line: str, payload: bytes, says: str) -> None:
    with pytest.raises(InvalidMessage, match=says) as error:
        encoding_of(line).read(payload)
    assert not isinstance(error.value, Absent)
    assert len(str(error.value)) < 120


@pytest.mark.parametrize(
    ("line", "payload"),
    [
        ("path:$.t", b'{"h": 1}'),
        ("path:$[2]", b"[1]"),
        ("path:$.t", b"[1]"),
        ("path:$[0]", b'{"0": 1}'),
        ("path:$.t.u", b'{"t": 1}'),
        ("path:$.t | number", b'{"t": null}'),
        ("path:$.t | text", b'{"t": null}'),
        ("path:$.t | boolean:ON/OFF", b'{"t": null}'),
        ("template:t={t}", b"h=1"),
        ("template:{a};{b}", b"1"),
        ("template:{a};x", b"1;y"),
        ("template:aa{}aa", b"aaa"),
        ("always:PRESS", b"RELEASE"),
    ],
)
def test_what_may_be_missing(line: str, payload: bytes) -> None:
    with pytest.raises(Absent):
        encoding_of(line).read(payload)


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("number", "warm"),
        ("number", None),
        ("number", True),
        ("uint8", 256),
        ("int8", -129),
        ("uint8", -1),
        ("float32le", 1e300),
        ("boolean:ON/OFF", "maybe"),
        ("boolean:ON/OFF", 2),
        ("template:{a};{b}", {"a": 1}),
        ("template:{a};{b}", 5),
        ("json", {1, object()}),
    ],
)
def test_what_cannot_be_written(line: str, value: Any) -> None:
    with pytest.raises(InvalidMessage) as error:
        encoding_of(line).write(value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "line",
    [
        "nonsense",
        "number:x",
        "number:",
        "json:x",
        "int16",
        "int12be",
        "float16le",
        "boolean:ON",
        "boolean:/",
        "boolean:A/A",
        "template:",
        "template:none",
        "template:{a}{b}",
        "template:{a};{a}",
        "template:{};{b}",
        "always:",
        "always",
        "path:",
        "path:x",
        "path:$..a",
        "path:$.a[*]",
        "path:$.a ",
        "number | nonsense",
        "path:$" + ".a" * 500,
    ],
)
def test_what_nobody_knows(line: str) -> None:
    with pytest.raises(InvalidDefinition) as error:
        encoding_of(line)
    assert "\n" not in str(error.value)


LINES = [line for line, _, _ in BOTH_WAYS]


@given(st.sampled_from(LINES), st.binary(max_size=60))
def test_no_payload_does_more_than_not_fit(line: str, payload: bytes) -> None:
    encoding = encoding_of(line)
    try:
        value = encoding.read(payload)
    except InvalidMessage:
        return
    assert value is not None or payload.strip() == b"null" or line.startswith(("path", "json", ""))


@given(st.text(max_size=40))
def test_no_line_does_more_than_be_unknown(line: str) -> None:
    with contextlib.suppress(InvalidDefinition):
        encoding_of(line)


@given(
    st.sampled_from(LINES),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=5,
    ),
)
def test_no_value_does_more_than_not_fit(line: str, value: Any) -> None:
    with contextlib.suppress(InvalidMessage):
        assert isinstance(encoding_of(line).write(value), bytes)
