"""The figures of a program of participants: the environment says where they go."""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from ..errors import MsgFloLabError
from ..runtime.participant import LocalParticipant
from .addresses import address_of
from .exporters import Exporters
from .new_relic import KEY
from .sources import ProgramSource

log = logging.getLogger(__name__)

METRICS = "MSGFLO_METRICS"
"""`[HOST:]PORT` at which Prometheus reads them; port 0 for any that is free."""
EVENTS = "MSGFLO_JOB_EVENTS"
"""The file that job events are appended to; `-` for stdout."""
OTEL = "MSGFLO_OTEL"
"""If it is set, metrics are handed to OpenTelemetry."""


@asynccontextmanager
async def exporting(participants: Sequence[LocalParticipant]) -> AsyncIterator[None]:
    """Give away figures, meanwhile, as the environment asks for it.

    What cannot be had, such as a port that another program has, is a warning: the participants are
    there to work.
    """
    ways: dict[str, Callable[[Exporters, str], Awaitable[object]]] = {
        METRICS: _serve,
        EVENTS: Exporters.write,
        OTEL: lambda exporters, _: exporters.open_telemetry(),
        KEY: lambda exporters, _: exporters.new_relic(),
    }
    asked = {name: os.environ[name] for name in ways if os.environ.get(name)}
    if not asked:
        yield
        return
    exporters = Exporters(ProgramSource(participants))
    try:
        for name, value in asked.items():
            try:
                await ways[name](exporters, value)
            except MsgFloLabError as error:
                log.warning("%s: %s", name, error)
        yield
    finally:
        await exporters.stop()


async def _serve(exporters: Exporters, where: str) -> None:
    print(f"metrics at {await exporters.serve(*address_of(where))}", flush=True)
