"""The opposite."""

from __future__ import annotations


def invert_boolean(in_: bool) -> bool:
    if not isinstance(in_, bool):
        raise TypeError(f"not a boolean: {in_}")
    return not in_
