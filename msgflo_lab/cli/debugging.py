"""What the library logs, for people who look for a fault: `DEBUG=msgflo*`, as MsgFlo's own have it.

Names of several programs may stand there, with commas; those that say nothing of ours are left.
"""

from __future__ import annotations

import logging
import os

_OURS = ("msgflo_lab", "msgflo_lab_transports", "msgflo_lab_broker")


def listen() -> None:
    """Print on stderr what is logged, if the environment asks for it."""
    asked = [each.strip() for each in os.environ.get("DEBUG", "").split(",")]
    if not any(each == "*" or each.startswith("msgflo") for each in asked):
        return
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for name in _OURS:
        logging.getLogger(name).setLevel(logging.DEBUG)
