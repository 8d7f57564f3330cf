"""The queues of those who have not announced themselves yet."""

from __future__ import annotations

import pytest

from msgflo_lab.binding.assumed import KEY, assumed_queue, other_queues
from msgflo_lab.definition import Side
from msgflo_lab.graph import Graph
from msgflo_lab.names import PortName, Role
from tests.runtime.helpers import definition

FAN, ON, SWITCH = Role("fan"), PortName("on"), PortName("switch")


def test_what_somebody_plays_is_found_again() -> None:
    fan = definition("fan", {"switch": "home/fan/set", "level": "fan.LEVEL"}, {"on": "fan.ON"})
    graph, _ = Graph().add_node(FAN, metadata=other_queues(fan))
    assert graph.nodes[FAN].metadata == {KEY: {"inports": {"switch": "home/fan/set"}}}
    for side in Side:
        for port in fan.ports(side):
            assert assumed_queue(graph, FAN, side, port.id) == port.queue


def test_who_calls_all_as_usual_says_nothing() -> None:
    assert other_queues(definition("fan", {"switch": "fan.SWITCH"}, {"on": None})) == {}


@pytest.mark.parametrize(
    "said", [None, "home", {"outports": "home"}, {"outports": {"on": 3}}, {"inports": {"on": "x"}}]
)
def test_what_says_nothing_of_use(said: object) -> None:
    graph, _ = Graph().add_node(FAN, metadata={KEY: said})
    assert assumed_queue(graph, FAN, Side.OUT, ON) == "fan.ON"
    assert assumed_queue(Graph(), FAN, Side.IN, SWITCH) == "fan.SWITCH"
