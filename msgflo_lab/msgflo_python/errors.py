"""What a program is told that asks for what is not here."""

from __future__ import annotations

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
