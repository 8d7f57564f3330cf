"""The graph that a suite is run on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from .. import fbp
from ..errors import InvalidFbp, InvalidGraph, InvalidSuite
from ..graph import Graph, graph_of
from ..names import shown
from .model import Suite

TESTEE = "testee"
"""The node of a graph that is made for a topic."""


def graph_for(suite: Suite) -> Graph:
    """The fixture that a suite gives.

    Raises:
        InvalidSuite: It is no graph.
    """
    fixture = suite.fixture
    assert fixture is not None
    try:
        if fixture.kind == "fbp":
            return graph_of(fbp.parse(fixture.data, file="fixture").graph)
        return graph_of(_object(json.loads(fixture.data)))
    except (InvalidFbp, InvalidGraph) as error:
        why = error.problem if isinstance(error, InvalidFbp) else str(error)
        place = f", line {error.line}" if isinstance(error, InvalidFbp) else ""
        raise _wrong(suite, f"the fixture{place}: {why}") from error
    except (ValueError, RecursionError) as error:
        raise _wrong(suite, f"the fixture is no JSON: {error}") from None


def alone(component: str, inports: Iterable[str] = (), outports: Iterable[str] = ()) -> Graph:
    """A graph of one component, that exports these ports of it under their names."""
    exports = {"inports": _exported(inports), "outports": _exported(outports)}
    processes = {TESTEE: {"component": component}}
    # Otherwise the names of the ports would become small letters.
    return graph_of({"caseSensitive": True, "processes": processes, **exports})


def synthesised(
    suite: Suite, component: str, inports: Iterable[str], outports: Iterable[str]
) -> Graph:
    """The fixture of a suite that gives none: its topic alone, with all of its ports.

    Args:
        component: What the runtime calls the topic.

    Raises:
        InvalidSuite: Nothing could be sent in, or nothing would come out.
    """
    ports = {"inports": tuple(inports), "outports": tuple(outports)}
    for side, names in ports.items():
        if not names:
            raise _wrong(suite, f"Component '{shown(suite.topic)}' used as fixture has no {side}")
    return alone(component, *ports.values())


def _exported(ports: Iterable[str]) -> dict[str, Any]:
    return {port: {"process": TESTEE, "port": port} for port in ports}


def _object(data: object) -> Mapping[str, Any]:
    if not isinstance(data, dict):
        raise InvalidGraph("should be an object")
    return data


def _wrong(suite: Suite, problem: str) -> InvalidSuite:
    return InvalidSuite(problem, suite.file, suite.line)
