"""What is switched on of the ways out. On the loop of its source."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Protocol

from ..metrics import Family
from ..metrics.catalogue import LOST_EVENTS
from .job_log import JobLog
from .sources import Source


class Exporter(Protocol):
    """One way out."""

    async def stop(self) -> None:
        """Let nothing out any more. Idempotent."""


class Exporters:
    """The ways out of one source. Each is there once; switched on again, it begins anew."""

    def __init__(self, source: Source) -> None:
        self.source = source
        source.also = self._families
        self._running: dict[str, Exporter] = {}

    async def serve(self, address: str, port: int) -> str:
        """Let Prometheus read the metrics.

        Args:
            port: 0 for any that is free.

        Returns:
            Where they are.

        Raises:
            MsgFloLabError: The address cannot be had.
        """
        await self.end("metrics")
        # Late: what serves takes a while to import, and most do without.
        endpoint = import_module(f"{__package__}.endpoint").Endpoint(self.source, address, port)
        await endpoint.start()
        self._running["metrics"] = endpoint
        return str(endpoint.url)

    async def write(self, file: str) -> None:
        """Append job events to a file (`-` for stdout).

        Raises:
            MsgFloLabError: It cannot be written.
        """
        await self.end("job events")
        self._running["job events"] = JobLog(self.source.jobs, file)

    async def open_telemetry(self, provider: Any = None) -> None:
        """Hand metrics to OpenTelemetry's SDK.

        Raises:
            MsgFloLabError: Its API is not installed.
        """
        await self.end("otel")
        otel = import_module(f"{__package__}.otel")
        self._running["otel"] = otel.OpenTelemetry(self.source, provider)

    async def new_relic(self) -> None:
        """Record jobs with New Relic, if the environment asks for it."""
        await self.end("new relic")
        found = import_module(f"{__package__}.new_relic").new_relic(self.source.jobs)
        if found is not None:
            self._running["new relic"] = found

    async def end(self, name: str) -> None:
        """Switch one off: `metrics`, `job events`, `otel` or `new relic`. Idempotent."""
        exporter = self._running.pop(name, None)
        if exporter is not None:
            await exporter.stop()

    async def stop(self) -> None:
        """Switch all off. Idempotent."""
        for name in list(self._running):
            await self.end(name)
        await self.source.close()

    def _families(self) -> list[Family]:
        events = self._running.get("job events")
        if not isinstance(events, JobLog):
            return []
        lost = Family(LOST_EVENTS)
        lost.add(events.lost)
        return [lost]
