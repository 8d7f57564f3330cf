"""The MQTT codec: round trips, any chunking, and nothing but the declared error on rubbish."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msgflo_lab_broker.mqtt import (
    MAX_REMAINING,
    V5,
    V311,
    Ack,
    Auth,
    Connack,
    Connect,
    Cursor,
    Disconnect,
    Filter,
    MalformedPacket,
    Packet,
    Pingreq,
    Pingresp,
    Properties,
    Property,
    Publish,
    Splitter,
    Suback,
    Subscribe,
    Type,
    Unsuback,
    Unsubscribe,
    Will,
    decode,
    encode,
    publish_prefix,
    reason,
    short_ack,
    string,
    varint,
)

UNFIT = re.compile("[\0\ud800-\udfff]")

versions = st.sampled_from((V311, V5))
texts = st.text(max_size=40).map(lambda text: UNFIT.sub("", text))
topics = texts.map(lambda text: text.replace("+", "").replace("#", ""))
numbers = st.integers(1, 65_535)
codes = st.integers(0, 255)

_SMALL = (Property.PAYLOAD_FORMAT, Property.MAXIMUM_QOS, Property.RETAIN_AVAILABLE)
_WORDS = (Property.SERVER_KEEP_ALIVE, Property.RECEIVE_MAXIMUM, Property.TOPIC_ALIAS_MAXIMUM)
_LONGS = (Property.MESSAGE_EXPIRY, Property.SESSION_EXPIRY, Property.MAXIMUM_PACKET_SIZE)
_TEXTS = (Property.CONTENT_TYPE, Property.REASON_STRING, Property.ASSIGNED_CLIENT_ID)
properties: st.SearchStrategy[Properties] = st.one_of(
    st.dictionaries(st.sampled_from(_SMALL), st.integers(0, 255)),
    st.dictionaries(st.sampled_from(_WORDS), st.integers(0, 65_535)),
    st.dictionaries(st.sampled_from(_LONGS), st.integers(0, 2**32 - 1)),
    st.dictionaries(st.sampled_from(_TEXTS), texts),
    st.dictionaries(st.just(Property.CORRELATION_DATA), st.binary(max_size=300)),
    st.dictionaries(
        st.just(Property.USER_PROPERTY),
        st.lists(st.tuples(texts, texts), min_size=1, max_size=3).map(tuple),
    ),
    st.dictionaries(
        st.just(Property.SUBSCRIPTION_ID),
        st.lists(st.integers(1, MAX_REMAINING), min_size=1, max_size=3).map(tuple),
    ),
)


@st.composite
def packets(draw: st.DrawFn) -> tuple[Packet, int]:
    version = draw(versions)
    extra = draw(properties) if version == V5 else {}
    qos = draw(st.integers(0, 2))
    packet: Packet = draw(
        st.one_of(
            st.builds(
                Connect,
                client_id=texts,
                version=st.just(version),
                clean=st.booleans(),
                keep_alive=st.integers(0, 65_535),
                user=texts,
                password=st.none() | st.binary(max_size=50),
                will=st.none()
                | st.builds(
                    Will,
                    topic=topics,
                    payload=st.binary(max_size=50),
                    qos=st.integers(0, 2),
                    retain=st.booleans(),
                    properties=st.just(extra),
                ),
                properties=st.just(extra),
            ),
            st.builds(
                Connack, code=codes, session_present=st.booleans(), properties=st.just(extra)
            ),
            st.builds(
                Publish,
                topic=topics,
                payload=st.binary(max_size=300),
                qos=st.just(qos),
                retain=st.booleans(),
                duplicate=st.booleans() if qos else st.just(False),
                packet_id=numbers if qos else st.just(0),
                properties=st.just(extra),
            ),
            st.builds(
                Ack,
                st.sampled_from((Type.PUBACK, Type.PUBREC, Type.PUBREL, Type.PUBCOMP)),
                numbers,
                codes if version == V5 else st.just(0),
                st.just(extra),
            ),
            st.builds(
                Subscribe,
                numbers,
                st.lists(
                    st.builds(
                        Filter,
                        topic=texts,
                        qos=st.integers(0, 2),
                        no_local=st.booleans() if version == V5 else st.just(False),
                        retain_as_published=st.booleans() if version == V5 else st.just(False),
                        retain_handling=st.integers(0, 2) if version == V5 else st.just(0),
                    ),
                    min_size=1,
                    max_size=4,
                ).map(tuple),
                st.just(extra),
            ),
            st.builds(Suback, numbers, st.lists(codes, max_size=4).map(tuple), st.just(extra)),
            st.builds(
                Unsubscribe,
                numbers,
                st.lists(texts, min_size=1, max_size=4).map(tuple),
                st.just(extra),
            ),
            st.builds(
                Unsuback,
                numbers,
                st.lists(codes, max_size=4).map(tuple) if version == V5 else st.just(()),
                st.just(extra),
            ),
            st.just(Pingreq()),
            st.just(Pingresp()),
            st.builds(
                Disconnect,
                code=codes if version == V5 else st.just(0),
                properties=st.just(extra),
            ),
        )
    )
    return packet, version


class Collector:
    """Decodes what a splitter hands over."""

    def __init__(self, version: int, **options: int) -> None:
        self.version = version
        self.packets: list[Packet] = []
        self.splitter = Splitter(self.take, **options)

    def take(self, head: int, buffer: bytes, start: int, end: int) -> None:
        self.packets.append(decode(head, buffer, start, end, self.version))


@given(packets())
def test_what_is_encoded_is_decoded(case: tuple[Packet, int]) -> None:
    packet, version = case
    collector = Collector(version)
    collector.splitter.feed(encode(packet, version))
    assert collector.packets == [packet]


@given(st.data(), versions)
def test_any_chunking_gives_the_same_packets(data: st.DataObject, version: int) -> None:
    cases = data.draw(st.lists(packets().filter(lambda case: case[1] == version), max_size=6))
    stream = b"".join(encode(packet, version) for packet, _ in cases)
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=10).map(sorted))
    collector = Collector(version)
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        collector.splitter.feed(stream[start:end])
    assert collector.packets == [packet for packet, _ in cases]


@given(st.lists(st.integers(1, 5), max_size=400))
def test_byte_by_byte(sizes: list[int]) -> None:
    payload = bytes(range(256)) * 2
    stream = encode(Publish(topic="a/b", payload=payload), V5) * 3
    collector = Collector(V5)
    at = 0
    for size in [*sizes, len(stream)]:
        collector.splitter.feed(stream[at : at + size])
        at += size
    assert [packet.payload for packet in collector.packets if isinstance(packet, Publish)] == [
        payload
    ] * 3


@given(st.lists(st.binary(max_size=60), max_size=10), versions)
def test_rubbish_raises_only_the_declared_error(chunks: list[bytes], version: int) -> None:
    collector = Collector(version)
    try:
        for chunk in chunks:
            collector.splitter.feed(chunk)
    except MalformedPacket:
        return


@given(packets(), st.data())
def test_damaged_packets_raise_only_the_declared_error(
    case: tuple[Packet, int], data: st.DataObject
) -> None:
    packet, version = case
    raw = bytearray(encode(packet, version))
    for _ in range(data.draw(st.integers(1, 3))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    collector = Collector(version)
    try:
        collector.splitter.feed(bytes(raw))
    except MalformedPacket:
        return
    for found in collector.packets:
        # What is accepted is something that can be said.
        encode(found, found.version if isinstance(found, Connect) else version)


@given(st.integers(0, MAX_REMAINING))
def test_variable_byte_integers(value: int) -> None:
    cursor = Cursor(varint(value))
    assert cursor.varint() == value
    assert not cursor.left


@pytest.mark.parametrize("value", [-1, MAX_REMAINING + 1])
def test_variable_byte_integers_have_an_end(value: int) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        varint(value)


@pytest.mark.parametrize(
    ("raw", "version", "text"),
    [
        ("30ffffffff7f", V311, "more than four bytes"),
        ("3600", V311, "flags 0110"),
        ("38020000", V311, "flags 1000"),
        ("3003000161ff", V311, None),
        ("30020005", V311, "5 bytes expected"),
        ("3003000123", V311, "wildcard"),
        ("320500016100 00", V311, "identifier 0"),
        ("30040002c328", V311, "not UTF-8"),
        ("3003000100", V311, "NUL"),
        ("0000", V311, "packet type 0"),
        ("f000", V311, "packet type 15"),
        ("c00100", V311, "1 bytes too many"),
        ("4100", V311, "flags 0001"),
        ("8000", V311, "flags 0000"),
        ("820200 01", V311, "2 bytes expected"),
        ("30050001610177", V5, "property 0x77"),
        ("300900016105 0100 0100 00", V5, "twice"),
        ("100e00044d515454030200 3c00026162", V311, "level 3"),
        ("100e00044d515454040300 3c00026162", V311, "connect flags"),
    ],
)
def test_what_is_malformed(raw: str, version: int, text: str | None) -> None:
    collector = Collector(version)
    if text is None:
        collector.splitter.feed(bytes.fromhex(raw))
        return
    with pytest.raises(MalformedPacket, match=text):
        collector.splitter.feed(bytes.fromhex(raw))


def test_a_packet_above_the_limit_is_refused_before_it_comes() -> None:
    collector = Collector(V311, max_packet=100)
    with pytest.raises(MalformedPacket, match="above 100") as caught:
        collector.splitter.feed(b"\x30\x80\x08")
    assert caught.value.code == MalformedPacket.TOO_LARGE


def test_a_stopped_splitter_hands_over_nothing_more() -> None:
    taken: list[int] = []

    def take(head: int, _buffer: bytes, _start: int, _end: int) -> None:
        taken.append(head)
        splitter.stop()

    splitter = Splitter(take)
    splitter.feed(b"\xd0\x00" * 3)
    splitter.feed(b"\xd0\x00")
    assert taken == [0xD0]


@given(topics, st.binary(max_size=200), st.booleans())
def test_the_short_cuts_say_the_same(topic: str, payload: bytes, retain: bool) -> None:
    whole = encode(Publish(topic=topic, payload=payload, retain=retain), V311)
    assert publish_prefix(string(topic), len(payload), flags=int(retain)) + payload == whole


@given(st.sampled_from((Type.PUBACK, Type.PUBREC, Type.PUBREL, Type.PUBCOMP)), numbers, codes)
def test_short_acknowledgements_say_the_same(kind: Type, number: int, code: int) -> None:
    collector = Collector(V5)
    collector.splitter.feed(short_ack(kind, number, code))
    assert collector.packets == [Ack(kind, number, code)]


@pytest.mark.parametrize(
    "packet",
    [
        Publish(topic="a", payload=b"", qos=1),
        Publish(topic="a", payload=b"", packet_id=1),
        Publish(topic="x" * 65_536, payload=b""),
        Publish(topic="\ud800", payload=b""),
        Publish(topic="a", payload=b"", properties={Property.MESSAGE_EXPIRY: 2**32}),
        Publish(topic="a", payload=b"", properties={Property.MESSAGE_EXPIRY: "x"}),
    ],
)
def test_what_cannot_be_said_is_a_value_error(packet: Packet) -> None:
    with pytest.raises(ValueError, match=r".+"):
        encode(packet, V5)


def test_properties_need_mqtt_5() -> None:
    with pytest.raises(ValueError, match="need MQTT 5"):
        encode(Publish(topic="a", payload=b"", properties={Property.MESSAGE_EXPIRY: 1}), V311)


def test_auth_is_known_to_mqtt_5() -> None:
    collector = Collector(V5)
    collector.splitter.feed(encode(Auth(code=0x18), V5))
    assert collector.packets == [Auth(code=0x18)]


def test_a_password_is_not_shown() -> None:
    assert "secret" not in repr(Connect(client_id="a", user="u", password=b"secret"))


def test_reasons_are_words() -> None:
    assert reason(0x87) == "not authorized"
    assert reason(4) == "wrong user or password"
    assert reason(0xEE) == "code 0xEE"
