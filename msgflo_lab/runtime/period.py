"""How often participants of ours announce themselves."""

from __future__ import annotations

import os

from .limits import ANNOUNCE_PERIOD

VARIABLE = "MSGFLO_DISCOVERY_PERIOD"
"""The environment variable that MsgFlo's participants have it from; whole seconds."""


def announce_period() -> float:
    """MsgFlo's discovery period in seconds: from its variable, where what that says is sound."""
    try:
        period = int(os.environ.get(VARIABLE, ""))
    except ValueError:
        return ANNOUNCE_PERIOD
    return float(period) if period > 0 else ANNOUNCE_PERIOD
