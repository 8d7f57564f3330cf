"""Texts and values as each language has them: in quotes, as literals, in a comment."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from ..names import shown

_AFTER_ANOTHER = re.compile(r"(?<=\?)\?")

MAX_REMARK = 60
"""Characters of somebody's text in a comment."""


def remark(text: str, limit: int = MAX_REMARK) -> str:
    """A text of somebody's for a comment of one line: a backslash at its end would go on in C."""
    return shown(text, limit).replace("\\", "/").replace("??", "?")


def python_text(text: str) -> str:
    """For Python and MicroPython."""
    return _quoted(text, _of_python)


def javascript_text(text: str) -> str:
    """For JavaScript."""
    return _quoted(text, lambda char: f"\\u{{{ord(char):x}}}")


def c_text(text: str) -> str:
    """For C and C++, as UTF-8; three octal digits end by themselves, hexadecimal ones do not.

    Two question marks may be the beginning of a trigraph.
    """
    quoted = _quoted(text, lambda char: "".join(f"\\{byte:03o}" for byte in char.encode()))
    return _AFTER_ANOTHER.sub(r"\\?", quoted)


def python_value(value: Any) -> str:
    """A literal for anything that JSON can say."""
    if isinstance(value, dict):
        inner = ", ".join(f"{python_text(key)}: {python_value(of)}" for key, of in value.items())
        return f"{{{inner}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(python_value, value))}]"
    return python_text(value) if isinstance(value, str) else repr(value)


def javascript_value(value: Any) -> str:
    """The same for JavaScript. A key `__proto__` in JSON is one; in a literal it is none."""
    if isinstance(value, dict):
        inner = ", ".join(
            f"[{javascript_text(key)}]: {javascript_value(of)}"
            if key == "__proto__"
            else f"{javascript_text(key)}: {javascript_value(of)}"
            for key, of in value.items()
        )
        return f"{{{inner}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(javascript_value, value))}]"
    return javascript_text(value) if isinstance(value, str) else json.dumps(value)


def _of_python(char: str) -> str:
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _quoted(text: str, escaped: Callable[[str], str]) -> str:
    inner = (
        f"\\{char}" if char in '"\\' else char if char.isprintable() else escaped(char)
        for char in text
    )
    return f'"{"".join(inner)}"'
