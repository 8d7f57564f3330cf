"""Lines for a port's `encoding`, and topics that it can have as a queue.

Pure. See `msgflo_lab.encoding` for the language.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..encoding import encoding_of
from ..errors import MsgFloLabError
from ..topics import is_pattern, problem_of
from .limits import MAX_TOPIC

_PLAIN = re.compile(r"[^\s.\[\]'\"*?@|/:]+")


def chained(words: Iterable[str]) -> str | None:
    """The words as one line, outermost first; None if that says something else, or nothing."""
    line = " | ".join(word for word in words if word)
    try:
        encoding_of(line)
    except MsgFloLabError:
        return None
    return line


def path(steps: Iterable[str | int]) -> str | None:
    """`path:` to a place in JSON; "" without steps; None if there is no way to say it."""
    said = ""
    for step in steps:
        if isinstance(step, int):
            said += f"[{step}]"
        elif _PLAIN.fullmatch(step):
            said += f".{step}"
        elif " | " in step or "'" in step or not step.isprintable():
            return None
        else:
            said += f"['{step}']"
    return f"path:${said}" if said else ""


def boolean(yes: str, no: str) -> str | None:
    """The two words for true and false; None if the language cannot say them."""
    if "/" in yes or " | " in f"{yes}/{no}" or yes != yes.strip() or no != no.strip():
        return None
    return chained([f"boolean:{yes}/{no}"])


def is_topic(text: object, *, wild: bool = False) -> bool:
    """Whether this is a topic that can be sent to; or, with `wild`, one to be subscribed to."""
    if not isinstance(text, str) or not text.isprintable() or not 0 < len(text) <= MAX_TOPIC:
        return False
    if not wild:
        return not is_pattern(text) and not text.startswith("$")
    return not problem_of(text)
