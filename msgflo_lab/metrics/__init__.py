"""Figures of a network: what they are, how they are written down, and how jobs are timed.

Pure layer. The runtime times jobs, `telemetry` collects the rest and gives it away.
"""

from __future__ import annotations

from .exposition import Format, exposition, format_for
from .jobs import EVENT, FAILED, JobCompleted, JobStatistics, JobTimes, statistics_of
from .model import Buckets, Family, Kind, Metric, named

__all__ = [
    "EVENT",
    "FAILED",
    "Buckets",
    "Family",
    "Format",
    "JobCompleted",
    "JobStatistics",
    "JobTimes",
    "Kind",
    "Metric",
    "exposition",
    "format_for",
    "named",
    "statistics_of",
]
