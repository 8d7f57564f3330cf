"""JSONPath (RFC 9535), for expectations on a part of a value."""

from __future__ import annotations

from typing import Any


def found_at(path: str, value: Any) -> list[Any] | str:
    """All that a path finds in a value; or why it finds nothing anywhere."""
    # Late: most suites have no path, and it takes longer to import than all the rest.
    import jsonpath

    try:
        return list(jsonpath.findall(path, value))
    except jsonpath.JSONPathError as error:
        why = str(error).splitlines()[0].strip()
        return f"'{path}' is no JSONPath: {why}"
    except RecursionError:
        return f"'{path}': the data is nested too deep"
