"""A cell's participant, a Node.js participant and Mosquitto's tools in one network."""

from __future__ import annotations

from msgflo_lab.lab import Lab
from tests.brokers import Mosquitto

from .conftest import Subscriber, announce, publish
from .watching import all_bound, is_running, role_of, wait_for


def test_a_node_participant_is_discovered_as_it_announces_itself(lab: Lab, repeat: str) -> None:
    wait_for(lab, is_running(repeat))
    found = role_of(lab.network(), repeat)
    assert found is not None
    assert found.component == "Repeat"
    assert found.label == "Repeats in data without changes"
    assert [(port.id, port.queue) for port in found.inports] == [("in", "repeat.IN")]
    assert [(port.id, port.queue) for port in found.outports] == [("out", "repeat.OUT")]
    assert not found.local


def test_messages_go_from_a_cell_through_node_and_back(lab: Lab, repeat: str) -> None:
    @lab.participant("ask")
    def ask(question: dict) -> dict:  # type: ignore[type-arg]
        return {**question, "asked": True}

    @lab.participant("answer")
    def answer(text):  # type: ignore[no-untyped-def]
        return text

    # The edges may be there before the Node.js process is.
    lab.connect("ask.out", f"{repeat}.in")
    lab.connect(f"{repeat}.out", "answer.text")
    wait_for(lab, all_bound)
    for number in range(20):
        lab.send("ask.question", {"n": number})
    seen = lab.inspect("answer.text", 20, wait=15)
    assert [each.value for each in seen] == [{"n": n, "asked": True} for n in range(20)]


def test_mosquittos_own_clients_take_part_both_ways(lab: Lab, mosquitto: Mosquitto) -> None:
    announce(mosquitto, "device", "house/lamp/set", "house/lamp/state")
    wait_for(lab, is_running("device"))

    @lab.participant("switch")
    def switch(state):  # type: ignore[no-untyped-def]
        return b"\xff\x00" + state if isinstance(state, bytes) else f"was {state}"

    lab.connect("device.out", "switch.state")
    lab.connect("switch.out", "device.in")
    wait_for(lab, all_bound)
    lamp = Subscriber(mosquitto, "house/lamp/set")
    try:
        publish(mosquitto, "house/lamp/state", b"on")
        lamp.wait_for(b'"was on"')
        # Bytes that are neither JSON nor text arrive as they are, in both directions.
        publish(mosquitto, "house/lamp/state", b"\xfe\xfd")
        lamp.wait_for(b"\xff\x00\xfe\xfd")
    finally:
        lamp.close()
    assert [each.payload for each in lab.inspect("switch.state", 2)] == [b"on", b"\xfe\xfd"]
    assert not lab.errors("switch")


def test_a_foreign_port_can_be_sent_to_and_inspected(lab: Lab, mosquitto: Mosquitto) -> None:
    announce(mosquitto, "probe", "probe/in", "probe/out")
    wait_for(lab, is_running("probe"))
    assert lab.inspect("probe.out", 1) == []
    publish(mosquitto, "probe/out", b"[1, 2]")
    assert [each.value for each in lab.inspect("probe.out", 1, wait=10)] == [[1, 2]]
    ear = Subscriber(mosquitto, "probe/in")
    try:
        lab.send("probe.in", {"hello": "device"})
        ear.wait_for(b'{"hello":"device"}')
    finally:
        ear.close()


def test_the_network_comes_back_after_the_broker_was_away(
    lab: Lab, repeat: str, mosquitto: Mosquitto
) -> None:
    @lab.participant("echo")
    def echo(text):  # type: ignore[no-untyped-def]
        return text

    wait_for(lab, is_running(repeat))
    lab.connect(f"{repeat}.out", "echo.text")
    wait_for(lab, all_bound)
    mosquitto.restart()
    # Node.js needs a moment to notice, and QoS 0 promises nothing meanwhile: ask until it answers.
    for attempt in range(200):
        lab.send(f"{repeat}.in", attempt)
        if lab.inspect("echo.text", 1, wait=0.1):
            break
    assert lab.inspect("echo.text", 1)
    assert lab.status().is_up
