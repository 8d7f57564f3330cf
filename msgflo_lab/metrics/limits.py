"""Every bound of the metrics, in one place."""

from __future__ import annotations

SERIES = 2_000
"""Sets of label values in one metric. Further ones are left out, and counted."""
LABEL = 200
"""Characters of a label's value; longer ones are cut short."""
BOUNDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120)
"""Seconds: the upper bounds of the histogram's buckets, and one more without a bound."""
RECENT = 1_000
"""The latest jobs of an inport that averages and percentiles are worked out of."""
PERCENTILE = 90
"""That which `JobStatistics` tells, as MsgFlo's own tool does."""
