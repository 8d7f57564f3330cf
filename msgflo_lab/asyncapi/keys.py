"""Keys of a document: letters, digits, `.`, `_` and `-`, as components and references want them."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable
from typing import TypeVar

T = TypeVar("T", bound=Hashable)

LONGEST = 100
"""Characters that a key takes over from a name."""
_PROTOTYPE = "__proto__"
"""What JavaScript's objects, and so most tools for such documents, cannot have as a key."""
_STRANGE = re.compile(r"[^A-Za-z0-9._-]+")


def keys_of(things: Iterable[tuple[T, str]]) -> dict[T, str]:
    """A key for each thing: its name where that can be one, else what is left of it, and a number.

    The same things get the same keys, in whatever order they come.

    Args:
        things: Each with the name that its key should be.
    """
    keys: dict[T, str] = {}
    taken: set[str] = set()
    # Names that can be keys have the first choice: another one that comes in takes none away.
    for thing, name in sorted(
        things, key=lambda each: (_plain(each[1]) != each[1], *map(str, each))
    ):
        usual = key = _plain(name)
        number = 2
        while key in taken:
            key, number = f"{usual}-{number}", number + 1
        taken.add(key)
        keys[thing] = key
    return keys


def _plain(name: str) -> str:
    found = _STRANGE.sub("_", name)[:LONGEST] or "_"
    return f"{found}-" if found.lower() == _PROTOTYPE else found
