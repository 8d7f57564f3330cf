"""OpenTelemetry, through its own SDK; New Relic, through what its agent documents."""

from __future__ import annotations

import sys
import types
from typing import Any

import pytest
from opentelemetry.metrics import NoOpMeterProvider
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import Histogram, InMemoryMetricReader, NumberDataPoint

from msgflo_lab import Lab
from msgflo_lab.errors import MsgFloLabError
from tests.runtime.helpers import Sink, eventually


def worked(lab: Lab, number: int = 5) -> None:
    """Let `work` do so many jobs, and fail at one more."""

    def work(x: int) -> int:
        if x < 0:
            raise ValueError("negative")
        return x

    lab.add(work)
    sink = Sink(lab)
    lab.connect("work.out", sink.port)
    for each in range(number):
        lab.send("work.x", each)
    sink.wait(number)
    lab.send("work.x", -1)
    eventually(lambda: lab.errors("work"))


def read(reader: InMemoryMetricReader) -> dict[str, Any]:
    """All metrics of ours by name."""
    data: Any = reader.get_metrics_data()
    scopes = [
        scope for each in (data.resource_metrics if data else []) for scope in each.scope_metrics
    ]
    return {metric.name: metric for scope in scopes for metric in scope.metrics}


def test_opentelemetry_gets_the_same_figures(lab: Lab) -> None:
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader])
    lab.metrics.to_otel(provider)
    worked(lab)
    eventually(lambda: read(reader)["msgflo.errors"].data.data_points[0].value == 1)
    found = read(reader)
    passed = {
        (point.attributes["role"], point.attributes["port"]): point.value
        for point in found["msgflo.messages"].data.data_points
    }
    assert passed["work", "x"] == 6
    assert passed["work", "out"] == 5
    assert found["msgflo.messages"].unit == "{message}"
    durations = found["msgflo.job"]
    assert durations.unit == "s"
    assert isinstance(durations.data, Histogram)
    points: Any = durations.data.data_points
    counts = {point.attributes["role"]: point.count for point in points}
    assert counts["work"] == 6
    link = found["msgflo.link_up"].data.data_points[0]
    assert isinstance(link, NumberDataPoint)
    assert link.value == 1
    lab.stop()
    assert read(reader)["msgflo.errors"].data.data_points[0].value == 1  # the last time
    assert "msgflo.errors" not in read(reader)  # the lab has ended, and nobody waits for it
    provider.shutdown()


def test_without_an_sdk_it_says_so(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    lab.metrics.to_otel(NoOpMeterProvider())
    assert "OpenTelemetry has no SDK here" in caplog.text
    worked(lab, 1)


def test_without_opentelemetry_it_says_how_to_get_it(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.metrics", None)
    with pytest.raises(MsgFloLabError, match=r"pip install 'msgflo-lab\[otel\]'"):
        lab.metrics.to_otel()


class Agent(types.ModuleType):
    """What New Relic's agent documents of itself, and what it was asked."""

    def __init__(self) -> None:
        super().__init__("newrelic.agent")
        self.events: list[tuple[str, dict[str, Any], object]] = []
        self.application = object()
        self.is_initialized = False

    def initialize(self) -> None:
        self.is_initialized = True

    def register_application(self, name: str | None = None, timeout: float | None = None) -> object:
        assert self.is_initialized
        assert timeout == 0  # else the lab's loop would wait for the connection
        return self.application

    def record_custom_event(
        self, event_type: str, params: dict[str, Any], application: object = None
    ) -> None:
        self.events.append((event_type, params, application))


def test_new_relic_gets_the_events_of_msgflo(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    agent = Agent()
    monkeypatch.setenv("NEW_RELIC_LICENSE_KEY", "0123456789")
    monkeypatch.setitem(sys.modules, "newrelic", types.ModuleType("newrelic"))
    monkeypatch.setitem(sys.modules, "newrelic.agent", agent)
    lab.jobs.to_new_relic()
    worked(lab, 1)
    eventually(lambda: sum(job["role"] == "work" for _, job, _ in agent.events) == 2)
    [first, second] = [event for event in agent.events if event[1]["role"] == "work"]
    assert first[0] == "MsgfloJobCompleted"
    assert first[2] is agent.application
    assert first[1].keys() == {"role", "component", "inport", "outport", "duration"}
    assert first[1]["outport"] == "out"
    assert second[1]["outport"] == "error"


def test_without_its_key_or_agent_nothing_is_recorded(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    agent = Agent()
    monkeypatch.setitem(sys.modules, "newrelic.agent", agent)
    monkeypatch.delenv("NEW_RELIC_LICENSE_KEY", raising=False)
    lab.jobs.to_new_relic()
    assert not agent.is_initialized
    monkeypatch.setenv("NEW_RELIC_LICENSE_KEY", "0123456789")
    monkeypatch.setitem(sys.modules, "newrelic.agent", None)
    lab.jobs.to_new_relic()
    assert "pip install newrelic" in caplog.text
