"""The same inputs for a network in a notebook and for what has left it; and what comes out.

A notebook imports this as well, so it needs nothing of the tests.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from msgflo_lab import Lab
from msgflo_lab.errors import MsgFloLabError

DEADLINE = 30.0
"""Seconds. Reached only where something is broken."""
AGAIN = 0.5
"""Seconds after which it is fed again: an edge may have been bound meanwhile."""

Inputs = Sequence[tuple[str, Any]]
"""Ports, or topics of devices (`home/kitchen`), with values."""
Outputs = Mapping[str, list[Any]]
"""Different values, by port, in no order that means something."""


def fed(lab: Lab, inputs: Inputs, wanted: Outputs) -> dict[str, list[Any]]:
    """Feed a network until all that is wanted has come out; all that has, however often.

    Raises:
        MsgFloLabError: Somebody is not there until the end.
    """
    deadline = time.monotonic() + DEADLINE
    found: dict[str, list[Any]] = {}
    while time.monotonic() < deadline:
        try:
            for port in wanted:
                lab.inspect(port, 1)  # from now on, it is remembered
            for place, value in inputs:
                say = lab.foreign.say if "/" in place else lab.send
                say(place, value)
            for port, values in wanted.items():
                lab.inspect(port, len(values), wait=AGAIN)
                found[port] = _different(each.value for each in lab.inspect(port, 100))
        except MsgFloLabError:  # nobody plays it yet
            if time.monotonic() + AGAIN > deadline:
                raise
            time.sleep(AGAIN)  # there is nothing but asking
            continue
        if all(value in found[port] for port, values in wanted.items() for value in values):
            break
    return found


def _different(values: Any) -> list[Any]:
    return [json.loads(text) for text in sorted({json.dumps(value) for value in values})]
