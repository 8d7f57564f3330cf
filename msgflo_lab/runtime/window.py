"""Things that are under way: bounded, and with a gate that can be shut."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from typing import Generic, TypeVar

from .crossing import finish

T = TypeVar("T")


class Window(Generic[T]):
    """What has been given away and has not come back. On one loop.

    Full at a number of things, or at a size of them together (one of any size always fits), it has
    room again when it is half empty: who refills it, refills it with many.
    """

    def __init__(self, number: int, size: int = 0) -> None:
        """`size` in whatever unit `add` is given; 0 if sizes do not count."""
        self._limits = number, size or sys.maxsize
        self._sizes: dict[T, int] = {}
        self._size = 0
        self._full = False
        self._held = False
        self._abandoned = False
        self._changed: asyncio.Future[None] | None = None

    def add(self, thing: T, size: int = 0) -> None:
        """It is under way from now on."""
        self._sizes[thing] = size
        self._size += size
        if len(self._sizes) >= self._limits[0] or self._size >= self._limits[1]:
            self._full = True

    def remove(self, thing: T) -> None:
        """It has come back. Nothing happens if it was not under way."""
        size = self._sizes.pop(thing, None)
        if size is None:
            return
        self._size -= size
        number, most = self._limits
        if self._full and len(self._sizes) <= number // 2 and self._size <= most // 2:
            self._full = False
            self._change()
        elif not self._sizes:
            self._change()

    def __len__(self) -> int:
        return len(self._sizes)

    def __iter__(self) -> Iterator[T]:
        """What is under way, oldest first."""
        return iter(self._sizes)

    def hold(self) -> None:
        """Shut the gate: nobody has room until `let_go`."""
        self._held = True

    def let_go(self) -> None:
        """Open the gate again."""
        self._held = False
        self._change()

    def abandon(self) -> None:
        """What is under way will not come back: let nobody wait for it."""
        self._abandoned = True
        self._change()

    @property
    def is_full(self) -> bool:
        """Whoever wants to add has to wait for `room`."""
        return self._full or self._held

    async def room(self) -> None:
        """Wait until one more may be added."""
        while self._full or self._held:
            await self._next_change()

    async def none_left(self) -> None:
        """Wait until everything has come back, or has been abandoned."""
        while self._sizes and not self._abandoned:
            await self._next_change()

    async def _next_change(self) -> None:
        if self._changed is None:
            self._changed = asyncio.get_running_loop().create_future()
        # Several may wait for the same change, and one that is cancelled takes it from nobody.
        await asyncio.shield(self._changed)

    def _change(self) -> None:
        changed, self._changed = self._changed, None
        if changed is not None:
            finish(changed)
