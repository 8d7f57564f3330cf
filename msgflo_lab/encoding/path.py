"""One place in JSON: a small part of JSONPath, `$.sensors[0].temp` or `$['room temp']`."""

from __future__ import annotations

import re
from typing import Any

from ..errors import InvalidDefinition
from .plain import Json
from .stage import Absent, shown

_STEP = re.compile(
    r"\.(?P<name>[^\s.\[\]'\"*?@|]+)|\[(?P<index>-?\d{1,9})\]|\[(?P<quote>['\"])(?P<key>.*?)(?P=quote)\]"
)
_MOST_STEPS = 100


class Path:
    """Reading picks; writing makes an object that has nothing but this."""

    def __init__(self, path: str) -> None:
        """`path`: names and indexes. Raises InvalidDefinition: it is none, or picks several."""
        self._text = path
        self._steps: list[str | int] = []
        at = 1
        while at < len(path) and len(self._steps) <= _MOST_STEPS:
            found = _STEP.match(path, at)
            if found is None:
                break
            index = found["index"]
            self._steps.append(int(index) if index else found["name"] or found["key"])
            at = found.end()
        if not path.startswith("$") or at != len(path):
            raise InvalidDefinition(
                f"`path:{path}` is no path: it begins with `$`, names and numbers follow, as in "
                "`$.sensors[0].temperature`"
            )
        self._json = Json()

    def read(self, outer: Any) -> Any:
        """What lies there. Raises Absent."""
        value = whole = self._json.read(outer)
        for step in self._steps:
            try:
                if isinstance(value, dict) is isinstance(step, int):
                    raise LookupError
                value = value[step]
            except (LookupError, TypeError):
                raise Absent(f"there is no `{self._text}` in {shown(whole)}") from None
        return value

    def write(self, value: Any) -> Any:
        """A list has the value as its only element, whatever the index."""
        if isinstance(value, bytes):
            value = value.decode(errors="replace")
        for step in reversed(self._steps):
            value = [value] if isinstance(step, int) else {step: value}
        return value
