"""What a lab says that cannot have what it asks of RabbitMQ; and what messages may be."""

from __future__ import annotations

import time

import pytest

from msgflo_lab import Lab
from msgflo_lab.errors import ConnectionFailed, PayloadTooLarge
from tests.brokers import RabbitMQ, free_port

DEADLINE = 15.0


def refused(lab: Lab, url: str, *said: str) -> None:
    """It says so in one clear line, within five seconds and a little."""
    start = time.monotonic()
    with pytest.raises(ConnectionFailed) as error:
        lab.start(url)
    assert time.monotonic() - start < 6
    text = str(error.value)
    assert text.startswith("cannot connect to amqp")
    assert "\n" not in text
    assert "secret" not in text
    for each in said:
        assert each in text
    assert not lab.is_running


def test_a_lab_that_was_refused_can_be_started_again(rabbitmq: RabbitMQ, vhost: str) -> None:
    port = free_port()
    with Lab() as lab:

        @lab.participant("echo")
        def echo(value):  # type: ignore[no-untyped-def]
            return value

        refused(lab, vhost.replace("amqp://", "amqp://guest:secret@"), "ACCESS_REFUSED", "***")
        refused(lab, f"{rabbitmq.url}/nowhere", "vhost nowhere not found")
        refused(lab, f"amqp://127.0.0.1:{port}", f"nobody listens on 127.0.0.1:{port}")
        assert lab.start(vhost).is_up
        lab.send("echo.value", 1)
        assert [each.value for each in lab.inspect("echo.out", 1, wait=DEADLINE)] == [1]
        # One that runs stays where it is.
        with pytest.raises(ConnectionFailed):
            lab.start(f"amqp://127.0.0.1:{port}")
        lab.send("echo.value", 2)
        assert [each.value for each in lab.inspect("echo.out", 2, wait=DEADLINE)] == [1, 2]


def test_a_payload_that_is_too_large(rabbitmq: RabbitMQ, vhost: str) -> None:
    with Lab() as lab:

        @lab.participant("large")
        def large(size: int) -> bytes:
            return bytes(size)

        lab.start(vhost, management=f"http://127.0.0.1:{rabbitmq.management}")
        with pytest.raises(PayloadTooLarge, match="AMQP_MAX_PAYLOAD") as error:
            lab.send("large.size", bytes(64 * 1024 * 1024))
        assert "\n" not in str(error.value)
        # What a handler sends is its failure, and it goes on.
        lab.send("large.size", 64 * 1024 * 1024)
        (failure,) = lab.errors("large", wait=DEADLINE)
        assert "AMQP_MAX_PAYLOAD" in failure.summary
        lab.send("large.size", 3)
        # What was refused was seen on the port, too.
        deadline = time.monotonic() + DEADLINE
        while lab.inspect("large.out", 1)[-1].payload != bytes(3):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        status = lab.status()
        assert status.is_up
        assert not status.problems


@pytest.mark.parametrize(
    ("payload", "value"),
    [(b"no json", "no json"), (b"{broken", "{broken"), (b"\xff\x00", b"\xff\x00"), (b"", "")],
)
def test_what_is_no_json_reaches_the_handler(vhost: str, payload: bytes, value: object) -> None:
    with Lab() as lab:
        lab.start(vhost)
        got: list[object] = []

        @lab.participant("ear")
        def ear(value):  # type: ignore[no-untyped-def]
            got.append(value)
            return 1

        lab.send("ear.value", payload)
        lab.inspect("ear.out", 1, wait=DEADLINE)
        assert got == [value]
        assert type(got[0]) is type(value)
