"""Why a text is not the graph language: a sentence and a place for people.

Pure. Called once for a text, when reading cannot go on; so it may take its time and guess.
"""

from __future__ import annotations

import re

from . import grammar
from .literals import NotJson

_LEGACY = re.compile(r"EXPORT=")
_WORD = re.compile(r"[^\s()\[\]]+")
_NAME = re.compile("[a-zA-Z_]")
_DOTTED = re.compile(rf"({grammar.NAME})\.({grammar.PORT})")
_SETTING = re.compile(r" *(IN|OUT)PORT +")
_ARROWS = "→⇒⟶➔➜➝⇾—–"
_QUOTES = "“”„‘’‚«»`´"
_COMPONENT_END = re.compile(rf"\({grammar.COMPONENT}")
_METADATA_END = re.compile(rf"\({grammar.COMPONENT}:[a-zA-Z/=_,0-9]*+")


class Misread(Exception):
    """The text is wrong here. Attributes: problem, offset."""

    def __init__(self, problem: str, offset: int) -> None:
        self.problem = problem
        self.offset = offset
        super().__init__(problem, offset)


def of_setting(text: str, at: int) -> Misread:
    """A line that begins with `INPORT=` or one of its like and goes on wrongly."""
    found = grammar.SETTING.match(text, at)
    assert found is not None
    word = found[0].strip()
    if word.startswith("DEFAULT"):
        return Misread(f"`{word}` needs the name of a port, as in `{word}port`", found.end())
    return Misread(f"an exported port is written `{word}node.PORT:PUBLIC`", found.end())


def _beside(text: str, at: int) -> str:
    """What to say of `node.PORT`, for a dot or the beginning of it; "" if it is none."""
    begin = at
    while begin and (text[begin - 1].isalnum() or text[begin - 1] in "_-"):
        begin -= 1
    found = _DOTTED.match(text, begin)
    if found is None:
        return ""
    row = max(text.rfind(end, 0, begin) for end in grammar.NEWLINE) + 1
    if setting := _SETTING.match(text, row):
        return f"an exported port is written `{setting[1]}PORT=node.PORT:PUBLIC`"
    node, port = found[1][:40], found[2][:40]
    is_target = text[:begin].rstrip(" ").endswith("->")
    meant = f"{port} {node}" if is_target else f"{node} {port}"
    return f"a port stands beside its node, without a dot: `{meant}`"


def of_element(text: str, at: int, error: NotJson, *, chained: bool) -> Misread:
    """Where a node, a port or an initial packet should begin, and none does.

    Args:
        error: Why it is no JSON value either.
        chained: Whether an arrow leads here.
    """
    first = text[at : at + 1]
    if chained and (not first or first in grammar.NEWLINE):
        return Misread("nothing follows the arrow: here should be a node", at)
    if not first:
        return Misread("the text ends in blanks without a line break", at)
    if first == "(":
        return _of_parenthesis(text, at)
    if first == "'":
        return Misread("this text is never closed: `'` is missing (in it, `\\'` is a quote)", at)
    if first == "[" and at and (text[at - 1].isalnum() or text[at - 1] in "_."):
        return Misread("the index of a port is a number, as in `OUT[0]`", at + 1)
    if first in '[{"':
        return Misread(error.problem, error.offset)
    if text.startswith("->", at):
        return Misread("nothing is in front of this arrow that it could lead from", at)
    return Misread(_of_character(text, at, first), at)


def _of_character(text: str, at: int, first: str) -> str:
    if first == "=" and _LEGACY.match(text, at - len("EXPORT")):
        return "`EXPORT=` is of an older language: write `INPORT=node.PORT:PUBLIC` or `OUTPORT=...`"
    if first == "." and (meant := _beside(text, at)):
        return meant
    if first in _ARROWS:
        return f"`{first}` does not belong here: an arrow is written `->`"
    if first in _QUOTES:
        return f"`{first}` is no quote here: a text is written `'text'`"
    if first == "\t":
        return "a tab is no blank here: use spaces"
    if first in "-=>":
        return f"`{first}` does not belong here: an arrow is written `->`, with a space before it"
    if first == "[":
        return "the index of a port is a number, as in `OUT[0]`"
    if first.isspace():
        return f"a blank that is not a space ({first!r}): use spaces"
    if first == ",":
        return "a comma with nothing in front of it"
    if not first.isprintable():
        return f"{first!r} does not belong here"
    return (
        f"`{first}` does not belong here: a statement is `node(Component)` or "
        "`source PORT -> PORT target`, of letters, digits, `_` and `-`"
    )


def _of_parenthesis(text: str, at: int) -> Misread:
    """A component in parentheses that is wrong inside."""
    found = _METADATA_END.match(text, at) or _COMPONENT_END.match(text, at)
    assert found is not None
    end = found.end()
    if end == len(text) or text[end] in grammar.NEWLINE:
        return Misread("this parenthesis is never closed", at)
    if ":" in found[0]:
        if text[end] == ")":
            return Misread("here should be metadata, as in `:x=1,y=2`", end)
        return Misread(
            f"`{text[end]}` cannot be in metadata: letters, digits, `_`, `/`, `=` and `,` can", end
        )
    return Misread(
        f"`{text[end]}` cannot be in a component's name: letters, digits, `_`, `-` and `/` can", end
    )


def no_arrow(text: str, at: int, end: int) -> Misread:
    """Behind an initial packet there is no arrow."""
    following = _WORD.match(text, end)
    is_joined = _NAME.match(text, end) is not None and not text[end - 1].isspace()
    if is_joined and text[at].isdigit() and following is not None:
        word = text[at : following.end()]
        return Misread(f"`{word[:40]}` cannot be a name: one begins with a letter or `_`", at)
    if is_joined and text[at] == "'":
        return Misread("the text ends at this quote: in it, a quote is written `\\'`", end - 1)
    if text[at - 1 : at].isalnum() and text[at] == "[":
        return Misread("the index of a port is a number, as in `OUT[0]`", at + 1)
    instead = f", not `{following[0][:40]}`" if following is not None else ""
    problem = f"behind an initial packet there should be `->` and where it goes{instead}"
    return Misread(problem, end)


def of_target(text: str, at: int, *, chained: bool) -> Misread:
    """A port's name with blanks behind it and no node."""
    found = grammar.INPORT.match(text, at)
    assert found is not None
    end = found.end()
    if text.startswith("->", end):
        meant = _beside(text, at)
        return Misread(meant, at) if meant else Misread("behind this arrow is something wrong", end)
    if text[end : end + 1] == "(":
        return _of_parenthesis(text, end)
    what = "nothing" if end == len(text) or text[end] in grammar.NEWLINE else f"`{text[end]}`"
    if not chained and what != "nothing":
        return Misread(f"{what} does not belong here: is `->` missing?", end)
    return Misread(
        f"behind the port `{found[1]}` there should be a node, and there is {what} (a node alone "
        "must not have blanks behind it)",
        end,
    )
