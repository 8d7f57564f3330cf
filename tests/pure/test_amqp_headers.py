"""Headers of anybody's making, kept byte for byte; and delays that the broker has queues for."""

from __future__ import annotations

import math
import struct
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msgflo_lab.errors import InvalidMessage
from msgflo_lab_transports.amqp import MalformedFrame, Properties, decode_properties
from msgflo_lab_transports.amqp.delays import STEPS, checked, step_of
from msgflo_lab_transports.amqp.frames import encode_properties
from msgflo_lab_transports.amqp.headers import (
    changed,
    decoded,
    encoded,
    entries_of,
    header_of,
    headers_of,
    items_of,
    joined,
    list_of,
    properties_of,
    readable,
    table_of,
)
from msgflo_lab_transports.amqp.limits import AMQP_LONGEST_DELAY_SECONDS

FOREIGN = [
    (b"text", b"S\x00\x00\x00\x02\xff\xfe"),
    (b"large", b"d" + struct.pack(">d", 1e300)),
    (b"tenth", b"d" + struct.pack(">d", 0.1)),
    (b"when", b"T" + (1_700_000_000_123).to_bytes(8, "big")),
    (b"far", b"T" + b"\xff" * 8),
    (b"\xff\xfe", b"V"),
    (b"twice", b"t\x01"),
    (b"twice", b"t\x00"),
]
SAID = joined(
    {"content_type": b"\x01x", "headers": table_of(FOREIGN), "priority": b"\x05", "app_id": b"\x00"}
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**31), 2**31) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)


def test_what_others_have_written_stays() -> None:
    said = changed(SAID, {"ours": encoded(7)}, without=("twice",))
    assert headers_of(said) == [*FOREIGN[:-2], (b"ours", encoded(7))]
    assert properties_of(said)["priority"] == b"\x05"
    assert header_of(said, "ours") == 7
    assert header_of(said, "far") is None
    assert header_of(changed(said, {"ours": encoded(8)}), "ours") == 8
    assert headers_of(changed(said, {"ours": encoded(1)}, lean=True)) == [(b"ours", encoded(1))]
    assert "headers" not in properties_of(changed(SAID, {}, lean=True, without=("priority",)))
    # What can be read is read.
    found = readable(said)
    assert (found.priority, (found.headers or {})["tenth"]) == (5, 0.1)


@given(st.dictionaries(st.text(max_size=10), VALUES, max_size=5), st.integers(0, 255))
def test_cut_up_and_joined(headers: dict[str, Any], priority: int) -> None:
    data = encode_properties(Properties(headers=headers, priority=priority, message_id="7"))
    assert joined(properties_of(data)) == data
    table = properties_of(data)["headers"]
    assert table_of(entries_of(table)) == table
    for name, value in entries_of(table):
        assert encoded(decoded(value)) == value
        if value.startswith(b"A"):
            assert list_of(list(items_of(value))) == value
        assert name.decode() in headers
    assert decode_properties(changed(data, {})).message_id == "7"


@given(st.binary(max_size=60))
def test_rubbish(data: bytes) -> None:
    for work in (properties_of, entries_of, lambda d: list(items_of(d)), decoded):
        with suppress(MalformedFrame):
            work(data)
    readable(data)
    assert header_of(changed(data, {"ours": encoded("x")}), "ours") == "x"


def test_lists_within_lists() -> None:
    data = b""
    for _ in range(10_000):
        data = b"A" + len(data).to_bytes(4, "big") + data
    said = joined({"headers": table_of([(b"deep", data)])})
    assert readable(said).headers == {}
    assert headers_of(changed(said, {"ours": encoded(1)}))[0] == (b"deep", data)


@given(st.floats(0, AMQP_LONGEST_DELAY_SECONDS))
def test_a_delay_is_one_of_a_few(after: float) -> None:
    step = step_of(after)
    assert step in (0, *STEPS)
    assert step >= after * 1000 - 0.001
    assert step <= max(2, math.ceil(after * 1000) * 1.5)


def test_delays_that_people_choose_are_kept() -> None:
    for seconds in (0, 0.05, 0.1, 0.5, 1, 2, 5, 10, 15, 30, 45, 60, 90, 120, 300, 600, 3600, 86400):
        assert step_of(seconds) == seconds * 1000
    assert len(STEPS) < 100


@pytest.mark.parametrize("after", [math.nan, math.inf, -1, 1e12, "5", None, True])
def test_delays_that_cannot_be(after: Any) -> None:
    with pytest.raises(InvalidMessage, match="a day"):
        checked(after)
