"""The bounds of this package. What is above one is refused, but where it says otherwise."""

from __future__ import annotations

MAX_DEPTH = 500
"""Of JSON values: lists and objects in each other."""
MAX_DIGITS = 4_000
"""Of an integer. In a text, one with more is None, which JavaScript makes of those above 308."""
MAX_ALIAS = 40
"""Characters that an alias takes over from a long name; the others are left out of it."""
MAX_WARNINGS = 20
"""That `loads` issues for one text, and one more that counts the others. `parse` has all."""
MAX_LAYOUT = 10_000_000
"""Bytes of a layout's file. A larger one is not read, which is told."""
MAX_PROBLEMS = 5
"""Of a layout that are told."""
