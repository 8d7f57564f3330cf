"""What a node says of its workers, with guv's words."""

from __future__ import annotations

from typing import Any

import pytest

from msgflo_lab.deployment import Broker, Scale, scale_of
from msgflo_lab.deployment.project import Program, Project
from msgflo_lab.errors import MsgFloLabError
from msgflo_lab.graph import Graph
from msgflo_lab.graph.entries import Edge, Node
from msgflo_lab.names import PortName, Role


def said(scale: Any) -> Scale | None:
    return scale_of(Node(Role("work"), "Work", {"scale": scale}))


def test_nothing_said() -> None:
    assert scale_of(Node(Role("work"))) is None
    assert said({}) == Scale(1, 5, 1, 10, None, 60, 99)


def test_short_words_and_those_that_say_nothing_of_numbers() -> None:
    found = said({"min": 0, "max": 3, "p": 2, "d": 30, "q": "work.IN", "app": "a", "w": "worker"})
    assert found == Scale(0, 3, processing=2, deadline=30, queue="work.IN")


@pytest.mark.parametrize(
    ("scale", "jobs"),
    [
        ({"processing": 10, "deadline": 60}, 3),  # z(99 %) = 2.326: on average within 48.4 s
        ({"processing": 10, "deadline": 60, "concurrency": 2}, 7),
        ({"processing": 10, "target": 60}, 5),
        ({"processing": 10, "deadline": 60, "stddev": 0}, 5),
        ({"processing": 10, "target": 11}, 1),
    ],
)
def test_jobs_per_worker(scale: dict[str, float], jobs: int) -> None:
    found = said(scale)
    assert found is not None
    assert found.jobs_per_worker == jobs


@pytest.mark.parametrize(
    ("scale", "problem"),
    [
        (3, 'is no object like {"min": 1, "max": 5}'),
        ({"minimun": 1}, "knows no `minimun`; did you mean `minimum`?"),
        ({"min": 1, "minimum": 2}, "says `minimum` twice"),
        ({"min": -1}, "`minimum` that is no whole number from 0 to 10,000"),
        ({"min": True}, "`minimum` that is no number"),
        ({"max": 1.5}, "`maximum` that is no whole number"),
        ({"max": float("inf")}, "`maximum` that is no number"),
        ({"min": 4, "max": 2}, "allows 2 workers, and at least 4 are needed"),
        ({"min": 0, "max": 0}, "allows 0 workers, and at least 1 are needed"),
        ({"processing": 0}, "`processing` that is not above 0"),
        ({"stddev": -1}, "`stddev` below 0"),
        ({"percentile": 100}, "`percentile` that is not between 0 and 100"),
        ({"queue": 5}, "`queue` that is no name"),
        ({"processing": 20, "deadline": 30}, "wants messages done in 6.74 s on average"),
    ],
)
def test_nonsense(scale: Any, problem: str) -> None:
    with pytest.raises(MsgFloLabError) as error:
        said(scale)
    assert str(error.value).startswith("the `scale` of `work` ")
    assert problem in str(error.value)


@pytest.mark.parametrize(
    ("program", "metadata", "queue"),
    [
        (Program("import msgflo_lab", "work.py"), {}, "work.JOB"),
        (Program("", "work.js", ("node", "components/work.js", "#ROLE")), {}, "work.JOB"),
        (
            Program("", "work.js", ("node", "components/work.js")),
            {"queues": {"inports": {"job": "jobs"}}},
            "jobs",
        ),
        (Program("", "", ("work",)), {}, ""),
        (Program("import msgflo", "work.py"), {}, ""),
    ],
)
def test_whose_queue_is_known(program: Program, metadata: dict[str, Any], queue: str) -> None:
    work = Role("work")
    graph, _ = Graph().add_node(work, "Work", metadata={"scale": {}, **metadata})
    graph, _ = graph.connect(Edge(Role("front"), PortName("out"), work, PortName("job")))
    project = Project("house", graph, {}, "", {"Work": program}, Broker.AMQP)
    (service,) = [each for each in project.deployment.services if each.name == "work"]
    assert service.scale is not None
    assert service.scale.queue == queue
