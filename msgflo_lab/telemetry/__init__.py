"""Figures and job events on their way out: Prometheus, OpenTelemetry, files, New Relic.

Above the runtime, which does the counting; whatever is here only asks it. What is asked for rarely
is imported when it is asked for.

collect, process, asked           figures of participants, of a process, of a broker
sources                           all figures of a lab, or of a program of participants
endpoint                          the address that Prometheus reads
job_log, new_relic, otel          where else they go
exporters                         what of these is switched on
"""

from __future__ import annotations

from .exporters import Exporters
from .sources import LabSource, ProgramSource

__all__ = ["Exporters", "LabSource", "ProgramSource"]
