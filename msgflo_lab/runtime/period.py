"""When participants of ours announce themselves."""

from __future__ import annotations

import os
from collections.abc import Iterator

from ..discovery.limits import PERIOD_PER_INTERVAL
from ..errors import MsgFloLabError
from ..names import shown
from .limits import ANNOUNCE_EARLY, ANNOUNCE_PERIOD

VARIABLE = "MSGFLO_DISCOVERY_PERIOD"
"""The environment variable that MsgFlo's participants have it from; whole seconds."""


def intervals(period: float, *, are_kept: bool) -> Iterator[float]:
    """Seconds between two announcements of one participant, for ever.

    A broker that keeps no announcements (MQTT) has none for whoever begins to listen a moment after
    a participant began. So there the first follow closely: 4, 8, ... seconds, until it is the
    interval that MsgFlo's participants keep. Each is at most twice the one before, so that nobody
    takes the longer silence for an absence.

    Args:
        period: MsgFlo's, in seconds.
        are_kept: The broker keeps them.
    """
    interval = period / PERIOD_PER_INTERVAL
    early = ANNOUNCE_EARLY
    while not are_kept and early < interval:
        yield early
        early *= 2
    while True:
        yield interval


def announce_period() -> float:
    """MsgFlo's discovery period in seconds: from its variable, if that is set.

    Raises:
        MsgFloLabError: That is none. To take the usual one in its place would look like a
            participant that comes late.
    """
    said = os.environ.get(VARIABLE, "")
    if not said:
        return ANNOUNCE_PERIOD
    try:
        period = int(said)
    except ValueError:
        period = 0
    if period <= 0:
        raise MsgFloLabError(f"{VARIABLE} is whole seconds, 1 at least, and not `{shown(said)}`")
    return float(period)
