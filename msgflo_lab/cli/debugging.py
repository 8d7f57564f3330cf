"""What the library logs: warnings, as our own complaints; and for people who look for a fault, all.

That is `DEBUG=msgflo*`, as MsgFlo's own have it. Names of several programs may stand there, with
commas; those that say nothing of ours are left.
"""

from __future__ import annotations

import logging
import os

from . import printing

_OURS = ("msgflo_lab", "msgflo_lab_transports", "msgflo_lab_broker")


def listen() -> None:
    """Print on stderr what is logged: as much as the environment asks for."""
    asked = [each.strip() for each in os.environ.get("DEBUG", "").split(",")]
    if any(each == "*" or each.startswith("msgflo") for each in asked):
        logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
        for name in _OURS:
            logging.getLogger(name).setLevel(logging.DEBUG)
        return
    complaints = _Complaints(logging.WARNING)
    for name in _OURS:
        logging.getLogger(name).addHandler(complaints)


class _Complaints(logging.Handler):
    """Warnings and errors, on stderr like all that we complain of."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            printing.complain(self.format(record))
        except Exception:
            self.handleError(record)
