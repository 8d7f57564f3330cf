"""The simple ones of Home Assistant's templates, as encodings.

Pure. Templates are programs in Jinja. Nearly all that devices send pick one place of a JSON object
(`{{ value_json.sensor.temp | float }}`), put one value into a text (`{"position": {{ value }} }`),
or choose between two words; these are read here, and nothing is ever run. For the language see
https://www.home-assistant.io/docs/configuration/templating/ and, for the variables, the page of
each MQTT component.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple

from ..lines import chained, path

MAX_TEMPLATE = 5_000
"""Characters. A longer one is beyond us."""

# What is between braces has none itself, here: so that no text takes long to be looked at.
_TAG = re.compile(r"\{\{(?P<said>[^{}]*)\}\}|\{%[^{}]*%\}|\{#[^{}]*#\}")
_BRANCHES = re.compile(r"\{%([^{}]*)%\}([^{}]*)\{%([^{}]*)%\}([^{}]*)\{%([^{}]*)%\}")
_PLACE = r"value_json(?P<steps>(?:\.\w+(?!\w|\()|\[\s*(?:-?\d{1,6}|'[^']*'|\"[^\"]*\")\s*\])*)"
_EXPRESSION = re.compile(
    rf"(?:{_PLACE}|(?P<name>[A-Za-z_]\w*))\s*(?P<filters>(?:\|.*)?)", re.DOTALL
)
_MAPPED = re.compile(
    rf"(?:\{{%-?\s*set\s+(?P<words>\w+)\s*=\s*\{{[^{{}}]*\}}\s*-?%\}}\s*\{{\{{-?\s*(?P=words)"
    rf"|\{{\{{-?\s*\{{[^{{}}]*\}})\[\s*(?P<place>{_PLACE})\s*\]\s*(?:\|[^{{}}]*)?\}}\}}"
)
"""One word for another: `{{ {'heat': 'heating'}[value_json.running_state] }}`."""
_STEP = re.compile(r"\.(\w+)|\[\s*(-?\d+)\s*\]|\[\s*'([^']*)'\s*\]|\[\s*\"([^\"]*)\"\s*\]")
_FILTER = re.compile(r"\s*\|\s*(?P<name>\w+)\s*(?:\((?P<details>[^()]*)\))?")
_WORD = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_LOOKS_LIKE_A_FIELD = re.compile(r"\{([A-Za-z_][\w-]*)?\}")

_HARMLESS = frozenset(("is_defined", "string", "default", "d", "safe", "tojson", "to_json", "trim"))
"""Filters that change nothing, or something only where there is no value: then there is none."""
_NUMBERS = {"float": "number", "int": "number:int"}
_ROUND = "round"
_ROUNDED = {"0": "number:int", "1": "number:.1f"}
"""What writes the same; with more digits, zeros at the end make a difference."""
_SPOKEN_OF = frozenset((_ROUND, "lower", "upper", "title", "capitalize"))
"""Filters that are left out, and that is said."""


class Reading(NamedTuple):
    """What a template makes of a message.

    Attributes:
        words: Of the encoding, outermost first; none for the message as it is.
        choice: The two texts that it makes of true and false in that place, if it does so.
        left_out: Filters that are not carried out.
        is_mapped: It gives another word for each; `words` are for the device's own.
    """

    words: tuple[str, ...] = ()
    choice: tuple[str, str] | None = None
    left_out: tuple[str, ...] = ()
    is_mapped: bool = False


class Writing(NamedTuple):
    """How a template writes a command.

    Attributes:
        word: `template:...`, `always:...`, or "" for the value itself.
        names: The variables in it, in their order.
        inner: What the value becomes before that: `number:int`, `number:.1f`, `json`, or "".
    """

    word: str = ""
    names: tuple[str, ...] = ()
    inner: str = ""


def reading(text: str) -> Reading | None:
    """A template for messages of a device; None if it is beyond us."""
    text = text.strip()
    if len(text) > MAX_TEMPLATE:
        return None
    chosen = _chosen(text)
    if chosen is not None:
        return _choice(*chosen)
    mapped = _MAPPED.fullmatch(text)
    if mapped is not None:
        picked = _picked(mapped["place"])
        return picked._replace(is_mapped=True) if picked is not None else None
    tag = _TAG.fullmatch(text)
    return _picked(_inside(tag["said"])) if tag is not None and tag["said"] is not None else None


def writing(text: str, names: Collection[str]) -> Writing | None:
    """A template for commands; None if it is beyond us.

    Args:
        names: The variables that may be in it. One alone is a field without a name.
    """
    if len(text) > MAX_TEMPLATE:
        return None
    texts, used, inner, at = [""], [], "", 0
    for tag in _TAG.finditer(text):
        before = text[at : tag.start()]
        at = tag.end()
        if tag[0].startswith("{#"):
            texts[-1] += before
            continue
        found = _EXPRESSION.fullmatch(_inside(tag["said"] or ""))
        filters = _filters(found["filters"]) if found is not None else None
        if found is None or found["name"] not in names or filters is None:
            return None
        if filters.left_out and (set(filters.left_out) != {_ROUND} or not filters.rounded):
            return None
        inner = filters.rounded or filters.number or ("json" if filters.is_json else "")
        used.append(found["name"])
        # A hyphen at its brace takes away the blanks on that side of a tag.
        texts[-1] += before.rstrip() if tag["said"].startswith("-") else before
        texts.append("")
        if tag["said"].endswith("-"):
            at += len(text[at:]) - len(text[at:].lstrip())
    texts[-1] += text[at:]
    texts[0], texts[-1] = texts[0].lstrip(), texts[-1].rstrip()
    if any(_LOOKS_LIKE_A_FIELD.search(each) or "{{" in each or "{%" in each for each in texts):
        return None
    if len(used) < 2:
        between = "{}" if used else ""
        word = ("template:" if used else "always:") + between.join(texts)
        word = "" if used and texts == ["", ""] else word
        return Writing(word, tuple(used), inner) if not word or chained([word]) else None
    fields = "".join(f"{{{name}}}{after}" for name, after in zip(used, texts[1:], strict=True))
    word = f"template:{texts[0]}{fields}"
    return Writing(word, tuple(used)) if chained([word]) else None


def _inside(tag: str) -> str:
    """What a tag says: without the hyphens at its braces, each blank as one space."""
    return " ".join(tag.removeprefix("-").removesuffix("-").split())


def _chosen(text: str) -> tuple[str, str, str] | None:
    """The condition, and the two texts, of a template that chooses between two."""
    found = _BRANCHES.fullmatch(text)
    if found is not None:
        begin, middle, end = (_inside(found[at]) for at in (1, 3, 5))
        if begin.startswith("if ") and (middle, end) == ("else", "endif"):
            return begin[3:], found[2].strip(), found[4].strip()
        return None
    tag = _TAG.fullmatch(text)
    yes, _, rest = _inside(tag["said"] or "").partition(" if ") if tag is not None else ("",) * 3
    condition, _, no = rest.rpartition(" else ")
    words = [_WORD.fullmatch(each) for each in (yes, no)]
    if words[0] is None or words[1] is None:
        return None
    return condition, words[0][0][1:-1], words[1][0][1:-1]


def _choice(condition: str, yes: str, no: str) -> Reading | None:
    """A choice by a place that is true or false."""
    place = condition.removeprefix("not ")
    is_inverse = place != condition
    if place.endswith((" is true", " is false")):
        is_inverse = is_inverse != place.endswith(" is false")
        place = place.rpartition(" is ")[0]
    picked = _picked(place)
    if picked is None or not picked.words or picked.left_out or yes == no:
        return None
    return picked._replace(choice=(no, yes) if is_inverse else (yes, no))


def _picked(expression: str) -> Reading | None:
    """A place in the message, with filters behind it."""
    found = _EXPRESSION.fullmatch(expression.strip())
    if found is None or found["name"] not in (None, "value"):
        return None
    filters = _filters(found["filters"])
    if filters is None:
        return None
    if found["name"] == "value":
        place: str | None = ""
    else:
        place = path(
            int(each[2]) if each[2] else next(part for part in each.groups() if part is not None)
            for each in _STEP.finditer(found["steps"])
        )
        place = "json" if place == "" else place
    if place is None:
        return None
    words = tuple(word for word in (place, filters.number) if word)
    return Reading(words, left_out=filters.left_out)


class _Filters(NamedTuple):
    """What filters make of a value.

    Attributes:
        number: A word of ours.
        rounded: Another one, for those who can carry out `round`.
        left_out: What is not in `number`.
        is_json: It is JSON then.
    """

    number: str = ""
    rounded: str = ""
    left_out: tuple[str, ...] = ()
    is_json: bool = False


def _filters(text: str) -> _Filters | None:
    """Filters one after the other; None if one is beyond us."""
    made, at = _Filters(), 0
    while at < len(text):
        found = _FILTER.match(text, at)
        if found is None:
            return None if text[at:].strip() else made
        name, at = found["name"], found.end()
        if name in _NUMBERS:
            made = made._replace(number=_NUMBERS[name])
        elif name in _SPOKEN_OF:
            made = made._replace(left_out=(*made.left_out[:5], name))
            if name == _ROUND:
                made = made._replace(rounded=_ROUNDED.get((found["details"] or "0").strip(), ""))
        elif name in _HARMLESS:
            made = made._replace(is_json=made.is_json or name in ("tojson", "to_json"))
        else:
            return None
    return made
