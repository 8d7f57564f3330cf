"""Whoever registers or forgets a participant may be interrupted; commands arrive, each once.

Adapters are when they are turned off, and people interrupt their cells.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from msgflo_lab import Lab
from msgflo_lab.definition import ParticipantDefinition, Side
from msgflo_lab.foreign.description import loads
from msgflo_lab.names import QueueName
from msgflo_lab.runtime import adapters
from msgflo_lab.runtime.foreigners import Foreigners
from msgflo_lab.transport import BrokerUrl, Client, transport_for
from tests.brokers import Mosquitto
from tests.devices.recording import adapter_for, messages, play
from tests.foreign.device import DEADLINE, Device
from tests.runtime.helpers import eventually

LAMP = """
component: a/Lamp
role: {house}
inports:
  level: {{queue: {house}/level/set, encoding: number}}
  power: {{queue: {house}/power/set, encoding: "boolean:ON/OFF"}}
"""
LABEL = "label: Another one\n"

Work = Callable[[Foreigners, Client], Awaitable[None]]


def described(house: str, more: str = "") -> ParticipantDefinition:
    (found,) = loads(more + LAMP.format(house=house))
    return found


def at_work(broker: Mosquitto, work: Work) -> None:
    """Do it with all there is on one broker."""

    async def do() -> None:
        url = BrokerUrl.parse(broker.url)
        binder = await transport_for(url).binder(url, name="test")
        foreigners = await Foreigners.open(
            url,
            binder,
            name="foreign",
            queue_of=lambda role, port, _: QueueName(f"{role}.{port}"),
            period=5.0,
            report=lambda _: None,
        )
        try:
            async with asyncio.timeout(DEADLINE):
                await work(foreigners, binder)
        finally:
            await foreigners.close()
            await binder.close()

    asyncio.run(do())


async def interrupted(work: Awaitable[object], is_due: Callable[[], bool]) -> None:
    """Cancel it in the very step in which it has come so far."""
    task = asyncio.ensure_future(work)
    while not is_due():  # noqa: ASYNC110
        await asyncio.sleep(0)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def test_one_that_is_registered_in_place_of_another(
    mosquitto: Mosquitto, far: Device, house: str
) -> None:
    async def work(foreigners: Foreigners, client: Client) -> None:
        before = await foreigners.register(described(house))
        new = described(house, LABEL)
        await interrupted(
            foreigners.register(new),
            lambda: foreigners.members[new.id] is not before,
        )
        await foreigners.register(new)  # the same again: it goes on as it was
        await client.publish(QueueName(f"{house}.power"), b"true", Side.IN)
        got = await asyncio.to_thread(far.next)
        assert got.payload == b"ON"

    far.hear(f"{house}/power/set")
    at_work(mosquitto, work)


def test_one_that_is_forgotten(mosquitto: Mosquitto, far: Device, house: str) -> None:
    async def work(foreigners: Foreigners, client: Client) -> None:
        lamp = described(house)
        await foreigners.register(lamp)
        await interrupted(foreigners.forget(lamp.id), lambda: not foreigners.members)
        await foreigners.register(lamp)
        for each in (b"true", b"false"):
            await client.publish(QueueName(f"{house}.power"), each, Side.IN)
        got = [(await asyncio.to_thread(far.next)).payload for _ in range(2)]
        assert got == [b"ON", b"OFF"]

    far.hear(f"{house}/power/set")
    at_work(mosquitto, work)


def test_an_adapter_that_has_much_to_listen_to(
    lab: Lab, far: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is turned off and on: what is retained comes each time, on every topic."""
    monkeypatch.setattr(adapters, "ADAPTER_PAUSE", 0.0)
    said, found = messages("homie_4_led"), play(adapter_for("homie_4_led"), "homie_4_led")
    (expected,) = (each.definition for each in found.values())
    for topic, payload in said:
        far.say(topic, payload, retain=True)
    for _ in range(3):
        lab.foreign.turn_on("homie")
        eventually(lambda: [each.described for each in lab.foreign.members()] == [expected])
        lab.foreign.turn_off("homie")
        assert lab.foreign.members() == []
    for topic, _ in said:
        far.say(topic, b"", retain=True)
