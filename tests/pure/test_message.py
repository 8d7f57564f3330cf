"""Between bytes on a queue and values in a handler."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msgflo_lab.errors import InvalidMessage
from msgflo_lab.message import as_text, decode, encode, from_text, shortened
from tests.pure.strategies import json_values


class Array:
    """What NumPy's and pandas' values have in common."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def tolist(self) -> Any:
        return self.value


@given(json_values)
def test_json_is_what_it_was(value: Any) -> None:
    assert decode(encode(value)) == value
    assert json.loads(as_text(value)) == value


@given(st.binary(max_size=60))
def test_any_bytes_are_read_and_shown(payload: bytes) -> None:
    value = decode(payload)
    as_text(value)
    if isinstance(value, bytes):
        assert value == payload
        with pytest.raises(UnicodeDecodeError):
            payload.decode()
    assert encode(payload) is payload or encode(payload) == payload


@pytest.mark.parametrize(
    ("payload", "value"),
    [
        (b"22.3", 22.3),
        (b'"text"', "text"),
        (b"true", True),
        (b"null", None),
        (b"", ""),
        (b"plain text", "plain text"),
        (b"22,3", "22,3"),
        (b"NaN", "NaN"),
        (b"1e400", "1e400"),
        ("22.3 °C".encode(), "22.3 °C"),
        ("22.3 °C".encode("latin-1"), "22.3 °C".encode("latin-1")),
        (b"\x00\xff", b"\x00\xff"),
        (b'{"a": [1, {"b": null}]}', {"a": [1, {"b": None}]}),
        (b"18446744073709551616", 2**64),
        (b"1" * 5_000, "1" * 5_000),
        (b"[" * 100_000, "[" * 100_000),
        (b'"\\ud800"', '"\\ud800"'),
    ],
)
def test_decode(payload: bytes, value: Any) -> None:
    assert decode(payload) == value
    assert type(decode(payload)) is type(value)


@pytest.mark.parametrize(
    ("value", "payload"),
    [
        (b"\x00\xff", b"\x00\xff"),
        (bytearray(b"ab"), b"ab"),
        (memoryview(b"ab"), b"ab"),
        ("text", b'"text"'),
        (None, b"null"),
        (float("nan"), b"null"),
        (float("inf"), b"null"),
        (2**100, str(2**100).encode()),
        ((1, 2), b"[1,2]"),
        ({1: "a"}, b'{"1":"a"}'),
        (Array([1.5, 2.5]), b"[1.5,2.5]"),
        ({"a": Array(3)}, b'{"a":3}'),
        (range(3), b"[0,1,2]"),
        (map(str, [1, 2]), b'["1","2"]'),
        ("22.3 °C", '"22.3 °C"'.encode()),
    ],
)
def test_encode(value: Any, payload: bytes) -> None:
    assert encode(value) == payload


def _endless() -> Any:
    value: list[Any] = []
    value.append(value)
    return value


def _selfish() -> Any:
    array = Array(None)
    array.value = array
    return array


@pytest.mark.parametrize(
    "value",
    [object(), lambda: 1, {(1, 2): 3}, "\ud800", 10**5_000, _endless(), _selfish(), int],
    ids=lambda value: type(value).__name__,
)
def test_what_cannot_be_sent_is_refused(value: Any) -> None:
    with pytest.raises(InvalidMessage, match="cannot be sent as JSON"):
        encode(value)


def test_the_refusal_says_what_to_do() -> None:
    with pytest.raises(InvalidMessage) as raised:
        encode({"a": {object()}})
    assert str(raised.value) == (
        "a value of type dict cannot be sent as JSON: convert it to numbers, text, lists or "
        "dictionaries, or to bytes"
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"\xff", r"b'\xff'"),
        ("°C", '"°C"'),
        ({"a": [1, None]}, '{"a": [1, null]}'),
        (Array([1]), "[1]"),
        ("a\nb", '"a\\nb"'),
    ],
)
def test_as_text(value: Any, text: str) -> None:
    assert as_text(value) == text


def test_not_a_number_can_be_shown() -> None:
    assert math.isnan(json.loads(as_text(float("nan"))))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", 5),
        ('"5"', "5"),
        ("on", "on"),
        ("{", "{"),
        ("", ""),
        ("[1]", [1]),
        ("\ud800", "\ud800"),
    ],
)
def test_from_text(text: str, value: Any) -> None:
    assert from_text(text) == value


@given(st.text(), st.integers(1, 50))
def test_shortened(text: str, limit: int) -> None:
    short = shortened(text, limit)
    assert len(short) <= limit
    assert short == text or (short.endswith("…") and text.startswith(short[:-1]))
