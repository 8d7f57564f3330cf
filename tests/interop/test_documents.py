"""Documents of a network, read by the programs that they are for."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema
import pytest
from ruamel.yaml import YAML

from msgflo_lab import Lab
from msgflo_lab.graph import Edge, Graph, Group
from msgflo_lab.graph.groups import add_group
from msgflo_lab.lab import forms
from msgflo_lab.lab.forms import Form, Subject
from msgflo_lab.names import PortName, Role, shown
from msgflo_lab.transport import BrokerUrl
from tests.brokers import RabbitMQ, need

from ..pure.strategies import STRANGE
from .amqp import Management, lab_on
from .conftest import node_package
from .watching import is_running, wait_for

Ask = Callable[[str, str], dict[str, Any]]

NAMES = [
    *STRANGE,
    "back\\slash",
    "\\",
    "a:b",
    "n",
    "\ud800",
    "{x}",
    "a?b#c",
    "</b>",
    "graph",
    "end",
    "constructor",
    "__proto__",
    "&#60;",
    "x" * 300,
]


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    """What others make of a document: `ask(kind, text)`."""
    folder = node_package("mermaid").parent
    for name in ("@viz-js/viz", "@asyncapi/parser", "jsdom"):
        node_package(name)
    helper = Path(__file__).with_name("documents.mjs")
    with subprocess.Popen(
        [need("node"), str(helper), str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        to, back = process.stdin, process.stdout

        def answer(kind: str, text: str) -> dict[str, Any]:
            to.write(json.dumps({"kind": kind, "text": text}).encode() + b"\n")
            to.flush()
            heard: dict[str, Any] = json.loads(back.readline())
            assert "error" not in heard, heard["error"]
            return heard

        yield answer
        to.close()


def odd() -> Graph:
    """A ring of nodes with odd names, ports, components, packets and groups."""
    graph = Graph()
    for name, other in zip(NAMES, [*NAMES[1:], NAMES[0]], strict=True):
        graph, _ = graph.add_node(Role(name), other)
        graph, _ = graph.connect(Edge(Role(name), PortName(other), Role(other), PortName(name)))
        graph, _ = graph.set_initial(Role(other), PortName(name), {name: other})
        graph, _ = add_group(graph, Group(name, (Role(name), Role(other))))
    return graph


@pytest.fixture(scope="module")
def subject() -> Subject:
    with Lab("odd") as lab:
        lab.set_graph(odd())
        return lab.subject()


def test_graphviz_draws_all_of_it_between_ports(ask: Ask, subject: Subject) -> None:
    drawn = ask("dot", forms.document(Form.DOT, subject))
    assert drawn["warned"] == []
    names = [each["name"] for each in drawn["objects"] if not each["name"].startswith("cluster_")]
    assert len(names) == len(NAMES)
    assert sum(each["name"].startswith("cluster_") for each in drawn["objects"]) > 1
    assert len(drawn["edges"]) == len(NAMES)
    assert {each["tailport"] for each in drawn["edges"]} == {"out0:e"}
    assert {each["headport"] for each in drawn["edges"]} == {"in0:w"}
    for name in ("温度", "&lt;script&gt;alert(1)&lt;/script&gt;", "&amp;#60;"):
        assert f">{name}</text>" in drawn["svg"], name


def test_mermaid_reads_every_name(ask: Ask, subject: Subject) -> None:
    read = ask("mermaid", forms.document(Form.MERMAID, subject))
    # Mermaid keeps entities so until it draws.
    texts = [re.sub("ﬂ°°([0-9]+)¶ß", lambda m: chr(int(m[1])), each) for each in read["nodes"]]
    roles = {each.partition("<br>")[0] for each in texts}
    assert {shown(name).strip() for name in NAMES} <= roles
    assert len(read["edges"]) == 2 * len(NAMES)  # initial packets have their own


@pytest.mark.parametrize(
    "url",
    [
        None,
        "mqtts://me:hush@[::1]:8883?qos=1&retain=true",
        "amqps://me:hush@broker.example/a%2Fb",
    ],
)
def test_asyncapi_of_odd_names_is_valid(ask: Ask, subject: Subject, url: str | None) -> None:
    place = BrokerUrl.parse(url) if url else None
    subject = Subject(subject.graph, subject.view, subject.ends, place)
    text = forms.document(Form.ASYNCAPI, subject, as_json=True)
    assert "hush" not in text
    said = json.loads(text)
    schemas = node_package("@asyncapi/specs") / "schemas"
    schema = json.loads((schemas / "3.0.0-without-$id.json").read_text())
    jsonschema.Draft7Validator(schema).validate(said)

    yaml = forms.document(Form.ASYNCAPI, subject)
    assert YAML(typ="safe", pure=True).load(yaml) == said
    read = ask("asyncapi", yaml)
    assert {each["code"] for each in read["found"]} <= {"asyncapi-latest-version"}
    assert len(read["operations"]) == len({each["id"] for each in read["operations"]})
    assert len(read["operations"]) == len(subject.ends) == 2 * len(NAMES)
    hosts = [each["host"] for each in read["servers"]]
    assert hosts == {"amqps": ["broker.example"], "mqtts": ["[::1]:8883"]}.get(
        place.scheme if place else "", []
    )


def test_asyncapi_tells_who_sends_and_receives_what(ask: Ask) -> None:
    with Lab("Weather") as lab:

        @lab.participant
        def warn(celsius: float, above: int = 30) -> str:
            return "hot" * (celsius > above)

        lab.fbp("thermo(dev/Thermo) OUT -> CELSIUS warn OUT -> TEXT display(dev/Display)\n")
        said = forms.document(Form.ASYNCAPI, lab.subject())
    found = {each["id"]: each for each in ask("asyncapi", said)["operations"]}
    assert {
        (key, each["action"], *each["channels"], *each["tags"]) for key, each in found.items()
    } == {
        ("thermo.out", "send", "thermo.OUT", "thermo"),
        ("warn.celsius", "receive", "warn.CELSIUS", "warn"),
        ("warn.above", "receive", "warn.ABOVE", "warn"),
        ("warn.out", "send", "warn.OUT", "warn"),
        ("warn.error", "send", "warn.ERROR", "warn"),
        ("display.text", "receive", "display.TEXT", "display"),
    }
    channels = YAML(typ="safe", pure=True).load(said)["channels"]
    payloads = {
        key: next(iter(each["messages"].values()))["payload"] for key, each in channels.items()
    }
    assert payloads["warn.CELSIUS"] == {"type": "number"}
    assert payloads["warn.ABOVE"] == {"type": "integer"}
    assert payloads["warn.OUT"] == {"type": "string"}
    assert payloads["thermo.OUT"] == {}
    assert [key for key, each in channels.items() if "x-assumed" in each] == [
        "display.TEXT",
        "thermo.OUT",
    ]


def test_amqp_has_it_as_the_document_says(rabbitmq: RabbitMQ, vhost: str, ask: Ask) -> None:
    def work(job: dict[str, Any]) -> str:
        return "done"

    with lab_on(rabbitmq, vhost) as lab:
        lab.add(work, "lasting")
        lab.add(work, "passing", options={"job": {"persistent": False}, "out": {"durable": False}})
        for role in ("lasting", "passing"):
            wait_for(lab, is_running(role))
        text = forms.document(Form.ASYNCAPI, lab.subject())
        (server,) = ask("asyncapi", text)["servers"]
        assert unquote(server["pathname"][1:]) == unquote(vhost.rpartition("/")[2])
        channels = YAML(typ="safe", pure=True).load(text)["channels"]
        management = Management(rabbitmq, vhost)
        for channel in channels.values():
            said = channel["bindings"]["amqp"]
            is_queue = said["is"] == "queue"
            found = (management.queue if is_queue else management.exchange)(channel["address"])
            about = said["queue" if is_queue else "exchange"]
            assert (about["durable"], about["autoDelete"]) == (
                found["durable"],
                found["auto_delete"],
            ), channel["address"]
            assert about["vhost"] == found["vhost"]
            assert about.get("type") == found["type"] if not is_queue else not found["exclusive"]
    assert {each["bindings"]["amqp"]["is"] for each in channels.values()} == {"queue", "routingKey"}
