"""Networks as AsyncAPI documents: keys, ports, schemas, bindings."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msgflo_lab.asyncapi import Server, document, ends_of
from msgflo_lab.asyncapi.keys import keys_of
from msgflo_lab.asyncapi.schemas import content_type_of, schema_of
from msgflo_lab.definition import ParticipantDefinition, Port, Side
from msgflo_lab.graph import Edge, Graph
from msgflo_lab.names import ComponentName, ParticipantId, PortName, QueueName, Role
from msgflo_lab.network import NetworkView, RoleView

from . import strategies


@given(st.lists(strategies.names, unique=True, max_size=12), st.randoms())
def test_keys_are_unique_and_the_same_in_any_order(names: list[str], random: object) -> None:
    keys = keys_of((name, name) for name in names)
    assert len(set(keys.values())) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+", key) for key in keys.values())
    assert keys == keys_of((name, name) for name in sorted(names))


def test_a_name_that_can_be_a_key_is_one() -> None:
    assert keys_of((each, each) for each in ("a b", "a_b", "a/b", "__proto__")) == {
        "a_b": "a_b",
        "a b": "a_b-2",
        "a/b": "a_b-3",
        "__proto__": "__proto__-",
    }


@pytest.mark.parametrize(
    ("port", "content", "schema"),
    [
        ({"type": "int"}, "application/json", {"type": "integer"}),
        ({"type": "Text"}, "application/json", {"type": "string"}),
        ({"type": "list"}, "application/json", {"type": "array"}),
        ({"type": "temperature"}, "application/json", {}),
        ({"type": "bytes"}, "application/octet-stream", {"type": "string", "format": "binary"}),
        ({"type": "number", "encoding": "number:.1f"}, "text/plain", {"type": "number"}),
        ({"type": "number", "encoding": "int16be"}, "application/octet-stream", {"type": "number"}),
        ({"type": "number", "encoding": "path:$.t | number"}, "application/json", {}),
        ({"type": "object", "encoding": "template:t={t}"}, "text/plain", {}),
        ({"schema": "https://x.org/t.json"}, "application/json", {"$ref": "https://x.org/t.json"}),
        ({"type": "string", "schema": "not one"}, "application/json", {"type": "string"}),
        ({"type": "string", "schema": "http://[x"}, "application/json", {"type": "string"}),
    ],
)
def test_what_is_in_a_message(
    port: dict[str, str], content: str, schema: dict[str, object]
) -> None:
    made = Port(PortName("in"), **port)  # type: ignore[arg-type]
    assert (content_type_of(made), schema_of(made)) == (content, schema)


def participant(role: str, inport: str, outport: str, **details: object) -> ParticipantDefinition:
    return ParticipantDefinition(
        ParticipantId(f"{role}-1"),
        Role(role),
        ComponentName("C"),
        (Port(PortName("in"), QueueName(inport), **details),),  # type: ignore[arg-type]
        (Port(PortName("out"), QueueName(outport)), Port(PortName("hidden"))),
    )


def test_announced_queues_come_before_usual_ones() -> None:
    a, b = Role("a"), Role("b")
    graph = Graph.of([Edge(a, PortName("hidden"), b, PortName("in"))])
    ends = ends_of(
        graph, [participant("a", "q1", "q2"), participant("a", "q1", "q3")], lambda _: None
    )
    assert [(e.role, e.side, e.port.id, e.queue, e.is_known) for e in ends] == [
        ("a", Side.IN, "in", "q1", True),
        ("a", Side.OUT, "out", "q2", True),
        ("a", Side.OUT, "out", "q3", True),
        ("b", Side.IN, "in", "b.IN", False),
    ]


def test_ports_that_share_a_queue_share_its_channel() -> None:
    members = [participant("a", "in", "shared"), participant("b", "shared", "{out}")]
    said = document(NetworkView("n"), Graph(), ends_of(Graph(), members, lambda _: None))
    assert set(said["channels"]) == {"in", "shared", "_out_"}
    assert len(said["channels"]["shared"]["messages"]) == 1
    ways = {k: (o["action"], o["channel"]["$ref"]) for k, o in said["operations"].items()}
    assert ways["a.out"] == ("send", "#/channels/shared")
    assert ways["b.in"] == ("receive", "#/channels/shared")
    # An address with braces would have parameters.
    assert said["channels"]["_out_"]["address"] is None
    assert said["channels"]["_out_"]["x-queue"] == "{out}"


def test_bindings_say_how_a_broker_has_it() -> None:
    ends = ends_of(
        Graph(), [participant("a", "i", "o", options={"durable": False})], lambda _: None
    )
    said = document(
        NetworkView("n"), Graph(), ends, Server("amqps", "h:5671", vhost="v", needs_user=True)
    )
    queue = said["channels"]["i"]["bindings"]["amqp"]
    assert (queue["is"], queue["queue"]["durable"], queue["queue"]["vhost"]) == (
        "queue",
        False,
        "v",
    )
    exchange = said["channels"]["o"]["bindings"]["amqp"]["exchange"]
    assert (exchange["type"], exchange["durable"]) == ("fanout", True)
    assert said["servers"]["broker"]["pathname"] == "/v"
    assert said["components"] == {"securitySchemes": {"user": {"type": "userPassword"}}}

    options = {"qos": "1", "retain": "true"}
    said = document(NetworkView("n"), Graph(), ends, Server("mqtts", "h", options=options))
    assert said["operations"]["a.out"]["bindings"]["mqtt"]["retain"] is True
    assert said["operations"]["a.in"]["bindings"]["mqtt"] == {"qos": 1, "bindingVersion": "0.2.0"}
    assert "bindings" not in said["channels"]["i"]


def test_nobody_outside_speaks_direct() -> None:
    said = document(NetworkView("n"), Graph(), (), Server("direct", "localhost"))
    assert "servers" not in said


def test_a_document_says_what_the_graph_and_its_roles_say_of_themselves() -> None:
    graph, _ = Graph().describe({"name": "House", "version": "2.1", "description": "Of ours."})
    view = NetworkView("lab", (RoleView(Role("a"), "C", "Measures"), RoleView(Role("b"), "C")))
    ends = ends_of(graph, [participant(each, each, each) for each in "ab"], lambda _: None)
    assert document(view, graph, ends)["info"] == {
        "title": "House",
        "version": "2.1",
        "description": "Of ours.",
        "tags": [
            {"name": "a", "description": "Measures"},
            {"name": "b", "description": "Runs C."},
        ],
    }
