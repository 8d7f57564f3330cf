"""Real descriptions, broken: nothing raises, and whatever is of no use has one clear reason."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msgflo_lab.definition import Side
from msgflo_lab.devices import Adapter, adapter_of
from msgflo_lab.devices.homeassistant import HomeAssistant
from msgflo_lab.devices.homie import Homie
from msgflo_lab.devices.limits import MAX_ATTRIBUTE, MAX_DESCRIPTION, MAX_FOUND
from tests.devices.recording import NAMES, Line, adapter_for, as_bytes, lines, messages, recording
from tests.devices.test_properties import check_adapter
from tests.pure.strategies import STRANGE, json_values

CONFIGS = [
    (topic, payload)
    for name in NAMES
    for topic, payload in recording(name)["messages"]
    if topic.startswith("homeassistant/") and topic.endswith("/config") and payload
]
MANY = 5_000
"""Devices in one house."""


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where something is in JSON."""
    keys = (
        value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    )
    return [path, *(place for key in keys for place in places(value[key], (*path, key)))]


def replaced(value: Any, path: tuple[Any, ...], by: Any) -> Any:
    if not path:
        return by
    key, *rest = path
    inner = replaced(value[key], tuple(rest), by)
    if isinstance(value, dict):
        return {**value, key: inner}
    return [*value[:key], inner, *value[key + 1 :]]


def deep(levels: int) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = [value]
    return value


ODD = json_values | st.sampled_from(
    [None, True, 0, -1, 1e300, "", "~", "+", "#", "a/#", "{{", "{{ value }}", "\x00", "x" * 2_000,
     deep(50), {"": {}}, [], {}, "%msgflo", "{% for i in range(10**9) %}x{% endfor %}", *STRANGE]
)  # fmt: skip


@st.composite
def broken(draw: st.DrawFn) -> tuple[str, bytes]:
    """A description with something else in one to three places; or cut, or with bytes in it."""
    topic, said = draw(st.sampled_from(CONFIGS))
    for _ in range(draw(st.integers(1, 3))):
        said = replaced(said, draw(st.sampled_from(places(said))), draw(ODD))
    payload = json.dumps(said).encode()
    at = draw(st.integers(0, len(payload)))
    match draw(st.sampled_from(["as it is", "as it is", "cut", "odd"])):
        case "cut":
            payload = payload[:at]
        case "odd":
            payload = payload[:at] + draw(st.binary(min_size=1, max_size=4)) + payload[at:]
    return topic, payload


def takes_back(payload: bytes) -> bool:
    """Whether it says that there is nothing (any more)."""
    try:
        said = json.loads(payload or b"{}")
    except ValueError:
        return not payload.strip()
    if not isinstance(said, dict):
        return False
    parts = said.get("components", said.get("cmps"))
    if isinstance(parts, dict):
        return all(isinstance(p, dict) and not p.keys() - {"p", "platform"} for p in parts.values())
    return not said or True in (said.get("migrate_discovery"), said.get("migr_discvry"))


@given(broken(), st.sampled_from(["homeassistant", "my/home", "a/b/c/d"]))
def test_a_broken_description_has_a_reason(said: tuple[str, bytes], prefix: str) -> None:
    topic, payload = said
    topic = topic.replace("homeassistant", prefix, 1)
    adapter = adapter_of("homeassistant", prefix)
    for _ in range(2):
        adapter.hear(topic, payload)
        check_adapter(adapter)
        assert adapter.found or adapter.ignored or takes_back(payload)
    adapter.hear(topic, b"")
    assert not adapter.found
    assert not adapter.ignored
    assert not adapter.watching


@given(st.lists(broken(), max_size=4), st.sampled_from(NAMES))
def test_the_others_are_still_there(said: list[tuple[str, bytes]], name: str) -> None:
    """Whatever came before."""
    adapter = adapter_for(name)
    for topic, payload in said:
        adapter.hear(topic, payload)
    for topic, payload in messages(name):
        adapter.hear(topic, payload)
    check_adapter(adapter)
    assert {each.definition.component for each in adapter.found.values()} >= {
        each.definition.component for each in played(name).found.values()
    }


