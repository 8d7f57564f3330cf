"""A text of the graph language in its usual shape: the same lines, one blank between words. Pure.

What people wrote stays where it is, comments included; `dumps` is for what comes from elsewhere.
"""

from __future__ import annotations

import re

from .text import parse

_PIECE = re.compile(r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|#.*|->|[^\s'"#-]+|\s+|.""")


def formatted(text: str, *, file: str = "<fbp>") -> str:
    """The text with blanks as they should be; it means the same.

    Args:
        file: What the text is called in errors.

    Raises:
        InvalidFbp: It is no text of the language.
    """
    before = parse(text, case_sensitive=True, validate_contents=False, file=file).graph
    result = "\n".join(map(_line, text.splitlines())).strip("\n") + "\n"
    # Between quotes that go over lines, blanks count.
    after = parse(result, case_sensitive=True, validate_contents=False).graph
    return result if after == before else text


def _line(line: str) -> str:
    code, comment = "", ""
    for piece in _PIECE.findall(line):
        if piece.startswith("#"):
            comment = piece.rstrip()
        elif piece == "->":
            code = f"{code.rstrip()} -> "
        elif not piece.isspace():
            code += piece
        elif not code.endswith(" "):
            code += " "
    code = code.strip()
    return f"{code}  {comment}" if code and comment else code or comment
