"""The frames of AMQP, against pamqp."""

from __future__ import annotations

import itertools
import math
import string
import struct
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pamqp.frame
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pamqp import commands
from pamqp.body import ContentBody
from pamqp.header import ContentHeader

from msgflo_lab.errors import InvalidName
from msgflo_lab_transports.amqp.frames import (
    BODY,
    HEADER,
    HEARTBEAT_FRAME,
    METHOD,
    NO_PROPERTIES,
    OVERHEAD,
    PERSISTENT,
    PROPERTIES_AT,
    MalformedFrame,
    Properties,
    Receiver,
    Splitter,
    body_size,
    decode_method,
    decode_properties,
    encode_ack,
    encode_content,
    encode_properties,
    encode_publish,
    encode_reject,
    encode_short,
    parse_deliver,
    parse_route,
)

CHANNELS = st.integers(1, 65_535)
TAGS = st.integers(0, 2**63 - 1)
NAMES = st.text(string.ascii_letters + string.digits + "-_.:@#,/+ ", max_size=127)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
    | st.floats(allow_nan=False, allow_infinity=False, width=32),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(string.ascii_letters, min_size=1, max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
TABLES = st.dictionaries(st.text(string.ascii_letters, min_size=1, max_size=8), VALUES, max_size=4)
PROPERTIES = st.builds(
    Properties,
    **{
        name: st.none() | TEXTS
        for name in (
            "content_type", "content_encoding", "correlation_id", "reply_to", "expiration",
            "message_id", "type", "user_id", "app_id",
        )
    },
    headers=st.none() | TABLES,
    delivery_mode=st.none() | st.sampled_from([1, 2]),
    priority=st.none() | st.integers(0, 255),
    timestamp=st.none() | st.integers(0, 4_000_000_000),
)  # fmt: skip


class Collected:
    """What a splitter hands out."""

    def __init__(self, *channels: int, frame_max: int = 1 << 20) -> None:
        self.frames: list[tuple[int, int, bytes]] = []
        receivers: dict[int, Receiver] = {number: self._for(number) for number in channels}
        self.splitter = Splitter(receivers, frame_max)

    def _for(self, number: int) -> Callable[[int, bytes, int, int], None]:
        def receive(kind: int, buffer: bytes, start: int, stop: int) -> None:
            self.frames.append((number, kind, buffer[start:stop]))

        return receive


def reference(properties: Properties) -> commands.Basic.Properties:
    """The same as pamqp has it."""
    values: dict[str, Any] = {
        {"type": "message_type"}.get(name, name): getattr(properties, name)
        for name in Properties.__slots__
        if getattr(properties, name) is not None
    }
    if properties.timestamp is not None:
        values["timestamp"] = datetime.fromtimestamp(properties.timestamp, UTC)
    if properties.headers is not None:
        values["headers"] = dict(properties.headers)
    return commands.Basic.Properties(**values)


@given(CHANNELS, NAMES, NAMES, st.booleans())
def test_publish(channel: int, exchange: str, key: str, mandatory: bool) -> None:
    expected = commands.Basic.Publish(exchange=exchange, routing_key=key, mandatory=mandatory)
    found = encode_publish(channel, exchange, key, mandatory=mandatory)
    assert found == pamqp.frame.marshal(expected, channel)


@given(CHANNELS, TAGS)
def test_settling(channel: int, tag: int) -> None:
    assert encode_ack(channel, tag) == pamqp.frame.marshal(commands.Basic.Ack(tag), channel)
    for requeue in (False, True):
        expected = commands.Basic.Reject(tag, requeue)
        assert encode_reject(channel, tag, requeue=requeue) == pamqp.frame.marshal(
            expected, channel
        )


@given(CHANNELS, st.binary(max_size=300), PROPERTIES, st.integers(1, 300))
def test_content(channel: int, body: bytes, properties: Properties, chunk: int) -> None:
    frames: list[pamqp.frame.FrameTypes] = [ContentHeader(0, len(body), reference(properties))]
    frames += [ContentBody(body[at : at + chunk]) for at in range(0, len(body), chunk)]
    expected = b"".join(pamqp.frame.marshal(frame, channel) for frame in frames)
    encoded = encode_properties(properties)
    assert b"".join(encode_content(channel, body, encoded, chunk)) == expected


@given(PROPERTIES)
def test_properties_come_back(properties: Properties) -> None:
    encoded = encode_properties(properties)
    assert decode_properties(encoded) == properties
    payload = pamqp.frame.marshal(ContentHeader(0, 7, reference(properties)), 1)[7:-1]
    assert decode_properties(payload[PROPERTIES_AT:]) == properties
    assert body_size(payload, 4) == (7,)


def test_properties_made_beforehand() -> None:
    assert decode_properties(NO_PROPERTIES) == Properties()
    assert decode_properties(PERSISTENT) == Properties(delivery_mode=2)
    # A text may be empty, which is not the same as none.
    assert decode_properties(encode_properties(Properties(type=""))) == Properties(type="")


@given(PROPERTIES, st.data())
def test_properties_that_are_cut_short(properties: Properties, data: st.DataObject) -> None:
    encoded = encode_properties(properties)
    size = data.draw(st.integers(0, len(encoded) - 1))
    with pytest.raises(MalformedFrame):
        decode_properties(encoded[:size])


@given(st.binary(max_size=80))
def test_properties_of_anything(data: bytes) -> None:
    with suppress(MalformedFrame):
        decode_properties(data)


@given(CHANNELS, TEXTS, TAGS, st.booleans(), NAMES, NAMES)
def test_deliver(
    channel: int, tag: str, number: int, redelivered: bool, exchange: str, key: str
) -> None:
    method = commands.Basic.Deliver(tag, number, redelivered, exchange, key)
    frame = pamqp.frame.marshal(method, channel)
    found, got, again, rest = parse_deliver(frame, 7, len(frame) - 1)
    assert (found.decode(), got, bool(again)) == (tag, number, redelivered)
    assert parse_route(rest) == (exchange, key)


@given(st.binary(max_size=60))
def test_deliver_of_anything(data: bytes) -> None:
    payload = b"\0\x3c\0\x3c" + data + b"\0"
    with suppress(MalformedFrame):
        parse_route(parse_deliver(payload, 0, len(payload))[3])


@given(st.binary(max_size=60))
def test_methods_of_anything(data: bytes) -> None:
    frame = b"\x01\x00\x01" + len(data).to_bytes(4, "big") + data + b"\xce"
    with suppress(MalformedFrame):
        decode_method(frame, 7, len(frame) - 1)


KINDS = st.sampled_from([METHOD, HEADER, BODY])
FRAMES = st.lists(st.tuples(st.sampled_from([1, 2, 3]), KINDS, st.binary(max_size=50)), max_size=12)


@given(FRAMES, st.lists(st.integers(0, 400), max_size=12))
def test_frames_are_the_same_however_they_are_cut(
    frames: list[tuple[int, int, bytes]], cuts: list[int]
) -> None:
    stream = b"".join(
        struct.pack(">BHI", kind, channel, len(payload)) + payload + b"\xce"
        for channel, kind, payload in frames
    )
    collected = Collected(1, 2)
    places = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    for start, stop in itertools.pairwise(places):
        collected.splitter.feed(stream[start:stop])
    # Nobody receives what is for channel 3.
    assert collected.frames == [frame for frame in frames if frame[0] != 3]


@given(st.binary(max_size=400))
def test_splitting_anything(data: bytes) -> None:
    collected = Collected(0, 1, frame_max=100)
    with suppress(MalformedFrame):
        collected.splitter.feed(data)


def test_a_frame_that_is_too_long_is_refused_before_it_is_there() -> None:
    head = b"\x03\x00\x01" + (101 - OVERHEAD).to_bytes(4, "big")
    with pytest.raises(MalformedFrame, match="a frame of 101 bytes"):
        Collected(1, frame_max=100).splitter.feed(head + b"x")
    fits = b"\x03\x00\x01" + (100 - OVERHEAD).to_bytes(4, "big") + bytes(100 - OVERHEAD) + b"\xce"
    collected = Collected(1, frame_max=100)
    collected.splitter.feed(fits)
    assert len(collected.frames) == 1


def test_a_splitter_that_is_stopped_by_what_it_hands_out() -> None:
    collected = Collected(0)
    seen = []

    def receive(kind: int, buffer: bytes, start: int, stop: int) -> None:
        seen.append(kind)
        collected.splitter.stop()

    collected.splitter.receivers[0] = receive
    collected.splitter.feed(HEARTBEAT_FRAME * 3)
    collected.splitter.feed(HEARTBEAT_FRAME)
    assert seen == [8]


@pytest.mark.parametrize("text", ["x" * 256, "ö" * 128, "\ud800"])
def test_texts_that_amqp_cannot_say(text: str) -> None:
    with pytest.raises(InvalidName):
        encode_short(text)


@pytest.mark.parametrize(
    "properties",
    [
        Properties(headers={"x": object()}),
        Properties(headers={"x" * 300: 1}),
        Properties(headers={"x": 2**70}),
        Properties(headers={"x": [{"y" * 300: 1}]}),
        Properties(headers={"x": math.nan}),
        Properties(headers={"x": {"y": [math.inf]}}),
        Properties(priority=256),
        Properties(timestamp=-1),
        Properties(type="x" * 256),
    ],
)
def test_properties_that_amqp_cannot_say(properties: Properties) -> None:
    with pytest.raises(InvalidName):
        encode_properties(properties)
