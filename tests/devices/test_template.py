"""Templates of Home Assistant as encodings: those that devices send, and those that are beyond."""

from __future__ import annotations

import json
from typing import Any

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from msgflo_lab.devices.homeassistant.template import Reading, Writing, reading, writing
from msgflo_lab.devices.lines import chained
from msgflo_lab.encoding import encoding_of

READ: list[tuple[str, Reading | None]] = [
    ("{{ value }}", Reading()),
    ("{{value_json.POWER}}", Reading(("path:$.POWER",))),
    ("{{ value_json['ENERGY']['Power'] }}", Reading(("path:$.ENERGY.Power",))),
    ('{{ value_json["a b"]["c.d"][1] }}', Reading(("path:$['a b']['c.d'][1]",))),
    ("{{ value_json }}", Reading(("json",))),
    ("{{ value | int }}", Reading(("number:int",))),
    ("{{ value_json.t | float(0) | round(1) }}", Reading(("path:$.t", "number"), None, ("round",))),
    ("{{ value_json.tempc | is_defined }}", Reading(("path:$.tempc",))),
    ("{{ value_json.log_level | lower }}", Reading(("path:$.log_level",), None, ("lower",))),
    ("{{ value_json[\"x\"] | default('None') }}", Reading(("path:$.x",))),
    ("{{ 'on' if value_json.x else 'off' }}", Reading(("path:$.x",), ("on", "off"))),
    ("{{ 'on' if value_json.x is false else 'off' }}", Reading(("path:$.x",), ("off", "on"))),
    ("{{ 'on' if not value_json.x else 'off' }}", Reading(("path:$.x",), ("off", "on"))),
    ("{{ 'on' if not value_json.x is false else 'off' }}", Reading(("path:$.x",), ("on", "off"))),
    ('{% if value_json["s"] %}true{% else %}false{% endif %}',
     Reading(("path:$.s",), ("true", "false"))),
    ("{% set v = {None:None,'heat':'heating'} %}{{ v[value_json[\"state\"]] }}",
     Reading(("path:$.state",), is_mapped=True)),
    ("{{ {'off':0, 'low':1}[value_json.mode] | default('None') }}",
     Reading(("path:$.mode",), is_mapped=True)),
    ("{% set v = {'heat':'heating'} %}{{ w[value_json.state] }}", None),
    ("{{ {'a':0}[value_json.mode] if value_json.x else 1 }}", None),
    ("{{ value_json.interval/1000 }}", None),
    ("{{ value.split(',')[0] }}", None),
    ("{{ value_json.get('x') }}", None),
    ("{{ now() }}", None),
    ("{{ value_json.a }} {{ value_json.b }}", None),
    ("{{ value_json.a }}%", None),
    ("{{ 'x' if value_json.a == 3 else 'y' }}", None),
    ("{% set x = 1 %}{{ x }}", None),
    ("{{ value_json.x | timestamp_local }}", None),
    ("", None),
    ("text", None),
    ("{{", None),
    ("{{ value_json[ }}", None),
]  # fmt: skip

WRITTEN: list[tuple[str, Writing | None]] = [
    ("{{ value }}", Writing("", ("value",))),
    ("{{ value | int }}", Writing("", ("value",), "number:int")),
    ("{{ value | tojson }}", Writing("", ("value",), "json")),
    ('{"level": {{ value }}, "by": 1}', Writing('template:{"level": {}, "by": 1}', ("value",))),
    ('{"x":{{value}}}', Writing('template:{"x":{}}', ("value",))),
    ('{"x": {{- value -}} }', Writing('template:{"x":{}}', ("value",))),
    ("{{ a|d }},{{ b }}", Writing("template:{a},{b}", ("a", "b"))),
    ("OFF", Writing("always:OFF")),
    ("{# why #}OFF", Writing("always:OFF")),
    ("{{ a }}{{ b }}", None),
    ("{{ a }},{{ a }}", None),
    ("{{ other }}", None),
    ("{{ value*1000 }}", None),
    ("{{ value | round(1) }}", Writing("", ("value",), "number:.1f")),
    ("{{ value | round(2) }}", None),
    ("{{ value | round(0) }}", Writing("", ("value",), "number:int")),
    ("{{ value | round }}", Writing("", ("value",), "number:int")),
    ("{{ value | round(1, 'half') }}", None),
    ("{{ value | lower }}", None),
    ('{"a": {}, "b": {{ value }}}', None),
    ("{% if value %}x{% endif %}", None),
    ("x | y", None),
    ("", None),
]


@pytest.mark.parametrize(("template", "expected"), READ)
def test_reading(template: str, expected: Reading | None) -> None:
    assert reading(template) == expected


@pytest.mark.parametrize(("template", "expected"), WRITTEN)
def test_writing(template: str, expected: Writing | None) -> None:
    assert writing(template, {"value", "a", "b"}) == expected


MESSAGE = {
    "POWER": "ON", "ENERGY": {"Power": 12.5}, "a b": {"c.d": [1, "two"]}, "t": "21.46",
    "tempc": 22, "log_level": "info", "x": True, "s": False, "a": 3, "b": 4, "interval": 5,
}  # fmt: skip


def jinja(template: str, **variables: Any) -> str:
    """What Jinja makes of it, with the filters of Home Assistant's own that are in use."""

    def rounded(value: Any, precision: int = 0) -> int | float:
        number = round(float(value), precision)
        return number if precision else int(number)

    environment = jinja2.Environment()
    environment.filters["round"] = rounded
    environment.filters["is_defined"] = lambda value: value
    return environment.from_string(template).render(**variables).strip()


@pytest.mark.parametrize("template", [each for each, found in READ if found is not None])
@pytest.mark.parametrize("x", [True, False])
def test_jinja_reads_the_same(template: str, x: bool) -> None:
    found = reading(template)
    assert found is not None
    if found.is_mapped:
        return
    message = {**MESSAGE, "x": x, "s": not x}
    payload = json.dumps(message if "value_json" in template else 7).encode()
    said = jinja(template, value=payload.decode(), value_json=json.loads(payload))
    value = encoding_of(" | ".join(found.words)).read(payload)
    if found.choice is not None:
        value = found.choice[0] if value else found.choice[1]
    elif "round" in found.left_out:
        value = round(value, 1)
    assert said == str(value)


@pytest.mark.parametrize("template", [each for each, found in WRITTEN if found is not None])
@pytest.mark.parametrize("value", [0, 7, "warm"])
def test_jinja_writes_the_same(template: str, value: Any) -> None:
    how = writing(template, {"value", "a", "b"})
    assert how is not None
    if how.inner.startswith("number") and value == "warm":
        return
    variables = {"a": 1, "b": value, "value": value}
    given = variables if len(how.names) > 1 else value
    encoding = " | ".join(word for word in (how.word, how.inner) if word) or "text"
    assert encoding_of(encoding).write(given) == jinja(template, **variables).encode()


PIECES = st.lists(
    st.sampled_from(
        ["{{", "}}", "{%", "%}", "-", " ", "value", "value_json", ".a", "['b']", "[0]", "|", "if",
         "else", "endif", "'x'", "int", "float(0)", "{}", "{a}", "{#", "#}", ",", "\n", "'", '"']
    )
    | st.text(max_size=3),
    max_size=14,
).map("".join)  # fmt: skip


@given(PIECES)
def test_whatever_is_read_is_an_encoding(template: str) -> None:
    found = reading(template)
    assert found is None or chained(found.words) is not None or not found.words
    how = writing(template, {"value", "a"})
    assert how is None or not how.word or chained([how.word]) is not None
