"""Every bound on running suites, in one place."""

from __future__ import annotations

START_TIMEOUT = 10.0
"""Seconds that a runtime may take until it answers, as in fbp-spec."""
WEB_TIMEOUT = 5.0
"""Seconds that a suite of the web may take for each of its pieces."""
COMMAND_TIMEOUT = 3.0
"""Seconds that it may take for one command, as in fbp-spec."""
HEARD_MOST = 10_000
"""Messages that a runtime sends and nobody has looked at. Of more, the oldest are dropped."""
MESSAGE_BYTES = 64_000_000
"""The longest message that is taken from a runtime; a longer one ends the connection."""
PRINTED = 20
"""Lines that participants print which are kept for a case, the latest."""
EVENTS_MOST = 10_000
"""Events of a flowtrace, the latest."""
RETRY = 0.2
"""Seconds between two attempts to connect."""
PARTING = 3.0
"""Seconds that a command has to end after SIGTERM, before SIGKILL."""
LINES_KEPT = 100
"""Pieces of what a command prints that are kept, the latest."""
