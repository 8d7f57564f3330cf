"""What a program is told that asks for what is not here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import MsgFloLabError


def _advice(name: str) -> str:
    return (
        f"`{name}` is not in msgflo-lab's stand-in for gevent, which can spawn, sleep and wait; "
        "`pip install gevent` brings all of it, and is used as soon as it is there"
    )


class NotStoodIn(MsgFloLabError, ImportError):
    """A part of gevent that has no stand-in."""

    def __init__(self, name: str) -> None:
        super().__init__(_advice(name))


class NoSuchName(MsgFloLabError, AttributeError):
    """A name in a part of gevent that has a stand-in, but not for that."""

    def __init__(self, name: str) -> None:
        super().__init__(_advice(name))


def absent(part: str) -> Callable[[str], Any]:
    """The `__getattr__` of a part of gevent that has a stand-in: says what is not in it.

    `from PART import NAME` asks for a module of that name as well, if only PART is a package
    (it has a `__path__`): so `finding` is asked, which says the same.
    """

    def of_module(name: str) -> Any:
        raise AttributeError(name) if name.startswith("_") else NoSuchName(f"{part}.{name}")

    return of_module
