"""What a client asks for, against pamqp, and beyond it."""

from __future__ import annotations

import pamqp.frame
import pytest
from pamqp import commands
from pamqp.base import Frame

from msgflo_lab.errors import InvalidName
from msgflo_lab_transports.amqp import requests
from msgflo_lab_transports.amqp.frames import decode_method, encode_method
from msgflo_lab_transports.amqp.requests import Request

TABLE = {"x-max-length": 3, "x-dead-letter-exchange": "dead", "deep": {"a": [1, True, None]}}
CLIENT = {"product": "msgflo-lab", "capabilities": {"basic.nack": True}}


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (
            requests.start_ok(CLIENT, "PLAIN", b"\0guest\0guest"),
            commands.Connection.StartOk(CLIENT, "PLAIN", "\0guest\0guest", "en_US"),  # type: ignore[arg-type]
        ),
        (requests.tune_ok(10, 4096, 7), commands.Connection.TuneOk(10, 4096, 7)),
        (requests.open_connection("a/b"), commands.Connection.Open("a/b")),
        (requests.close_connection(), commands.Connection.Close(200, "bye", 0, 0)),
        (requests.connection_closed(), commands.Connection.CloseOk()),
        (requests.flow_ok(True), commands.Channel.FlowOk(True)),
        (requests.flow_ok(False), commands.Channel.FlowOk(False)),
        (requests.close_channel(), commands.Channel.Close(200, "bye", 0, 0)),
        (requests.channel_closed(), commands.Channel.CloseOk()),
        (
            requests.declare_exchange("e", "fanout", durable=True, internal=True),
            commands.Exchange.Declare(
                exchange="e", exchange_type="fanout", durable=True, internal=True
            ),
        ),
        (
            requests.declare_exchange(
                "e", "direct", passive=True, auto_delete=True, arguments=TABLE
            ),
            commands.Exchange.Declare(
                exchange="e",
                exchange_type="direct",
                passive=True,
                auto_delete=True,
                arguments=TABLE,  # type: ignore[arg-type]
            ),
        ),
        (
            requests.delete_exchange("e", if_unused=True),
            commands.Exchange.Delete(exchange="e", if_unused=True),
        ),
        (
            requests.bind_exchange("to", "from", "key", TABLE),
            commands.Exchange.Bind(
                destination="to",
                source="from",
                routing_key="key",
                arguments=TABLE,  # type: ignore[arg-type]
            ),
        ),
        (
            requests.unbind_exchange("to", "from", "", None),
            commands.Exchange.Unbind(destination="to", source="from"),
        ),
        (
            requests.declare_queue("q", durable=True, auto_delete=True, arguments=TABLE),
            commands.Queue.Declare(
                queue="q",
                durable=True,
                auto_delete=True,
                arguments=TABLE,  # type: ignore[arg-type]
            ),
        ),
        (
            requests.declare_queue("", passive=True, exclusive=True),
            commands.Queue.Declare(queue="", passive=True, exclusive=True),
        ),
        (
            requests.bind_queue("q", "e", "key", TABLE),
            commands.Queue.Bind(queue="q", exchange="e", routing_key="key", arguments=TABLE),  # type: ignore[arg-type]
        ),
        (
            requests.unbind_queue("q", "e", "key", None),
            commands.Queue.Unbind(queue="q", exchange="e", routing_key="key"),
        ),
        (requests.purge_queue("q"), commands.Queue.Purge(queue="q")),
        (
            requests.delete_queue("q", if_unused=True, if_empty=True),
            commands.Queue.Delete(queue="q", if_unused=True, if_empty=True),
        ),
        (requests.qos(7), commands.Basic.Qos(prefetch_count=7)),
        (
            requests.consume("q", "tag", no_ack=True, exclusive=False, arguments=TABLE),
            commands.Basic.Consume(queue="q", consumer_tag="tag", no_ack=True, arguments=TABLE),  # type: ignore[arg-type]
        ),
        (
            requests.consume("q", "tag", no_ack=False, exclusive=True),
            commands.Basic.Consume(queue="q", consumer_tag="tag", exclusive=True),
        ),
        (requests.cancel("tag"), commands.Basic.Cancel(consumer_tag="tag")),
        (requests.cancelled("tag"), commands.Basic.CancelOk(consumer_tag="tag")),
        (requests.select_confirms(), commands.Confirm.Select()),
    ],
)
def test_as_pamqp_says_it(request_: Request, expected: Frame) -> None:
    assert encode_method(request_, 5) == pamqp.frame.marshal(expected, 5)


@pytest.mark.parametrize("name", ["größe", "a%23b", "(a*b)?", "Ω" * 127])
def test_names_that_pamqp_refuses(name: str) -> None:
    frame = encode_method(requests.declare_queue(name, durable=True), 5)
    found = decode_method(frame, 7, len(frame) - 1)
    assert isinstance(found, commands.Queue.Declare)
    assert (found.queue, found.durable) == (name, True)
    with pytest.raises(ValueError, match="queue"):
        pamqp.frame.marshal(found, 5)


def test_names_that_amqp_cannot_say() -> None:
    with pytest.raises(InvalidName):
        requests.declare_queue("q" * 256)
    with pytest.raises(InvalidName):
        requests.bind_queue("q", "e", "k" * 256, None)
    with pytest.raises(InvalidName):
        requests.declare_queue("q", arguments={"x": object()})
