"""What OpenTelemetry's exporters send to: OTLP over HTTP and over gRPC, decoded as the SDK has it.

Source: github.com/open-telemetry/opentelemetry-proto, docs/specification.md.
"""

from __future__ import annotations

import gzip
import http.server
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import grpc
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2_grpc
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    HistogramDataPoint,
    Metric,
    NumberDataPoint,
    ResourceMetrics,
)

HTTP, GRPC = "http/protobuf", "grpc"
"""As the environment variable `OTEL_EXPORTER_OTLP_PROTOCOL` calls them."""

Point = NumberDataPoint | HistogramDataPoint


class Received:
    """What has come. Filled by the receivers' threads.

    Attributes:
        url: Where they listen.
    """

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[ExportMetricsServiceRequest] = []

    def ours(self) -> list[ResourceMetrics]:
        """Those with figures of ours, oldest first."""
        return [
            each
            for request in list(self.requests)
            for each in request.resource_metrics
            if any(scope.scope.name == "msgflo_lab" for scope in each.scope_metrics)
        ]

    def resource(self) -> dict[str, str]:
        """Of what the latest ones are figures."""
        attributes = self.ours()[-1].resource.attributes
        return {each.key: each.value.string_value for each in attributes}

    def metrics(self) -> dict[str, Metric]:
        """The latest of each, by name."""
        return {
            metric.name: metric
            for each in self.ours()
            for scope in each.scope_metrics
            for metric in scope.metrics
        }

    def point(self, name: str, /, **labels: str) -> Point | None:
        """The latest value with these labels."""
        metric = self.metrics().get(name)
        if metric is None:
            return None
        points: list[Point] = [
            *metric.sum.data_points,
            *metric.gauge.data_points,
            *metric.histogram.data_points,
        ]
        for point in points:
            if {each.key: each.value.string_value for each in point.attributes} == labels:
                return point
        return None

    def number(self, name: str, /, **labels: str) -> float | None:
        """The latest value of a counter or gauge."""
        point = self.point(name, **labels)
        if not isinstance(point, NumberDataPoint):
            return None
        return point.as_int if point.HasField("as_int") else point.as_double


@contextmanager
def receiving(protocol: str) -> Iterator[Received]:
    """Receive while the block runs."""
    with _http() if protocol == HTTP else _grpc() as received:
        yield received


@contextmanager
def _http() -> Iterator[Received]:
    received = Received()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/v1/metrics"
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            received.requests.append(ExportMetricsServiceRequest.FromString(body))
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.end_headers()
            self.wfile.write(ExportMetricsServiceResponse().SerializeToString())

        def log_message(self, format: str, *args: object) -> None:
            """Nothing of it is printed."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        received.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield received
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def _grpc() -> Iterator[Received]:
    received = Received()

    class Service(metrics_service_pb2_grpc.MetricsServiceServicer):
        def Export(  # noqa: N802 - it is called so
            self, request: ExportMetricsServiceRequest, context: grpc.ServicerContext
        ) -> ExportMetricsServiceResponse:
            received.requests.append(request)
            return ExportMetricsServiceResponse()

    server = grpc.server(ThreadPoolExecutor(2))
    metrics_service_pb2_grpc.add_MetricsServiceServicer_to_server(  # type: ignore[no-untyped-call]
        Service(), server
    )
    received.url = f"http://127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    try:
        yield received
    finally:
        server.stop(None).wait()
