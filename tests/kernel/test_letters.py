"""Dead letters as text, and on the way through an editor and back."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from msgflo_lab.errors import InvalidMessage
from msgflo_lab.message import decode
from msgflo_lab.names import QueueName
from msgflo_lab.transport import DeadLetter
from msgflo_lab_kernel.letters import (
    LONGEST,
    Form,
    Lying,
    form_of,
    glance,
    in_full,
    is_editable,
    payload_of,
    table,
    when,
    written,
)

NOON = time.mktime((2026, 3, 1, 12, 0, 0, 0, 0, -1))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


def lying(payload: bytes, **details: Any) -> Lying:
    return Lying("worker.job", DeadLetter(id="7", queue=QueueName("q"), payload=payload, **details))


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (NOON + 123, "12:02:03"),
        (NOON - 86_400, "2026-02-28 12:00:00"),
        (0.0, "unknown"),
        (1e300, "unknown"),
        (float("nan"), "unknown"),
    ],
)
def test_a_moment_as_people_say_it(at: float, said: str) -> None:
    assert when(at, NOON) == said


def test_a_line_for_each() -> None:
    text = table([lying(b'{"n": 3}', reason="ValueError: no", count=2, first=NOON)], NOON)
    assert text.splitlines() == [
        "id  port        reason          times  first     payload",
        '7   worker.job  ValueError: no  2      12:00:00  {"n": 3}',
    ]


def test_nothing_from_outside_breaks_a_line_or_commands_a_terminal() -> None:
    evil = lying(b"a\nb\x1b[31m\xc2\x9b", reason="x\n\x1b]0;title\x07" * 20)
    assert len(table([evil], NOON).splitlines()) == 2
    for text in (table([evil], NOON), in_full(evil, NOON)):
        assert all(line.isprintable() for line in text.splitlines())


def test_one_in_full() -> None:
    text = in_full(lying(b'{"n":1.10,"list":[1]}', first=NOON), NOON)
    said, _, payload = text.partition("\n\n")
    assert "payload  JSON, 21 bytes" in said
    assert payload == '{\n  "n": 1.10,\n  "list": [\n    1\n  ]\n}'


@given(VALUES)
def test_json_comes_through_the_editor_as_it_was(value: Any) -> None:
    payload = json.dumps(value).encode()
    assert form_of(payload) is Form.JSON
    back = payload_of(written(payload, Form.JSON), Form.JSON)
    assert back == msgspec.json.format(payload, indent=-1)
    assert decode(back) == value


def test_no_number_and_no_name_is_rewritten() -> None:
    payload = b'{"price":1.10,"big":12345678901234567890123,"tiny":1E-7,"a":1,"a":2}'
    assert payload_of(written(payload, Form.JSON), Form.JSON) == payload


@given(st.binary(max_size=60))
def test_anything_has_a_form_and_can_be_shown(payload: bytes) -> None:
    form = form_of(payload)
    assert "\n" not in glance(payload)
    assert isinstance(in_full(lying(payload), NOON), str)
    if form is Form.TEXT:
        assert payload_of(written(payload, form), form) == payload
    assert is_editable(payload, form) == (form is not Form.BYTES)


@given(st.text(st.characters(codec=None), max_size=30))
def test_a_draft_is_json_or_refused_in_one_line(draft: str) -> None:
    said = ""
    try:
        msgspec.json.decode(payload_of(draft, Form.JSON))
    except InvalidMessage as error:
        said = str(error)
    assert "\n" not in said


@pytest.mark.parametrize(
    ("draft", "said"),
    [
        ("", "not JSON: there is nothing"),
        ('{"a": 1,\n "b": }', "not JSON: line 2, column 7: expecting value"),
        ('{"a": 1 "b"}', "not JSON: line 1, column 9: expecting ',' delimiter"),
        ("NaN", "not JSON: "),
        ("\ud800", "half a character"),
    ],
)
def test_what_is_wrong_with_a_draft_is_said_with_its_place(draft: str, said: str) -> None:
    with pytest.raises(InvalidMessage, match=re.escape(said)):
        payload_of(draft, Form.JSON)


@pytest.mark.parametrize("payload", [b'"' + b"x" * LONGEST + b'"', b"x" * (LONGEST + 1)])
def test_what_is_very_long_is_cut_and_not_edited(payload: bytes) -> None:
    form = form_of(payload)
    assert not is_editable(payload, form)
    assert len(in_full(lying(payload), NOON)) < LONGEST + 500
    assert f"(cut: {len(payload):,} bytes)" in written(payload, form)
    assert len(glance(payload)) <= 60
