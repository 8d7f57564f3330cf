"""Bindings as msgflo writes them down."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msgflo_lab.binding import Binding, Kind
from msgflo_lab.binding.records import bindings_of, lines_of, records_of
from msgflo_lab.errors import InvalidConfig
from msgflo_lab.names import QueueName

WEB, WORK, GRAVE, DONE = map(QueueName, ("web.OUT", "work.JOB", "grave.IN", "done.IN"))
BINDINGS = [
    Binding(WORK, DONE),
    Binding(WEB, WORK, Kind.ROUND_ROBIN),
    Binding(WORK, GRAVE, Kind.DEAD_LETTER),
]
RECORDS = [
    {"type": "pubsub", "src": "work.JOB", "tgt": "done.IN"},
    {"type": "roundrobin", "src": "web.OUT", "tgt": "work.JOB", "deadletter": "grave.IN"},
]

queues = st.sampled_from("abcde").map(QueueName)
bindings = st.sets(st.builds(Binding, queues, queues, st.sampled_from(Kind)))


def test_a_round_robin_and_its_dead_letters_are_one_record() -> None:
    assert records_of(BINDINGS) == RECORDS
    assert bindings_of(json.dumps(RECORDS).encode()) == BINDINGS


def test_the_lines_are_those_of_msgflo_setup() -> None:
    assert lines_of(BINDINGS) == [
        "PUBSUB: \t work.JOB -> done.IN",
        "DEADLETTER:\t work.JOB -> grave.IN",
        "ROUNDROBIN:\t web.OUT -> work.JOB",
    ]


@given(bindings)
def test_nothing_is_lost(made: set[Binding]) -> None:
    assert set(bindings_of(json.dumps(records_of(made)).encode())) == made


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "bindings.json: should be a JSON list of bindings"),
        ("{}", "should be a JSON list of bindings"),
        ('[{"type": "fanout", "src": "a", "tgt": "b"}]', "fanout"),
        ('[{"src": "a", "tgt": "b"}]', "type"),
        ('[{"type": "pubsub", "src": "a", "tgt": 1}]', "$[0].tgt"),
        ('[{"type": "pubsub", "src": "a"}]', "`[0]` should have a `tgt`"),
        ('[{"type": "pubsub", "tgt": "a"}]', "`[0]` should have a `src`"),
        ('[{"type": "pubsub", "src": "a", "tgt": "b", "deadletter": "c"}]', "only a `roundrobin`"),
    ],
)
def test_what_is_none(text: str, said: str) -> None:
    with pytest.raises(InvalidConfig) as caught:
        bindings_of(text.encode(), "bindings.json")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_no_text() -> None:
    with pytest.raises(InvalidConfig):
        bindings_of(b'["\xff"]')
