"""Names of people for roles and ports that the graph language can say.

Pure. `Küche Licht` is `kuche_licht`: letters, digits and underscores, as in Home Assistant's own
entity ids.
"""

from __future__ import annotations

import re
import unicodedata

from .limits import MAX_NAME, MAX_TEXT

_OTHERS = re.compile("[^a-z0-9]+")


def slug(text: str, limit: int = MAX_NAME) -> str:
    """The text in small letters, digits and underscores; "" if nothing is left of it."""
    plain = unicodedata.normalize("NFKD", text[: 4 * limit].casefold())
    plain = "".join(each for each in plain if not unicodedata.combining(each))
    return _OTHERS.sub("_", plain)[: limit + 1].strip("_")[:limit].rstrip("_")


def sayable(text: str, stem: str) -> str:
    """A slug that begins with a letter: with the stem before it if it does not, or is empty."""
    found = slug(text)
    if not found:
        return stem
    return found if found[0].isalpha() else f"{stem}_{found}"


def role_of(device: str, part: str, stem: str) -> str:
    """The role of a part of a device. What the part's name repeats of the device's is left out.

    Args:
        stem: What it begins with if the names give it no beginning.
    """
    ours, its = slug(device), slug(part)
    if its == ours or not its:
        return sayable(device, stem)
    if ours and its.startswith(f"{ours}_"):
        its = its[len(ours) + 1 :]
    return sayable(f"{ours} {its}", stem) if len(ours) + len(its) < MAX_NAME else _both(ours, its)


def _both(ours: str, its: str) -> str:
    """Two long names: neither is cut away altogether by the other."""
    half = MAX_NAME // 2
    return f"{sayable(ours[:half], 'device')}_{its[: MAX_NAME - half]}".rstrip("_")


def label_of(device: str, part: str) -> str:
    """What people read: both names, unless one begins with the other."""
    device, part = line(device), line(part)
    if not part or not device:
        return device or part
    return part if part.casefold().startswith(device.casefold()) else f"{device} {part}"


def line(text: str, limit: int = MAX_TEXT) -> str:
    """Text of a device on one printable line, at most `limit` characters long."""
    flat = " ".join(text[: 2 * limit].split())
    flat = "".join(each for each in flat if each.isprintable())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"