def played(name: str) -> Adapter:
    adapter = adapter_for(name)
    for topic, payload in messages(name):
        adapter.hear(topic, payload)
    return adapter


def has_no_property(said: Any) -> bool:
    """A device may have nothing, yet."""
    return not any(node.get("properties") for node in said.get("nodes", {}).values())


@given(st.data())
def test_a_broken_device_of_homie_has_a_reason(data: st.DataObject) -> None:
    said = recording("homie_5_demo")["messages"][1][1]
    said = replaced(said, data.draw(st.sampled_from(places(said))), data.draw(ODD))
    adapter, topic = Homie(), "homie/5/x/$description"
    adapter.hear("homie/5/x/$state", b"ready")
    adapter.hear(topic, as_bytes(json.dumps(said)))
    check_adapter(adapter)
    assert adapter.found or adapter.ignored or has_no_property(said)
    adapter.hear(topic, b"")
    assert not adapter.found


@pytest.mark.parametrize(
    ("adapter", "topic", "payload", "why"),
    [
        (Homie(), "homie/x/$name", b"n" * (MAX_ATTRIBUTE + 1), "above MAX_ATTRIBUTE"),
        (Homie(), "homie/x y/$name", b"n", "no id"),
        (Homie(), "homie/5/x/$description", b'{"homie": "5.0", "nodes": []}', "`nodes`"),
        (HomeAssistant(), "homeassistant/sensor/x/config", b'{"a": ' * 40_000, "not JSON"),
        (HomeAssistant(), "homeassistant/sensor/x/config", b"[" * (MAX_DESCRIPTION + 1), "MAX_DES"),
        (HomeAssistant(), "homeassistant/sensor/\xe9/config", b"{}", "only letters"),
        (HomeAssistant(), "homeassistant/sensor/x/config", b'{"name": "x"}', "no topic"),
    ],
)
def test_a_reason_stays_until_it_is_better(
    adapter: Adapter, topic: str, payload: bytes, why: str
) -> None:
    for _ in range(2):
        adapter.hear(topic, payload)
        assert why in adapter.ignored[topic]


@pytest.mark.parametrize(
    "template",
    ["{{ ''.__class__.__mro__[1].__subclasses__() }}", "{{ cycler.__init__.__globals__.os }}",
     "{% for i in range(10**9) %}x{% endfor %}", "{{ states('lock.door') }}", "{{ 9 ** 9 ** 9 }}",
     "{% import 'os' as os %}{{ os.system('x') }}", "{{ value | map('x') }}"],
)  # fmt: skip
def test_no_template_is_run(template: str) -> None:
    adapter = HomeAssistant()
    said = {"name": "x", "state_topic": "a", "command_topic": "b",
            "value_template": template, "command_template": template}  # fmt: skip
    adapter.hear("homeassistant/text/x/config", json.dumps(said).encode())
    (found,) = adapter.found.values()
    assert lines(found.definition, Side.OUT) == [Line("state", "any", "a")]
    assert lines(found.definition, Side.IN) == [Line("state", "string", "b", "text")]
    assert len(found.notes) == 2


def test_a_house_full_of_devices() -> None:
    """All of one name, and more than there is room for; then they go."""
    adapter = HomeAssistant()
    said = json.dumps({"name": "Lamp", "command_topic": "a", "state_topic": "b"}).encode()
    topics = [f"homeassistant/switch/{n}/config" for n in range(MAX_FOUND + 10)]
    for topic in topics[:MANY]:
        adapter.hear(topic, said)
    assert len({each.definition.role for each in adapter.found.values()}) == MANY
    for topic in topics[MANY:]:
        adapter.hear(topic, said)
    assert len(adapter.found) == MAX_FOUND
    assert "MAX_FOUND" in adapter.ignored[topics[-1]]
    for topic in topics:
        adapter.hear(topic, b"")
    assert not adapter.found
    assert not adapter.ignored
