"""Options of commands that run a network: where its figures go."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from ..lab import Lab
from ..telemetry.addresses import address_of
from ..telemetry.new_relic import KEY
from . import printing
from .options import STREAM

Metrics = Annotated[
    str | None,
    typer.Option(metavar="[HOST:]PORT", help="Serve metrics for Prometheus; port 0 for any."),
]
JobEvents = Annotated[
    str | None,
    typer.Option(
        metavar="FILE", help="Append a line of JSON for each message processed; - for stdout."
    ),
]
Otel = Annotated[
    bool,
    typer.Option("--otel", help="Hand metrics to OpenTelemetry (see `opentelemetry-instrument`)."),
]


class Exporting:
    """What these options ask for. Raises MsgFloLabError for an address that is none."""

    def __init__(self, metrics: str | None, job_events: str | None, otel: bool) -> None:
        self._address = address_of(metrics) if metrics is not None else None
        is_file = job_events not in (None, str(STREAM))
        self._job_events = os.path.abspath(str(job_events)) if is_file else job_events
        self._otel = otel
        self._url = ""

    def begin(self, lab: Lab) -> None:
        """Begin, as soon as the lab runs.

        Raises:
            MsgFloLabError: An address or a file cannot be had, or a package is missing.
        """
        if self._address is not None:
            host, port = self._address
            self._url = lab.metrics.serve(port, host)
        if self._job_events is not None:
            lab.jobs.write(self._job_events)
        if self._otel:
            lab.metrics.to_otel()
        if os.environ.get(KEY):
            lab.jobs.to_new_relic()

    @property
    def facts(self) -> dict[str, str]:
        """What is to be told as JSON."""
        return {"metrics": self._url} if self._url else {}

    def tell(self) -> None:
        """Print where the metrics are."""
        if self._url:
            printing.say(f"metrics at {self._url}")
