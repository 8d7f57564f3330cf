"""Names that files, containers, units and Kubernetes all take, of names that may be anything. Pure.

What is a name for all of them stays as it is: small letters and digits, with single dashes between.
That is what RFC 1123 calls a label, and the strictest of them wants. From anything else such a one
is made, with a few digits behind it that depend on the whole of the original. So a name does not
depend on what others there are, two never become one, and one that only looks as if it was made so
is made anew.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Container

LABEL = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
"""What all of them take."""
_DIGITS = 10
_MADE = re.compile(rf"(?:.*-)?[0-9a-f]{{{_DIGITS}}}")


def label(
    text: str, limit: int = 40, *, taken: Container[str] = (), plain: re.Pattern[str] = LABEL
) -> str:
    """The label of a name; always the same one.

    Args:
        limit: Characters, at most; more than 11.
        taken: Labels that mean something else.
        plain: What may stay as it is.
    """
    is_plain = plain.fullmatch(text) and not _MADE.fullmatch(text)
    if is_plain and len(text) <= limit and text not in taken:
        return text
    digits = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:_DIGITS]
    ascii_only = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", ascii_only.lower())
    start = "-".join(words)[: limit - _DIGITS - 1].strip("-")
    return f"{start}-{digits}" if start else digits
