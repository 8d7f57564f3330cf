"""How often participants of ours announce themselves."""

from __future__ import annotations

import os

from ..errors import MsgFloLabError
from ..names import shown
from .limits import ANNOUNCE_PERIOD

VARIABLE = "MSGFLO_DISCOVERY_PERIOD"
"""The environment variable that MsgFlo's participants have it from; whole seconds."""


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
