"""Figures of the lab, and its jobs: for people to look at, and for programs to collect."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, cast

from ..metrics import Format, JobStatistics, exposition
from ..metrics.summary import Summary, summary_of
from ..runtime.host import Host
from ..runtime.measured import OnJob
from ..runtime.session import running
from ..telemetry import Exporters, LabSource
from ..telemetry.addresses import LOCAL
from ..telemetry.limits import PORT
from .desk import Do


class Telemetry:
    """What `lab.metrics` and `lab.jobs` share: the ways out of this lab."""

    def __init__(self, do: Do, host: Host) -> None:
        self.host = host
        self._do = do
        self._exporters: Exporters | None = None

    def with_exporters(self, work: Callable[[Exporters], Awaitable[Any]]) -> Any:
        """Do something with the exporters, where the lab's loop is.

        Raises:
            NotRunning: The lab is stopped.
        """

        async def act() -> Any:
            return await work(self._current())

        def start(session: Any) -> Any:
            running(session)
            return act()

        return self._do(start)

    def _current(self) -> Exporters:
        """Those of the lab as it runs now: they end when it stops."""
        if self._exporters is None or self._exporters not in self.host.companions:
            self._exporters = Exporters(LabSource(self.host))
            self.host.companions.append(self._exporters)
        return self._exporters


class MetricsDesk:
    """`lab.metrics`. Like the lab's own methods, these may be called from any thread.

    How long jobs take is measured from the first look on; everything else has been counted since
    the participants were started.

    Raises:
        NotRunning: The lab is stopped.
    """

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry

    def text(self, *, openmetrics: bool = False) -> str:
        """All figures in Prometheus's text format, or in that of OpenMetrics."""
        families = self._telemetry.with_exporters(lambda exporters: exporters.source.collect())
        return exposition(families, Format.OPENMETRICS if openmetrics else Format.TEXT)

    def summary(self) -> Summary:
        """The figures that people look at first; printed, it is a table."""

        async def look(exporters: Exporters) -> Summary:
            source = exporters.source
            families = await source.collect()
            return summary_of(families, source.statistics(), source.jobs.since)

        return cast(Summary, self._telemetry.with_exporters(look))

    def serve(self, port: int = PORT, host: str = LOCAL) -> str:
        """Let Prometheus read the figures, until the lab stops. Called again, it serves anew.

        Nobody is asked for a secret: names and figures can be read by whoever reaches the address.

        Args:
            port: 0 for any that is free.
            host: The interface to listen on; `0.0.0.0` for all.

        Returns:
            Where they are.

        Raises:
            MsgFloLabError: The address cannot be had.
        """
        served = self._telemetry.with_exporters(lambda exporters: exporters.serve(host, port))
        return cast(str, served)

    def unserve(self) -> None:
        """Serve no more. Idempotent."""
        self._telemetry.with_exporters(lambda exporters: exporters.end("metrics"))

    def to_otel(self, provider: Any = None) -> None:
        """Hand all figures to OpenTelemetry, until the lab stops.

        Args:
            provider: A meter provider of OpenTelemetry; the global one by default.

        Raises:
            MsgFloLabError: OpenTelemetry is not installed.
        """
        self._telemetry.with_exporters(lambda exporters: exporters.open_telemetry(provider))


class JobsDesk:
    """`lab.jobs`: the messages that handlers of this lab have processed."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry

    def subscribe(self, told: OnJob) -> None:
        """Call this with each job that is done (a `JobCompleted`), in the runtime's thread.

        Over `stop` and `start`, until `unsubscribe`. It must be quick; if it raises, that is logged
        and it is called no more.
        """
        self._telemetry.host.workspace.jobs.subscribe(told)

    def unsubscribe(self, told: OnJob) -> None:
        """Undo `subscribe`. Idempotent."""
        self._telemetry.host.workspace.jobs.unsubscribe(told)

    def statistics(self) -> dict[str, JobStatistics]:
        """How long the latest jobs took, in seconds, by role: what guv reads. Starts the timing.

        The latest thousand of each inport; those that failed do not count.

        Raises:
            NotRunning: The lab is stopped.
        """

        async def look(exporters: Exporters) -> dict[str, JobStatistics]:
            exporters.source.jobs.measure()
            return exporters.source.statistics()

        return cast(dict[str, JobStatistics], self._telemetry.with_exporters(look))

    def write(self, file: str) -> None:
        """Append each job to a file, as a line of JSON, until the lab stops.

        Args:
            file: Its path, or `-` for stdout.

        Raises:
            NotRunning: The lab is stopped.
            MsgFloLabError: It cannot be written.
        """
        self._telemetry.with_exporters(lambda exporters: exporters.write(str(file)))

    def to_new_relic(self) -> None:
        """Record each job with New Relic, if its agent is installed and its key is set.

        Raises:
            NotRunning: The lab is stopped.
        """
        self._telemetry.with_exporters(lambda exporters: exporters.new_relic())
