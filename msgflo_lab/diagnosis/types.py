"""Port types: free words, of which some have a meaning that everybody agrees on."""

from __future__ import annotations

from typing import Any

_FAMILIES = {
    "number": ("number", "numeric", "int", "integer", "float", "double", "real"),
    "text": ("string", "text", "str"),
    "boolean": ("boolean", "bool"),
    "array": ("array", "list"),
    "object": ("object", "dict"),
}
_FAMILY = {word: family for family, words in _FAMILIES.items() for word in words}
_WHOLE = ("int", "integer")


def differ(one: str, other: str) -> bool:
    """True only if no message can be of both types.

    Words that are in no family (`any`, `all`, `bang`, `temperature`, ...) may mean anything. To
    JavaScript an array is an object, and who announces `object` may mean so.
    """
    a, b = family_named(one), family_named(other)
    return a is not None and b is not None and a != b and {a, b} != {"array", "object"}


def misfit(value: Any, word: str) -> str:
    """Why a value is not of a type, as the end of a sentence; "" if it is, or if nobody knows."""
    family, is_of = family_named(word), family_of(value)
    if family is None or is_of is None:
        return ""
    if is_of == family:
        if is_whole(word) and isinstance(value, float) and not value.is_integer():
            return "is not a whole number"
        return ""
    if {family, is_of} == {"array", "object"} and family == "object":
        return ""
    return f"is {_WITH_ARTICLE[is_of]}"


def family_of(value: Any) -> str | None:
    """What a value is; None for what has no family, such as null and bytes."""
    for kind, family in _KINDS:
        if isinstance(value, kind):
            return family
    return None


def with_article(word: str) -> str:
    """`a number`, `an object`; words of no family as they are."""
    family = family_named(word)
    return _WITH_ARTICLE[family] if family is not None else word


def family_named(word: str) -> str | None:
    """Which of five a type is of, e.g. `number` for `int`; None for a word of one's own."""
    return _FAMILY.get(word.strip().lower())


def is_whole(word: str) -> bool:
    """Whether a type is that of whole numbers."""
    return word.strip().lower() in _WHOLE


# In this order: True is an int.
_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "boolean"),
    ((int, float), "number"),
    (str, "text"),
    ((list, tuple), "array"),
    (dict, "object"),
)
_WITH_ARTICLE = {
    "number": "a number",
    "text": "a text",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
}
