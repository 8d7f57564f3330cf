"""Metrics for OpenTelemetry, through its API; what becomes of them is up to the SDK.

Counters and gauges are collected when the SDK asks for them; jobs are recorded as they are done,
since a histogram cannot be handed over as a whole. There are no traces, see docs/metrics.md.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import CancelledError
from typing import Any

from ..errors import MsgFloLabError
from ..metrics import Family, JobCompleted, Kind, Metric, named
from ..metrics.catalogue import JOB, OURS
from ..metrics.limits import BOUNDS
from .limits import COLLECT, FRESH, REPEAT
from .sources import Source

log = logging.getLogger(__name__)

SCOPE = "msgflo_lab"


class OpenTelemetry:
    """Hands the figures of a source to a meter provider. Create it on the source's loop."""

    def __init__(self, source: Source, provider: Any = None) -> None:
        """`provider`: the global one by default.

        Raises:
            MsgFloLabError: OpenTelemetry's API is not installed.
        """
        try:
            self._api = importlib.import_module("opentelemetry.metrics")
        except ImportError:
            raise MsgFloLabError(
                "OpenTelemetry is not installed: pip install 'msgflo-lab[otel]'"
            ) from None
        found = provider if provider is not None else self._api.get_meter_provider()
        if not hasattr(found, "force_flush"):  # as every SDK's has
            log.warning(
                "OpenTelemetry has no SDK here, so nothing is exported until there is one; "
                "`opentelemetry-instrument` brings one along"
            )
        if logging.lastResort is not None:  # where nobody has said what is to be printed
            logging.lastResort.addFilter(_once)
        self._source = source
        self._loop = asyncio.get_running_loop()
        self._lock = threading.Lock()
        self._known: dict[str, Family] = {}
        self._last: dict[str, Family] = {}
        self._at = float("-inf")
        self._is_over = False
        meter = self._api.get_meter(SCOPE, meter_provider=provider)
        for metric in OURS:
            if metric.kind is Kind.COUNTER:
                meter.create_observable_counter(
                    name_of(metric), [self._observed(metric)], metric.unit, metric.help
                )
            elif metric.kind is Kind.GAUGE:
                meter.create_observable_gauge(
                    name_of(metric), [self._observed(metric)], metric.unit, metric.help
                )
        self._durations = meter.create_histogram(
            name_of(JOB), JOB.unit, JOB.help, explicit_bucket_boundaries_advisory=BOUNDS
        )
        source.jobs.subscribe(self._done)

    async def stop(self) -> None:
        """Hand over the figures of now once more, when the SDK asks next, and then none.

        A process that ends is asked by its SDK a last time. Nobody waits for that here. Idempotent.
        """
        if self._is_over:
            return
        self._last = named(await self._source.collect())
        self._is_over = True
        self._source.jobs.unsubscribe(self._done)

    def _done(self, job: JobCompleted) -> None:
        self._durations.record(job.duration / 1e3, {"role": job.role, "inport": job.inport})

    def _observed(self, metric: Metric) -> Callable[[object], Iterable[Any]]:
        def observe(_options: object) -> Iterable[Any]:
            family = (
                self._last.pop(metric.name, None)
                if self._is_over
                else self._families().get(metric.name)
            )
            for values, value in family.samples.items() if family is not None else ():
                labels = dict(zip(metric.labels, values, strict=True))
                yield self._api.Observation(value, labels)

        return observe

    def _families(self) -> dict[str, Family]:
        """In the SDK's thread, which asks for one metric after the other."""
        if self._loop.is_closed():
            return {}
        with self._lock:
            if time.monotonic() - self._at >= FRESH and not self._is_on_loop():
                collecting = asyncio.run_coroutine_threadsafe(self._source.collect(), self._loop)
                try:
                    self._known = named(collecting.result(COLLECT))
                except (TimeoutError, CancelledError):  # it is busy, or ends
                    collecting.cancel()
                self._at = time.monotonic()
            return self._known

    def _is_on_loop(self) -> bool:
        try:
            return asyncio.get_running_loop() is self._loop
        except RuntimeError:
            return False


def name_of(metric: Metric) -> str:
    """What OpenTelemetry calls it: dots, and no unit and no `_total` in the name."""
    name = metric.name.removesuffix("_total").removesuffix("_seconds")
    return name.replace("_", ".", 1)


class _Once(logging.Filter):
    """An exporter that reaches nobody says so each time that it tries: once in a while will do."""

    def __init__(self) -> None:
        super().__init__()
        self._again = float("-inf")

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it is to be printed."""
        if not record.name.startswith("opentelemetry.exporter."):
            return True
        now = time.monotonic()
        if now < self._again:
            return False
        self._again = now + REPEAT
        return True


_once = _Once()
