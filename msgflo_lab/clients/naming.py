"""Names of functions, in any language, for ports with any name."""

from __future__ import annotations

import re
from collections.abc import Iterable

MAX_IDENTIFIER = 40
"""Characters of the part that comes from a port's name."""

_OTHERS = re.compile(r"[^A-Za-z0-9]+")


def identifiers(names: Iterable[str]) -> dict[str, str]:
    """The second half of an identifier (`on_...`, `send_...`) for each name; no two are the same.

    They have letters, digits and single underscores: two in a row are reserved in C++.
    """
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        stem = _OTHERS.sub("_", name)[:MAX_IDENTIFIER].strip("_") or "port"
        made, number = stem, 1
        while made in taken:
            number += 1
            made = f"{stem}_{number}"
        taken.add(made)
        found[name] = made
    return found
