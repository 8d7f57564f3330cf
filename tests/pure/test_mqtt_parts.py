"""The pure parts of the MQTT transport: options, topics, echoes, receipts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msgflo_lab.errors import InvalidName, InvalidUrl
from msgflo_lab.names import QueueName
from msgflo_lab.transport import BrokerUrl
from msgflo_lab_broker.mqtt import V5, V311, Type, short_ack
from msgflo_lab_transports.limits import (
    MQTT_ECHO_OVERTAKEN_SECONDS,
    MQTT_ECHO_SECONDS,
    MQTT_ECHOES,
)
from msgflo_lab_transports.mqtt import settings_of
from msgflo_lab_transports.mqtt.echoes import Echoes
from msgflo_lab_transports.mqtt.receipts import Receipts
from msgflo_lab_transports.mqtt.topics import topic_of


def test_options_have_defaults() -> None:
    settings = settings_of(BrokerUrl.parse("mqtt://somewhere"))
    assert (settings.host, settings.port, settings.tls) == ("somewhere", 1883, None)
    assert (settings.version, settings.keep_alive, settings.qos) == (None, 60, 0)
    assert settings_of(BrokerUrl.parse("mqtts://somewhere")).port == 8883
    assert settings_of(BrokerUrl.parse("mqtt://")).host == "localhost"


def test_options_come_from_query_and_keywords() -> None:
    url = BrokerUrl.parse("mqtt://u:secret@h:99?qos=1&version=3.1.1", qos=2, retain=True)
    settings = settings_of(url)
    assert (settings.qos, settings.retain, settings.version, settings.port) == (2, True, V311, 99)
    assert "secret" not in repr(settings)
    assert settings_of(BrokerUrl.parse("mqtt://h?version=5")).version == V5


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("mqtt://h?qso=1", "no option `qso`; there are: ca_certs, .*qos"),
        ("mqtt://h?qos=3", "option `qos` is `3`; it is a number from 0 to 2"),
        ("mqtt://h?qos=", "a number from 0 to 2"),
        ("mqtt://h?qos=²", "a number from 0 to 2"),
        ("mqtt://h?version=4", "`4`; it can be: 5, "),
        ("mqtt://h?retain=perhaps", "option `retain` is `perhaps`"),
        ("mqtt://h?keep_alive=-1", "from 0 to 65,535"),
        ("mqtt://h?ca_certs=x", "for mqtts://"),
        ("mqtts://h?keyfile=x", "needs `certfile`"),
        ("mqtt://h/path", "ends after the port"),
    ],
)
def test_wrong_options_are_named(url: str, text: str) -> None:
    with pytest.raises(InvalidUrl, match=text):
        settings_of(BrokerUrl.parse(url))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("", "is empty"),
        ("a+b", r"MQTT keeps `\+`"),
        ("a/#", "MQTT keeps `#`"),
        ("a\0b", r"U\+0000"),
        ("a\nb", r"U\+000A"),
        ("a\uffff", r"U\+FFFF"),
        ("a\U0001ffff", r"U\+1FFFF"),
        ("\ud800", "surrogate"),
        ("$share/group/a", "shared subscriptions"),
        ("ž" * 32_768, "65,536 bytes"),
    ],
    ids=lambda value: ascii(value[:12]),
)
def test_names_that_mqtt_cannot_have(name: str, text: str) -> None:
    with pytest.raises(InvalidName, match=text) as caught:
        topic_of(QueueName(name))
    assert str(caught.value).isprintable()


@given(st.text(max_size=50))
def test_a_name_is_a_topic_or_is_refused(name: str) -> None:
    try:
        topic = topic_of(QueueName(name))
    except InvalidName:
        return
    assert topic.decode() == name


@given(st.lists(st.binary(max_size=3), max_size=50))
def test_each_echo_is_expected_once(payloads: list[bytes]) -> None:
    echoes = Echoes()
    for payload in payloads:
        echoes.sent(payload, 0.0)
    assert [echoes.came(payload, 0.0) for payload in payloads] == [True] * len(payloads)
    assert [echoes.came(payload, 0.0) for payload in payloads] == [False] * len(payloads)
    assert len(echoes) == 0


def test_a_foreign_message_is_no_echo() -> None:
    echoes = Echoes()
    echoes.sent(b"ours", 0.0)
    assert not echoes.came(b"theirs", 0.0)
    assert echoes.came(b"ours", MQTT_ECHO_SECONDS)


def test_a_lost_echo_is_not_expected_for_ever() -> None:
    echoes = Echoes()
    echoes.sent(b"lost", 0.0)
    assert not echoes.came(b"lost", MQTT_ECHO_SECONDS + 1)
    assert len(echoes) == 0


def test_an_overtaken_echo_is_soon_given_up() -> None:
    echoes = Echoes()
    echoes.sent(b"lost", 0.0)
    echoes.sent(b"later", 0.0)
    assert echoes.came(b"later", 1.0)
    assert len(echoes) == 1
    assert not echoes.came(b"lost", 1.0 + MQTT_ECHO_OVERTAKEN_SECONDS + 0.1)


def test_expected_echoes_are_bounded() -> None:
    echoes = Echoes()
    for number in range(MQTT_ECHOES + 10):
        echoes.sent(b"%d" % number, 0.0)
    assert len(echoes) == MQTT_ECHOES
    assert not echoes.came(b"0", 0.0)
    assert echoes.came(b"%d" % MQTT_ECHOES, 0.0)


@given(st.permutations(range(6)), st.lists(st.sampled_from((1, 2)), min_size=6, max_size=6))
def test_acknowledgements_keep_the_order(order: list[int], qos: list[int]) -> None:
    written: list[bytes] = []
    receipts = Receipts(written.append, V5)
    opened = [receipts.receive(number + 1, each) for number, each in enumerate(qos)]
    for number in order:
        receipt = opened[number]
        assert receipt is not None
        receipt.settle(True)
    kinds = {1: Type.PUBACK, 2: Type.PUBREC}
    assert written == [short_ack(kinds[each], n + 1) for n, each in enumerate(qos)]


def test_exactly_once_on_one_connection() -> None:
    written: list[bytes] = []
    receipts = Receipts(written.append, V5)
    receipt = receipts.receive(7, 2)
    assert receipt is not None
    assert receipts.receive(7, 2) is None
    assert not written
    receipt.settle(True)
    assert receipts.receive(7, 2) is None
    assert written == [short_ack(Type.PUBREC, 7)] * 2
    receipts.released(7)
    assert written[2:] == [short_ack(Type.PUBCOMP, 7)]
    assert receipts.receive(7, 2) is not None
    receipts.released(9)
    assert written[3:] == [short_ack(Type.PUBCOMP, 9, 0x92)]


def test_a_failure_is_told_to_mqtt_5_only() -> None:
    for version, code in ((V5, 0x83), (V311, 0)):
        written: list[bytes] = []
        receipt = Receipts(written.append, version).receive(1, 1)
        assert receipt is not None
        receipt.settle(False)
        assert written == [short_ack(Type.PUBACK, 1, code)]
