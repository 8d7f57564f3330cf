"""Figures of this process, named as Prometheus's own client libraries name them.

Linux tells all of them; elsewhere there are fewer.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from pathlib import Path

from ..metrics import Family, Metric
from ..metrics.catalogue import BEGAN, CPU, FILES, FILES_MOST, MEMORY, THREADS, VIRTUAL

_PROC = Path("/proc")


def of_process() -> list[Family]:
    """What this process uses now."""
    used = os.times()
    figures: dict[Metric, float] = {CPU: used.user + used.system, THREADS: threading.active_count()}
    with contextlib.suppress(OSError, ValueError, AttributeError):
        figures |= _of_linux()
    return [_single(metric, value) for metric, value in figures.items()]


def _of_linux() -> dict[Metric, float]:
    # The program's name stands in brackets, and may hold anything; numbers come behind it.
    fields = (_PROC / "self" / "stat").read_text().rpartition(")")[2].split()
    began = int(fields[19]) / os.sysconf("SC_CLK_TCK")
    now = float((_PROC / "uptime").read_text().split()[0])
    figures: dict[Metric, float] = {
        THREADS: int(fields[17]),
        VIRTUAL: int(fields[20]),
        MEMORY: int(fields[21]) * os.sysconf("SC_PAGE_SIZE"),
        BEGAN: round(time.time() - now + began, 2),
        FILES: len(os.listdir(_PROC / "self" / "fd")) - 1,  # but for that of the listing itself
    }
    with contextlib.suppress(ImportError):
        import resource

        figures[FILES_MOST] = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return figures


def _single(metric: Metric, value: float) -> Family:
    family = Family(metric)
    family.add(value)
    return family
