"""Templates: files of this package with `@@{name}` in them, and parts that only some need.

@@if number text
...                 there if one of these words occurs in what is filled in, or names a part
@@end               of it that is not empty
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import resources

_NAME = re.compile(r"@@\{(\w+)\}")
_WORD = re.compile(r"\w+")
_IF, _END = "@@if ", "@@end"


def filled(template: str, texts: Mapping[str, str]) -> str:
    """The template of that name, with its names replaced.

    Args:
        texts: By name. A name that stands alone on its line takes the line with it if its text is
            empty.
    """
    whole = resources.files(__package__).joinpath("templates", template).read_text("utf-8")
    needed = {name for name, text in texts.items() if text}
    needed.update(word for text in texts.values() for word in _WORD.findall(text))
    found: list[str] = []
    is_in = True
    for line in whole.splitlines():
        if line.startswith(_IF):
            is_in = not needed.isdisjoint(line.split()[1:])
        elif line == _END:
            is_in = True
        elif is_in:
            alone = _NAME.fullmatch(line)
            if alone is None or texts[alone[1]]:
                found.append(_NAME.sub(lambda name: texts[name[1]], line))
    return "\n".join(found) + "\n"
