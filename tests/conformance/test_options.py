"""The queue options of ports: the same ones on every transport, and no others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from msgflo_lab.definition import Side
from msgflo_lab.errors import InvalidDefinition, InvalidUrl
from msgflo_lab.names import QueueName
from msgflo_lab.transport import BrokerUrl
from msgflo_lab_transports.amqp import settings_of
from msgflo_lab_transports.ports import port_options
from tests.conformance.places import Place

Fresh = Callable[[str], QueueName]
QUEUE = QueueName("work.IN")


@pytest.mark.anyio
async def test_all_transports_know_the_same_options(place: Place, fresh: Fresh) -> None:
    client, queue = await place.client(), fresh("in")
    for options, said in (
        ({"qurom": True}, "no option `qurom` \\(did you mean `quorum`\\?\\); there are: share"),
        ({"share": "maybe"}, "option `share` is `maybe`; it can be: true or false"),
    ):
        with pytest.raises(InvalidDefinition, match=said) as error:
            await client.declare(queue, Side.IN, options)
        assert queue in str(error.value)
        assert "\n" not in str(error.value)
    await client.declare(queue, Side.IN, {"share": "False", "maxLength": "100", "x-max-length": 9})


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, {}),
        (
            {"quorum": "False", "persistent": "no", "durable": 0},
            {"quorum": False, "durable": False},
        ),
        ({"share": "TRUE", "autoDelete": 1}, {"share": True, "autoDelete": True}),
        ({"messageTtl": "50", "expires": 7}, {"messageTtl": 50, "expires": 7}),
        ({"deadLetterExchange": "grave"}, {"deadLetterExchange": "grave"}),
        ({"x-whatever": "5", "arguments": {"a": 1}}, {"x-whatever": "5", "arguments": {"a": 1}}),
    ],
)
def test_values_mean_what_they_say(given: dict[str, Any], found: dict[str, Any]) -> None:
    read = port_options(QUEUE, given)
    assert list(read) == list(given)
    assert {name: read[name] for name in found} == found
    assert all(type(read[name]) is type(found[name]) for name in found)


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("persistent", 2, "`2`; it can be: true or false"),
        ("persistent", None, "`None`; it can be: true or false"),
        ("maxLength", -1, "`-1`; it can be: a number from 0 on"),
        ("maxLength", True, "`True`; it can be: a number from 0 on"),
        ("expires", "soon", "`soon`; it can be: a number from 0 on"),
        ("deadLetterExchange", 5, "`5`; it can be: a text"),
        ("arguments", [1], "a table of arguments"),
        ("", 1, "no option ``"),
        ("line\nbreak", 1, r"no option `line\\nbreak`"),
    ],
)
def test_values_that_cannot_be(option: str, value: object, said: str) -> None:
    with pytest.raises(InvalidDefinition, match=said) as error:
        port_options(QUEUE, {option: value})
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"quorum": "maybe"}, "it can be: true, false, 1, 0, yes, no$"),
        ({"management": "foo"}, "`management` is an address like http://localhost:15672"),
        ({"management": "localhost:15672"}, "`management` is an address"),
        ({"management": "http://u:secret@"}, "`management` is an address"),
        ({"management": "http://u:secret@h:port"}, "`management` is an address"),
    ],
)
def test_options_of_an_address_that_cannot_be(options: dict[str, object], said: str) -> None:
    with pytest.raises(InvalidUrl, match=said) as error:
        settings_of(BrokerUrl.parse("amqp://b", **options))
    assert "secret" not in str(error.value)


def test_an_address_of_the_management_interface() -> None:
    def said(**options: object) -> str:
        return settings_of(BrokerUrl.parse("amqp://b", **options)).management

    assert said() == said(management="") == ""
    assert said(management="https://u:p@h/under/") == "https://u:p@h/under"
