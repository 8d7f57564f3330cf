"""Whatever is sent: nothing raises, all have roles of their own, and every port can be hosted."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from msgflo_lab.definition import ParticipantDefinition, Side
from msgflo_lab.devices import Adapter
from msgflo_lab.devices.homeassistant import HomeAssistant
from msgflo_lab.devices.homeassistant.abbreviations import OF_ENTITIES
from msgflo_lab.devices.homeassistant.aspects import ASPECTS
from msgflo_lab.devices.homie import Homie
from msgflo_lab.devices.scan import Scan, as_yaml
from msgflo_lab.discovery import decode, encode
from msgflo_lab.encoding import encoding_of
from msgflo_lab.foreign.description import loads
from msgflo_lab.topics import problem_of
from tests.pure.strategies import STRANGE, json_values

WORDS = st.one_of(
    st.sampled_from(
        ["ON", "a/b", "a", "a/+/b", "~/x", "json", "template", "online", "true", "off",
         "{{ value }}", "{{ value_json.a }}", "{{ value_json['b'][0] | int }}", "{{",
         "x{{ value }}y",
         "{% if value_json.a %}ON{% else %}OFF{% endif %}", "on,{{ brightness }},{{ red }}", "all",
         *STRANGE]
    ),
    json_values,
)  # fmt: skip
CONFIGS = st.dictionaries(
    st.sampled_from(sorted({*OF_ENTITIES, *OF_ENTITIES.values(), "~", "schema", "qos"})),
    WORDS | st.dictionaries(st.sampled_from(["name", "ids", "topic", "t", "val_tpl"]), WORDS),
    max_size=8,
)
COMPONENTS = st.sampled_from([*ASPECTS, "device_automation", "nonsense"])
ENTITIES = st.tuples(COMPONENTS.map(lambda each: f"{each}/x"), CONFIGS.map(json.dumps))
DEVICES = st.tuples(
    st.just("device/x"),
    st.fixed_dictionaries(
        {
            "dev": st.just({"name": "Box"}) | json_values,
            "cmps": st.dictionaries(
                st.sampled_from("abc"),
                st.builds(lambda p, c: {**c, "p": p}, COMPONENTS, CONFIGS) | json_values,
                max_size=3,
            ),
        }
    ).map(json.dumps),
)
SAID = st.lists(
    ENTITIES | DEVICES | st.tuples(st.sampled_from(["a", "a/b"]), st.text()), max_size=6
)


def check(definitions: Iterable[ParticipantDefinition]) -> None:
    roles = [each.role for each in definitions]
    assert len(set(roles)) == len(roles)
    for each in definitions:
        assert decode(encode(each)) is not None
        for side in Side:
            names = [port.id for port in each.ports(side)]
            assert len(set(names)) == len(names)
            for port in each.ports(side):
                assert port.queue
                assert not problem_of(port.queue)
                assert side is Side.OUT or not set("+#") & set(port.queue)
                encoding_of(port.encoding)


def check_adapter(adapter: Adapter) -> None:
    check([each.definition for each in adapter.found.values()])
    for key, each in adapter.found.items():
        assert key == each.definition.id
        assert all(note and "\n" not in note for note in each.notes)
    assert all(reason and "\n" not in reason for reason in adapter.ignored.values())
    assert all(not problem_of(topic) for topic in adapter.watching)


@given(SAID)
def test_home_assistant(said: list[tuple[str, str]]) -> None:
    adapter = HomeAssistant()
    for path, payload in said:
        before = dict(adapter.found)
        topic = f"homeassistant/{path}/config" if "/x" in path else path
        changed = adapter.hear(topic, payload.encode(errors="surrogatepass"))
        assert changed is (before != dict(adapter.found))
    check_adapter(adapter)
    for path, _ in said:
        adapter.hear(f"homeassistant/{path}/config", b"")
    assert not adapter.found
    assert not adapter.watching


@given(st.lists(st.tuples(st.text(), st.binary()), max_size=5))
def test_anything_at_all(said: list[tuple[str, bytes]]) -> None:
    adapters: list[Any] = [HomeAssistant(), Homie(), Scan()]
    for adapter in adapters:
        for topic, payload in said:
            adapter.hear(topic, payload)
            adapter.hear(f"homeassistant/{topic}/config", payload)
            adapter.hear(f"homie/{topic}", payload)
            adapter.hear(f"homie/5/{topic}/$description", payload)


LEVEL = st.sampled_from(["a", "b", "n", "n_0", "x-y", "5", "", "$", *STRANGE])
ATTRIBUTE = st.sampled_from(
    ["$homie", "$name", "$state", "$nodes", "$type", "$properties", "$array", "$datatype",
     "$format", "$settable", "$unit", "$description"]
)  # fmt: skip
HOMIE = st.lists(
    st.tuples(
        st.lists(LEVEL, min_size=1, max_size=3),
        ATTRIBUTE,
        st.sampled_from(
            ["4.0.0", "3.0", "ready", "lost", "n,a", "n[],b", "a,b,,", "0-2", "5-1", "true",
             "color",
             "rgb", "float", "", "1:2:3", ":", "a,b"]
        )
        | st.text(max_size=4)
        | st.builds(
            lambda nodes: json.dumps({"homie": "5.0", "nodes": nodes, "root": "a"}), json_values
        ),
    ),
    max_size=25,
)  # fmt: skip


@given(HOMIE)
def test_homie(said: list[tuple[list[str], str, str]]) -> None:
    adapter = Homie()
    begin = [("homie/a/$homie", "4"), ("homie/a/$nodes", "n,b"), ("homie/a/$state", "ready"),
             ("homie/a/n/$properties", "a,b"), ("homie/5/a/$state", "ready")]  # fmt: skip
    topics = [("/".join(["homie", *levels, name]), text) for levels, name, text in said]
    for topic, text in (*begin, *topics):
        before = dict(adapter.found)
        may_differ = adapter.hear(topic, text.encode(errors="surrogatepass"))
        assert may_differ or before == dict(adapter.found)
    check_adapter(adapter)
    for topic, _ in (*begin, *topics):
        adapter.hear(topic, b"")
    assert not adapter.found


TOPICS = st.lists(
    st.sampled_from(
        ["home", "kitchen", "lamp", "Lamp", "set", "state", "tele", "cmnd", "stat", "POWER",
         "relay", "0", "shellies", "status", "switch:0", "bridge", "light", "get", "",
         "temperature", "STATE", *STRANGE]
    ),
    min_size=1,
    max_size=5,
).map("/".join)  # fmt: skip
PAYLOADS = (
    st.sampled_from([b"ON", b"off", b"22.3", b"22 \xc2\xb0C", b"a=1;b=2", b"", b"{}", b"a=1;a=2"])
    | st.binary(max_size=8)
    | json_values.map(lambda value: json.dumps(value).encode())
)


@given(st.lists(st.tuples(TOPICS, PAYLOADS), max_size=12))
def test_scan(said: list[tuple[str, bytes]]) -> None:
    scan = Scan()
    for topic, payload in said:
        scan.hear(topic, payload)
    found = scan.proposals()
    check([each.definition for each in found])
    assert found == scan.proposals()
    for each in found:
        assert each.reason.isprintable()
        assert all(sample.isprintable() for sample in each.samples.values())
        assert loads(as_yaml(each)) == [each.definition]
