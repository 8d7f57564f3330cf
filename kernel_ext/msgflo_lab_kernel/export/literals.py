"""Plain values as source text, as a formatter (ruff, black) leaves it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

_INDENT = "    "
_BRACKETS = {dict: ("{", "}"), set: ("{", "}"), list: ("[", "]"), tuple: ("(", ")")}


def assignment(name: str, value: object, width: int) -> str:
    """The statement that binds a name to a value: on one line, or with an item on each.

    Args:
        width: Characters of a line; texts and numbers are not broken.
    """
    text = inline(value)
    is_wide = len(f"{name} = {text}") > width
    if is_wide and type(value) not in _BRACKETS and len(text) + len(_INDENT) <= width:
        return f"{name} = (\n{_INDENT}{text}\n)"
    return "\n".join(_lines(f"{name} = ", value, "", width, 0))


def inline(value: object) -> str:
    """A value on one line."""
    match value:
        case str() | bytes():
            return _in_double_quotes(repr(value))
        case dict():
            return (
                f"{{{', '.join(f'{inline(key)}: {inline(each)}' for key, each in value.items())}}}"
            )
        case tuple() if len(value) == 1:
            return f"({inline(value[0])},)"
        case list() | tuple() | set() if value:
            first, last = _BRACKETS[type(value)]
            return f"{first}{', '.join(map(inline, _items(value)))}{last}"
        case float():
            return repr(value).replace("e+", "e")
        case _:
            return repr(value)


def _lines(before: str, value: object, after: str, width: int, depth: int) -> Iterator[str]:
    """A value, between what else stands on its line."""
    margin = _INDENT * depth
    line = f"{margin}{before}{inline(value)}{after}"
    if len(line) <= width or not isinstance(value, dict | list | tuple | set) or not value:
        yield line
        return
    first, last = _BRACKETS[type(value)]
    yield f"{margin}{before}{first}"
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _lines(f"{inline(key)}: ", each, ",", width, depth + 1)
    else:
        for each in _items(value):
            yield from _lines("", each, ",", width, depth + 1)
    yield f"{margin}{last}{after}"


def _items(value: Iterable[object]) -> Iterable[object]:
    """Those of a set in an order that is always the same."""
    return sorted(value, key=repr) if isinstance(value, set) else value


def _in_double_quotes(text: str) -> str:
    """What Python has in single quotes, unless more backslashes would be needed then."""
    start, _, rest = text.partition("'")
    body = rest[:-1]
    if text[-1] != "'" or body.count('"') > body.count("\\'"):
        return text
    return '{}"{}"'.format(start, body.replace("\\'", "'").replace('"', '\\"'))
