"""OpenTelemetry as teams have it: its launcher, its variables, and somebody who receives."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from opentelemetry.proto.metrics.v1.metrics_pb2 import AggregationTemporality, HistogramDataPoint

from msgflo_lab import Lab
from tests.brokers import Mosquitto
from tests.brokers.common import free_port
from tests.cli.program import COMMAND, Running, environment, started
from tests.metrics.receivers import GRPC, HTTP, receiving
from tests.metrics.test_programs import GRAPH, PROGRAM
from tests.runtime.helpers import eventually

INSTRUMENT = COMMAND.with_name("opentelemetry-instrument")
LATER = "600000"
"""Milliseconds between two exports: longer than any test."""


@contextmanager
def instrumented(*command: str | Path, **env: str) -> Iterator[Running]:
    """A program under OpenTelemetry's launcher, while the block runs."""
    ours = {name: value for name, value in environment().items() if not name.startswith("OTEL_")}
    with started(INSTRUMENT, *command, env={**ours, **env}) as program:
        yield program


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    """A network that has one message."""
    file = tmp_path / "main.fbp"
    file.write_text(GRAPH)
    return file


@pytest.mark.parametrize("protocol", [HTTP, GRPC])
def test_the_last_figures_arrive_when_it_is_told_to_end(protocol: str, graph: Path) -> None:
    with receiving(protocol) as received:
        env = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": received.url,
            "OTEL_EXPORTER_OTLP_PROTOCOL": protocol,
            "OTEL_SERVICE_NAME": "house",
            "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=test,service.name=other",
            "OTEL_METRIC_EXPORT_INTERVAL": LATER,
        }
        with instrumented(COMMAND, "run", graph, "--otel", **env) as program:
            program.until("read | 21")
            assert program.end(signal.SIGTERM) == (0, "", "")
        resource = received.resource()
        assert resource["service.name"] == "house"
        assert resource["deployment.environment.name"] == "test"
        assert received.number("msgflo.messages", role="read", port="in", side="in") == 1
        assert received.number("msgflo.link_up") == 1
        messages = received.metrics()["msgflo.messages"]
        assert messages.unit == "{message}"
        assert messages.sum.is_monotonic
        cumulative = AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE
        assert messages.sum.aggregation_temporality == cumulative
        job = received.point("msgflo.job", role="read", inport="in")
        assert isinstance(job, HistogramDataPoint)
        assert job.count == 1
        assert job.explicit_bounds[0] == 0.0005


def test_figures_arrive_as_often_as_its_variable_says(graph: Path) -> None:
    with receiving(HTTP) as received:
        env = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": received.url,
            "OTEL_EXPORTER_OTLP_PROTOCOL": HTTP,
            "OTEL_METRIC_EXPORT_INTERVAL": "100",
        }
        with instrumented(COMMAND, "run", graph, "--otel", **env):
            at = {"role": "read", "port": "in", "side": "in"}
            eventually(lambda: received.number("msgflo.messages", **at) == 1)


@pytest.mark.parametrize("protocol", [HTTP, GRPC])
def test_an_exporter_that_reaches_nobody_says_so_once(protocol: str, graph: Path) -> None:
    env = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{free_port()}",
        "OTEL_EXPORTER_OTLP_PROTOCOL": protocol,
        "OTEL_EXPORTER_OTLP_TIMEOUT": "1",
        "OTEL_METRIC_EXPORT_INTERVAL": "100",
    }
    with instrumented(COMMAND, "run", graph, "--otel", **env) as program:
        program.until("read | 21")
        assert "export" in program.complaint()
        # And it tries once more.
        assert program.end(signal.SIGTERM) == (0, "", "")


def test_a_program_of_participants(tmp_path: Path, mosquitto: Mosquitto) -> None:
    (tmp_path / "double.py").write_text(PROGRAM)
    with receiving(HTTP) as received, Lab() as lab:
        lab.start(mosquitto.url)
        env = {
            "MSGFLO_BROKER": mosquitto.url,
            "MSGFLO_OTEL": "1",
            "OTEL_EXPORTER_OTLP_ENDPOINT": received.url,
            "OTEL_EXPORTER_OTLP_PROTOCOL": HTTP,
            "OTEL_METRIC_EXPORT_INTERVAL": LATER,
        }
        with instrumented(sys.executable, tmp_path / "double.py", **env) as program:
            assert program.line() == f"double on {mosquitto.url}"
            eventually(lambda: any(each.role == "double" for each in lab.network().roles))
            lab.send("double.x", 21)
            lab.send("double.x", None)
            program.complaint()  # of the one that has failed
            assert program.end(signal.SIGTERM)[0] == 0
        assert received.number("msgflo.messages", role="double", port="x", side="in") == 2
        assert received.number("msgflo.job_failures", role="double", inport="x") == 1
