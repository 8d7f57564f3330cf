"""The top of a script: what it needs to run, for tools (PEP 723), and what it is, for people.

Pure.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable

from .limits import WIDTH


def header_of(
    title: str,
    *,
    usage: Iterable[str] = (),
    requires_python: str = ">=3.11",
    dependencies: Iterable[str] = (),
) -> str:
    """A block of inline script metadata and a docstring, without a newline at the end.

    Args:
        title: What the script is, in a sentence. It is wrapped.
        usage: Command lines, which are indented below it and not wrapped.
        requires_python: A specifier of versions, as in PEP 440.
        dependencies: Requirements, as in PEP 508; the same twice is one.
    """
    lines = ["# /// script", f"# requires-python = {_toml(requires_python)}"]
    needed = sorted(dict.fromkeys(dependencies), key=str.lower)
    if needed:
        lines += ["# dependencies = [", *(f"#   {_toml(each)}," for each in needed), "# ]"]
    lines.append("# ///")
    return "\n".join((*lines, _docstring(title, list(usage))))


def _toml(text: str) -> str:
    """A basic string. What TOML escapes, JSON escapes in the same way."""
    return json.dumps(text, ensure_ascii=False)


def _docstring(title: str, usage: list[str]) -> str:
    """A docstring of a title, and of command lines if there are some."""
    wrapped = textwrap.wrap(_escaped(title), WIDTH - 3) or [""]
    lines = [_escaped(line) for line in usage]
    if not lines and len(wrapped) == 1 and len(wrapped[0]) <= WIDTH - 6:
        return f'"""{_closed(wrapped[0])}"""'
    # Below a line that begins at the margin: formatters take away what all lines are indented by.
    below = ["", "Run it:", "", *(f"    {line}".rstrip() for line in lines)] if lines else []
    return "\n".join((f'"""{wrapped[0]}', *wrapped[1:], *below, '"""'))


def _closed(line: str) -> str:
    """A line that three quotes may follow."""
    return line[:-1] + '\\"' if line.endswith('"') else line


def _escaped(text: str) -> str:
    shown = "".join(each if each.isprintable() else " " for each in text)
    return shown.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
