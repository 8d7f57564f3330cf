"""How wide a text is and how much of it fits, without a browser.

Pure layer. Widths are the published Helvetica advances, which Arial and Liberation Sans share; a
browser that uses another font gets a reserve.
"""

from __future__ import annotations

import unicodedata
from enum import Enum
from functools import lru_cache

RESERVE = 1.06
"""Factor on every width: the reader's font may be wider than Helvetica."""
ELLIPSIS = "…"
MAX_MEASURED = 400
"""Characters beyond this do not make a text wider: no card shows as many."""


class Face(Enum):
    """The three faces of the picture."""

    REGULAR = "regular"
    BOLD = "bold"
    MONO = "mono"


# Advances in 1/1000 em of U+0020 to U+007E.
_REGULAR = (
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,
    556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
    1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
    667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
    333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
    556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
)  # fmt: skip
_BOLD = (
    278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278,
    556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 333, 333, 584, 584, 584, 611,
    975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833, 722, 778,
    667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584, 556,
    333, 556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611,
    611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584,
)  # fmt: skip
_INVISIBLE = frozenset({"Mn", "Me", "Cf", "Cc", "Cs"})


@lru_cache(maxsize=4096)
def _advance(char: str, face: Face) -> int:
    """One character's advance in 1/1000 em."""
    code = ord(char)
    if 32 <= code < 127:
        if face is Face.MONO:
            return 600
        return (_BOLD if face is Face.BOLD else _REGULAR)[code - 32]
    category = unicodedata.category(char)
    if category in _INVISIBLE:
        return 0
    if unicodedata.east_asian_width(char) in "WF" or category in ("So", "Co"):
        return 1000
    if face is Face.MONO:
        return 600
    base = unicodedata.normalize("NFD", char)[0]
    if base != char and 32 <= ord(base) < 127:
        return _advance(base, face)
    return 1000 if char == ELLIPSIS else 720 if category == "Lu" else 600


@lru_cache(maxsize=8192)
def width(text: str, size: float, face: Face = Face.REGULAR) -> float:
    """The width in pixels of one line of text at a font size in pixels, with the reserve.

    Wide characters (CJK, emoji) count 1 em, combining and control characters nothing.
    """
    return sum(_advance(char, face) for char in text[:MAX_MEASURED]) * size * RESERVE / 1000


@lru_cache(maxsize=4096)
def fitted(text: str, size: float, room: float, face: Face = Face.REGULAR) -> str:
    """The text if it fits in `room` pixels, else as much of it as does, with an ellipsis.

    The reserve is not held back here, so that a card made to fit a text never cuts it. Empty if
    not even one character fits.
    """
    room *= 1000 / size
    if len(text) <= MAX_MEASURED and sum(_advance(char, face) for char in text) <= room:
        return text
    room -= _advance(ELLIPSIS, face)
    kept = 0
    for char in text[:MAX_MEASURED]:
        room -= _advance(char, face)
        if room < 0:
            break
        kept += 1
    return text[:kept].rstrip() + ELLIPSIS if kept else ""
