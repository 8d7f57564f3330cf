"""Every bound on suites, in one place."""

from __future__ import annotations

TEXT_MOST = 10_000_000
"""Characters of a file with suites."""
VALUES_MOST = 1_000_000
"""Values in it, an alias counting as much as what it stands for."""
DEPTH_MOST = 100
"""Levels of nesting."""
TIMEOUT = 2_000
"""Milliseconds that a case may take that says nothing else, as in fbp-spec."""
TIMEOUT_MOST = 3_600_000
"""The longest that a case may ask for."""
SHOWN = 200
"""Characters of a value in a message."""
