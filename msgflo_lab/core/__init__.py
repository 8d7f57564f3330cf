"""The components that are there without any file, and run in the lab's own process.

plumbing    what only passes messages on, or keeps them from it
timing      what has to do with time
code        what evaluates an expression that somebody wrote
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .code import Filter, Function
from .plumbing import Count, Drop, Kick, Output, merge, repeat, split
from .timing import Delay, Interval, Throttle

__all__ = ["COLLECTION", "NAMESPACE"]

NAMESPACE = "core"

COLLECTION: Mapping[str, Callable[..., Any]] = {
    "Repeat": repeat,
    "Drop": Drop,
    "Output": Output,
    "Kick": Kick,
    "Merge": merge,
    "Split": split,
    "Count": Count,
    "Function": Function,
    "Filter": Filter,
    "Delay": Delay,
    "Throttle": Throttle,
    "Interval": Interval,
}
"""By the name that a graph calls them, behind `core/`."""
