"""Carries bindings out: drives what the broker has towards what should be there, for ever.

It is told which bindings to look at again, and leaves the rest to one task. Nothing else binds.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Set

from ..binding import Binding
from ..errors import InvalidName
from ..names import QueueName
from ..signal import Signal
from ..transport import Binder
from .holding import Holding, held_queue
from .limits import BIND_AT_ONCE, BIND_RETRY

log = logging.getLogger(__name__)


class Carrier:
    """On one loop.

    Attributes:
        bound: What is in place.
        begun: Told of each binding that was not there before, in whatever form.
    """

    def __init__(
        self,
        binder: Binder,
        *,
        wanted: Callable[[], Set[Binding]],
        is_to_hold: Callable[[Binding], bool],
        holding: Holding | None,
        send_packets: Callable[[asyncio.TaskGroup], Awaitable[None]],
        has_packets: Callable[[], bool],
        on_change: Callable[[Binding], object],
        refused: Callable[[Exception], object],
    ) -> None:
        """Create it.

        Args:
            wanted: What should be there, as of now.
            is_to_hold: True for what is wanted and whose messages are to wait.
            holding: Where they wait.
            send_packets: Sends what is to follow new bindings; `has_packets` if there is any.
            on_change: Told of what has been bound, unbound or held.
            refused: Told what the broker did not want. It is tried again.
        """
        self.bound: set[Binding] = set()
        self.begun: Signal[Binding] = Signal()
        self._binder = binder
        self._wanted = wanted
        self._is_to_hold = is_to_hold
        self._holding = holding
        self._send_packets = send_packets
        self._has_packets = has_packets
        self._on_change = on_change
        self._refused = refused
        self._asked: set[Binding] = set()
        self._todo: dict[Binding, None] = {}
        self._left_held: set[QueueName] = set()
        self._wake = asyncio.Event()
        self._settled = asyncio.Event()
        self._retry_after = BIND_RETRY[0]
        self._is_busy = False

    @property
    def is_idle(self) -> bool:
        """True if nothing is being done, or left to do, or to try again."""
        return not self._todo and not self._is_busy

    @property
    def held(self) -> int:
        """How many messages wait here for graphs that are stopped."""
        return self._holding.waiting if self._holding is not None else 0

    def passes(self, binding: Binding) -> bool:
        """True if messages go straight to the target: it is bound, or has just been released."""
        is_left = self._holding is not None and self._holding.is_left(binding)
        return binding in self.bound or is_left

    def look_at(self, bindings: Iterable[Binding]) -> None:
        """These may have to be bound, unbound or held."""
        before = len(self._todo)
        self._todo.update(dict.fromkeys(bindings))
        if len(self._todo) > before:
            self.awaken()

    def undo(self, bindings: Set[Binding]) -> None:
        """Somebody has bound these before us, and nobody wants them."""
        self._asked |= bindings
        self.look_at(bindings)

    def left_held(self, queues: Iterable[QueueName]) -> None:
        """In these, messages have waited since an earlier life of this lab."""
        self._left_held = set(queues)

    def awaken(self) -> None:
        """There is something to do, a binding or a packet."""
        self._settled.clear()
        self._wake.set()

    def try_again(self) -> None:
        """The link is back: there is hope for what was refused."""
        self._retry_after = BIND_RETRY[0]
        self._wake.set()

    async def settled(self) -> None:
        """Wait until all that is due has been tried."""
        await self._settled.wait()

    async def run(self) -> None:
        """Carry out what is due, for ever."""
        try:
            async with asyncio.TaskGroup() as senders:
                while True:
                    if not self._todo and not self._has_packets():
                        self._settled.set()
                        await self._wake.wait()
                    self._wake.clear()
                    self._is_busy = True
                    went_well = await self._carry_out(senders)
                    self._is_busy = False
                    if not went_well:
                        await self._pause()
        finally:
            self._settled.set()

    async def _pause(self) -> None:
        if not self._wake.is_set():
            self._settled.set()
        delay = self._retry_after
        self._retry_after = min(delay * 2, BIND_RETRY[1])
        try:
            async with asyncio.timeout(delay):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _carry_out(self, senders: asyncio.TaskGroup) -> bool:
        """One round. New bindings come before old ones go, so that nothing falls between."""
        todo, self._todo = list(self._todo), {}
        wanted = self._wanted()
        hold = [b for b in todo if b in wanted and self._is_to_hold(b)]
        bind = [b for b in todo if b in wanted and b not in self.bound and b not in hold]
        unbind = [b for b in todo if b not in wanted and (b in self._asked or self._holds(b))]
        went_well = await self._each(hold, self._hold)
        went_well &= await self._each(bind, self._bind)
        went_well &= await self._each(unbind, self._unbind)
        await self._send_packets(senders)
        if went_well:
            self._retry_after = BIND_RETRY[0]
        return went_well

    async def _each(
        self, bindings: list[Binding], act: Callable[[Binding], Awaitable[None]]
    ) -> bool:
        went_well = True
        for start in range(0, len(bindings), BIND_AT_ONCE):
            part = bindings[start : start + BIND_AT_ONCE]
            results = await asyncio.gather(*map(act, part), return_exceptions=True)
            for binding, result in zip(part, results, strict=True):
                if isinstance(result, InvalidName):
                    self._refused(result)  # and will be each time: until somebody changes it
                elif isinstance(result, Exception):
                    self._refused(result)
                    self._todo[binding] = None
                    went_well = False
                elif isinstance(result, BaseException):
                    raise result
        return went_well

    async def _bind(self, binding: Binding) -> None:
        self._asked.add(binding)  # even if this fails, the broker may have done it
        queue, holding = held_queue(binding) if self._left_held else None, self._holding
        if queue in self._left_held and holding is not None:
            # It was held when an earlier life of this lab ended: what waits there goes on.
            await holding.hold(binding, is_bound=False)
            self._left_held.discard(queue)
        if holding is not None and binding in holding:
            await holding.release(binding)
        else:
            await self._binder.bind(binding)
            self.begun(binding)
        self.bound.add(binding)
        self._on_change(binding)

    async def _unbind(self, binding: Binding) -> None:
        if binding in self._wanted():
            return  # again, since this round began
        if self._holding is not None and binding in self._holding:
            await self._holding.drop(binding)
        await self._binder.unbind(binding)
        self._asked.discard(binding)
        self.bound.discard(binding)
        self._on_change(binding)

    async def _hold(self, binding: Binding) -> None:
        assert self._holding is not None
        await self._holding.hold(binding, is_bound=binding in self.bound)
        self.bound.discard(binding)
        self._on_change(binding)

    def _holds(self, binding: Binding) -> bool:
        return self._holding is not None and binding in self._holding
