"""Suites in files, in folders, and at addresses of the web."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterable
from pathlib import Path

from ..errors import InvalidSuite
from ..fbpspec import Suite, suites_of
from ..fbpspec.limits import TEXT_MOST
from ..files import why
from .limits import WEB_TIMEOUT

SUFFIXES = (".yaml", ".yml")
_WEB = ("http://", "https://")


def suites_in(places: Iterable[str | Path]) -> list[Suite]:
    """All suites, in order.

    Args:
        places: Files; folders, of which every `.yaml` file is read; `http://` and `https://`.

    Raises:
        InvalidSuite: Something cannot be read, or is no suite.
    """
    return [suite for place in places for file in _files(place) for suite in _read(file)]


def _files(place: str | Path) -> list[str]:
    if str(place).startswith(_WEB):
        return [str(place)]
    path = Path(place)
    if not path.is_dir():
        return [str(place)]
    found = sorted(str(each) for each in path.iterdir() if each.suffix == SUFFIXES[0])
    if not found:
        raise InvalidSuite(f"the folder has no file that ends in {SUFFIXES[0]}", str(place))
    return found


def _read(file: str) -> tuple[Suite, ...]:
    try:
        if file.startswith(_WEB):
            with urllib.request.urlopen(file, timeout=WEB_TIMEOUT) as answer:
                payload = answer.read(TEXT_MOST + 1)
        else:
            payload = Path(file).read_bytes()
        return suites_of(payload.decode("utf-8-sig"), file)
    except (OSError, UnicodeDecodeError) as error:
        # What failed below HTTP is inside of what `urlopen` raises.
        inner = getattr(error, "reason", None)
        found = inner if isinstance(inner, OSError) else error
        raise InvalidSuite(f"cannot be read: {why(found)}", file) from error
