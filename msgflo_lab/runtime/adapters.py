"""Device adapters at work: whoever describes himself on a broker becomes a foreign participant."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable

import msgspec

from ..definition import ParticipantDefinition
from ..devices.adapter import Adapter
from ..errors import ConnectionFailed, MsgFloLabError
from ..names import ParticipantId, Role, shown
from ..transport import Subscription
from .foreigner import Report
from .foreigners import Foreigners
from .limits import ADAPTER_AGAIN, ADAPTER_PAUSE, ADAPTER_REASONS

log = logging.getLogger(__name__)

FreeRole = Callable[[ParticipantDefinition], Role]
"""A role that nobody else plays; the one that it asks for, if that is free."""


OnCame = Callable[[ParticipantDefinition], object]
OnGone = Callable[[ParticipantId], object]
OnIgnored = Callable[[str, str], object]
"""Told of a topic whose description is of no use, and why."""


class Adapting:
    """One adapter on one broker, until it is stopped. Made by `start`."""

    def __init__(
        self,
        adapter: Adapter,
        foreigners: Foreigners,
        *,
        free_role: FreeRole,
        report: Report,
        came: OnCame,
        gone: OnGone,
        ignored: OnIgnored | None,
    ) -> None:
        self.adapter = adapter
        self._came, self._gone, self._ignored = came, gone, ignored
        self._reasons: set[tuple[str, str]] = set()
        """What has been told of that; `ADAPTER_REASONS` at most."""
        self._foreigners = foreigners
        self._free_role = free_role
        self._report = report
        self._described: dict[ParticipantId, ParticipantDefinition | None] = {}
        """Whom it has registered, and as what; None if that has not been done to its end."""
        self._watched: dict[str, Subscription] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._changed = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._following: asyncio.Task[None] | None = None

    @classmethod
    async def start(
        cls,
        adapter: Adapter,
        foreigners: Foreigners,
        *,
        free_role: FreeRole,
        report: Report,
        came: OnCame = lambda _: None,
        gone: OnGone = lambda _: None,
        ignored: OnIgnored | None = None,
    ) -> Adapting:
        """Listen to those who describe themselves.

        Args:
            free_role: Chooses the roles.
            report: Told what cannot be done.
            came: Told of everybody who is announced, and of who has changed.
            gone: Told of everybody who is not described any more.
            ignored: Told why a description is not used: each reason once, `ADAPTER_REASONS` in all.

        Raises:
            TransportError: The broker refuses, or has no topics.
        """
        made = cls(
            adapter,
            foreigners,
            free_role=free_role,
            report=report,
            came=came,
            gone=gone,
            ignored=ignored,
        )
        try:
            for pattern in adapter.filters:
                await made._listen(pattern)
            # Not before: it would listen a second time to what is still to come here, for ever;
            # and nobody is to be there by the half of what is said of him.
            made._following = asyncio.create_task(made._follow(), name=f"{adapter.name}: follow")
        except BaseException:
            await made.stop()
            raise
        return made

    async def stop(self) -> None:
        """Listen no more, and forget whom it has found. Idempotent."""
        following, self._following = self._following, None
        if following is not None:
            # First, and to its end: it may be about to listen to more.
            following.cancel()
            await asyncio.wait([following])
        if self._timer is not None:
            self._timer.cancel()
        watched, self._watched = self._watched, {}
        for each in watched.values():
            with contextlib.suppress(MsgFloLabError):
                await each.close()
        tasks, self._tasks = list(self._tasks.values()), {}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        described, self._described = self._described, {}
        for participant in described:
            await self._forget(participant)

    async def _forget(self, participant: ParticipantId) -> None:
        await self._foreigners.forget(participant)
        self._gone(participant)

    async def _listen(self, pattern: str) -> None:
        subscription = await self._foreigners.topics.listen(pattern)
        self._watched[pattern] = subscription
        self._tasks[pattern] = asyncio.create_task(self._hear(subscription), name=pattern)

    async def _hear(self, subscription: Subscription) -> None:
        async for delivery in subscription:
            try:
                if self.adapter.hear(delivery.queue, delivery.payload):
                    self._changed.set()
            except Exception as error:  # a mistake of ours; nobody else is to go unheard
                log.exception("adapter %s: %s", self.adapter.name, delivery.queue)
                self._report(f"{self.adapter.name}: {shown(delivery.queue)}: {error!r}")
            delivery.ack()
            if self._ignored is not None:
                self._tell_ignored(self._ignored)

    def _tell_ignored(self, told: OnIgnored) -> None:
        for topic, why in self.adapter.ignored.items() - self._reasons:
            if len(self._reasons) >= ADAPTER_REASONS:
                return
            self._reasons.add((topic, why))
            told(topic, why)
            if len(self._reasons) == ADAPTER_REASONS:
                self._report(f"{self.adapter.name}: no more of what is ignored is told")

    async def _follow(self) -> None:
        while True:
            await self._changed.wait()
            # Many describe themselves at once: what is retained comes with the subscription.
            await asyncio.sleep(ADAPTER_PAUSE)
            self._changed.clear()
            try:
                await self._follow_once()
            except MsgFloLabError as error:
                self._report(f"{self.adapter.name}: {error}")
                self._again()
            except Exception as error:  # a mistake of ours; the others are to be found all the same
                log.exception("adapter %s", self.adapter.name)
                self._report(f"{self.adapter.name}: {type(error).__name__}: {error}")

    async def _follow_once(self) -> None:
        wanted = {*self.adapter.filters, *self.adapter.watching}
        for pattern in self._watched.keys() - wanted:
            subscription = self._watched.pop(pattern)
            await subscription.close()
            del self._tasks[pattern]
        for pattern in wanted - self._watched.keys():
            await self._listen(pattern)
        found = dict(self.adapter.found)
        for gone in self._described.keys() - found.keys():
            await self._forget(gone)
            del self._described[gone]
        for participant, each in found.items():
            if self._described.get(participant) == each.definition:
                await self._foreigners.set_alive(participant, each.is_alive)
                continue
            role = self._free_role(each.definition)
            definition = msgspec.structs.replace(each.definition, role=role)
            self._described[participant] = None
            try:
                member = await self._foreigners.register(definition, is_alive=each.is_alive)
            except ConnectionFailed:
                raise  # so it would be with all others
            except MsgFloLabError as error:
                self._report(f"{self.adapter.name}: `{each.definition.role}`: {error}")
            else:
                self._came(member.announced)
            # Until it describes itself otherwise, it would only be refused again.
            self._described[participant] = each.definition

    def _again(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(ADAPTER_AGAIN, self._changed.set)
