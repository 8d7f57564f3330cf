"""The device adapters of one lab: which are on, and what they have found."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from ..definition import ParticipantDefinition
from ..devices import ADAPTERS, Adapter, adapter_of
from ..errors import UnknownName
from ..names import ParticipantId, Role
from .adapters import Adapting
from .foreigners import Foreigners
from .session import Session

Opened = Callable[[], Awaitable[Foreigners]]
"""Gives the connections of a session; they are made when they are needed."""


class Switches:
    """What is on stays on in later sessions. All of it on the loop.

    Attributes:
        prefixes: Of the adapters that are on; None for the usual first level of topics.
    """

    def __init__(self) -> None:
        self.prefixes: dict[str, str | None] = {}
        self._at_work: dict[str, Adapting] = {}
        self._roles: dict[ParticipantId, Role] = {}
        self._switching = asyncio.Lock()

    @property
    def adapters(self) -> list[Adapter]:
        """Those at work."""
        return [each.adapter for each in self._at_work.values()]

    @property
    def states(self) -> dict[str, bool]:
        """All adapters there are, and whether each is on."""
        return {name: name in self.prefixes for name in ADAPTERS}

    @property
    def ignored(self) -> dict[str, str]:
        """By topic, why a description that an adapter has heard is of no use."""
        return {topic: why for each in self.adapters for topic, why in each.ignored.items()}

    def found_by(self, participant: ParticipantId) -> tuple[str, tuple[str, ...]]:
        """The adapter that has found it ("" if none has), and its notes."""
        for name, at_work in self._at_work.items():
            found = at_work.adapter.found.get(participant)
            if found is not None:
                return name, found.notes
        return "", ()

    async def turn_on(
        self, name: str, prefix: str | None, session: Session | None, open_: Opened
    ) -> None:
        """Let an adapter work from now on.

        Args:
            prefix: The first level of its topics, if not the usual one.
            session: The one there is.
            open_: Gives the connections to work on.

        Raises:
            UnknownName, InvalidName: There is no such adapter, or prefix.
            TransportError: The broker refuses, or has no topics.
        """
        adapter_of(name, prefix)
        async with self._switching:
            if session is not None:
                await self.begin(name, prefix, session, await open_())
            self.prefixes[name] = prefix

    async def turn_off(self, name: str) -> None:
        """Let it work no more; whom it has found leaves.

        Raises:
            UnknownName: It is not on.
        """
        async with self._switching:
            if name not in self.prefixes:
                raise UnknownName("adapter at work", name, known=self.prefixes)
            del self.prefixes[name]
            at_work = self._at_work.pop(name, None)
            if at_work is not None:
                await at_work.stop()

    async def begin(
        self, name: str, prefix: str | None, session: Session, foreigners: Foreigners
    ) -> None:
        """Put one to work, in place of any that is. Raises as `turn_on`."""
        before = self._at_work.pop(name, None)
        if before is not None:
            await before.stop()
        self._at_work[name] = await Adapting.start(
            adapter_of(name, prefix),
            foreigners,
            free_role=partial(self._free_role, session),
            report=session.coordinator.report,
            gone=partial(session.coordinator.forget, for_good=False),
        )

    async def end(self) -> None:
        """The session ends: none is at work, and what is on stays so."""
        at_work, self._at_work = self._at_work, {}
        for each in at_work.values():
            await each.stop()

    def _free_role(self, session: Session, definition: ParticipantDefinition) -> Role:
        if definition.id in self._roles:
            return self._roles[definition.id]
        role, number = definition.role, 1
        while _is_played(session, role, definition.id):
            number += 1
            role = Role(f"{definition.role}_{number}")
        # It keeps that, also in the next session: edges lead there.
        self._roles[definition.id] = role
        return role


def _is_played(session: Session, role: Role, by: ParticipantId) -> bool:
    others = (each.definition.id for each in session.coordinator.roster.members(role))
    return role in session.local or any(each != by for each in others)
