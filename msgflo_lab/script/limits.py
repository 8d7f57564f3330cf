"""Every bound on scripts, in one place. What is above one is refused."""

from __future__ import annotations

STATEMENTS_MOST = 20_000
"""Top-level statements of all cells that were run, taken together."""
STEPS_MOST = 100_000
"""Steps of one search: a statement as it was seen at one time, or a name at one time. That is a
matter of seconds, and some 400 versions of a name of which each is made of the one before."""
WIDTH = 88
"""Characters of a line of imports or of a title: the default of ruff and black."""
