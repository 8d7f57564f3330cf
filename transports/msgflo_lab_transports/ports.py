"""The queue options of ports, read and checked: the same for every transport. Pure.

A graph can move from one broker to another, so every transport takes the options of all, and
leaves alone what it has no use for. What none of them knows is a mistake.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgflo_lab.errors import InvalidDefinition
from msgflo_lab.names import QueueName, listed, nearest, shown

_WORDS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def _flag(value: Any) -> bool:
    """Raises ValueError: it says neither yes nor no."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str | int):
        found = _WORDS.get(str(value).strip().lower())
        if found is not None:
            return found
    raise ValueError("true or false")


def _number(value: Any) -> int:
    """Raises ValueError: it is none, or below 0."""
    is_one = isinstance(value, int) and not isinstance(value, bool)
    if is_one or (isinstance(value, str) and value.isascii() and value.isdigit()):
        number = int(value)
        if 0 <= number < 1 << 63:
            return number
    raise ValueError("a number from 0 on")


def _text(value: Any) -> str:
    """Raises ValueError: it is none."""
    if isinstance(value, str):
        return value
    raise ValueError("a text")


def _table(value: Any) -> Mapping[str, Any]:
    """Raises ValueError: it is none."""
    if isinstance(value, Mapping) and all(isinstance(name, str) for name in value):
        return value
    raise ValueError('a table of arguments, e.g. {"x-max-length": 100}')


_KNOWN: Mapping[str, Callable[[Any], Any]] = {
    "share": _flag,
    "persistent": _flag,
    "durable": _flag,
    "autoDelete": _flag,
    "auto_delete": _flag,
    "quorum": _flag,
    "messageTtl": _number,
    "expires": _number,
    "maxLength": _number,
    "maxPriority": _number,
    "deadLetterExchange": _text,
    "deadLetterRoutingKey": _text,
    "arguments": _table,
}
"""How each is read. RabbitMQ's own (`x-...`) are passed on as they are."""

OPTIONS = tuple(_KNOWN)
"""The options that a port may have, besides `x-...`."""


def port_options(queue: QueueName, options: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """The options of a port, with values of the right type.

    Raises:
        InvalidDefinition: An option that no transport knows, or a value that it cannot have.
    """
    found: dict[str, Any] = {}
    for name, value in (options or {}).items():
        if name.startswith("x-"):
            found[name] = value
            continue
        read = _KNOWN.get(name)
        if read is None:
            guess = nearest(name, _KNOWN)
            hint = f" (did you mean `{guess}`?)" if guess is not None else ""
            raise InvalidDefinition(
                f"queue `{shown(queue)}`: no option `{shown(name)}`{hint}; there are: "
                f"{listed(_KNOWN, 20)}, and RabbitMQ's `x-...`"
            )
        try:
            found[name] = read(value)
        except ValueError as error:
            raise InvalidDefinition(
                f"queue `{shown(queue)}`: option `{name}` is `{shown(str(value))}`; it can be: "
                f"{error}"
            ) from None
    return found
