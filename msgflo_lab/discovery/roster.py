"""The roster: which participants are alive, stale or dead at a given moment, by role.

Pure layer: the caller says what time it is (`now`, in seconds on any steady clock). Each call
returns what it changed, as events.

MsgFlo's participants repeat their announcement every *period* / 2.2 and the protocol calls them
stopped after 600 s of silence. So a participant that was heard a few times shows its own period
(2.2 times the longest interval it keeps): silent for longer than that, it is *stale*. Without a
known interval (some announce themselves only once) it is stale after 600 / 2.2 s. After 600 s it is
dead and leaves the roster.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

import msgspec

from ..definition import ParticipantDefinition, Side
from ..names import ParticipantId, PortName, QueueName, Role
from .limits import (
    FLIPS_OF_ONE,
    GAPS_KEPT,
    GAPS_NEEDED,
    HEARTBEAT,
    MAX_FORGOTTEN,
    MAX_PARTICIPANTS,
    PERIOD_PER_INTERVAL,
    REPEATS_OF_ONE,
    SHORTEST_INTERVAL,
)


class Liveness(Enum):
    """How alive a participant is. Dead ones are not in the roster."""

    ALIVE = "alive"
    STALE = "stale"


@dataclass(slots=True)
class Member:
    """One participant in the roster."""

    definition: ParticipantDefinition
    last_seen: float
    gaps: deque[float] = field(default_factory=lambda: deque(maxlen=GAPS_KEPT))
    """Seconds between its latest announcements."""
    liveness: Liveness = Liveness.ALIVE
    replaced: ParticipantDefinition | None = None
    """What it announced before it announced something else."""
    flips: int = 0
    """How often it went back to that, without settling in between."""
    repeats: int = 0
    """How often it has said the same since."""


@dataclass(frozen=True, slots=True)
class Joined:
    """A participant is there that was not there before."""

    definition: ParticipantDefinition


@dataclass(frozen=True, slots=True)
class Updated:
    """A participant announced something else than before."""

    before: ParticipantDefinition
    definition: ParticipantDefinition


@dataclass(frozen=True, slots=True)
class Contested:
    """Two participants announce themselves under one id, in turns."""

    before: ParticipantDefinition
    definition: ParticipantDefinition


@dataclass(frozen=True, slots=True)
class Silent:
    """A participant has become stale."""

    definition: ParticipantDefinition


@dataclass(frozen=True, slots=True)
class Returned:
    """A stale participant was heard again: it may have been restarted in between."""

    definition: ParticipantDefinition


@dataclass(frozen=True, slots=True)
class Left:
    """A participant is dead, or was forgotten."""

    definition: ParticipantDefinition


Event = Joined | Updated | Contested | Silent | Returned | Left


@dataclass(slots=True)
class Roster:
    """Who is there. Not thread-safe.

    Attributes:
        heartbeat: Seconds of silence after which a participant is dead.
    """

    heartbeat: float = HEARTBEAT
    _members: dict[ParticipantId, Member] = field(default_factory=dict)
    _by_role: dict[Role, dict[ParticipantId, Member]] = field(default_factory=dict)
    _forgotten: dict[ParticipantId, None] = field(default_factory=dict)
    _contested: dict[ParticipantId, None] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._members)

    def __iter__(self) -> Iterator[Member]:
        return iter(self._members.values())

    def __contains__(self, participant: ParticipantId) -> bool:
        return participant in self._members

    @property
    def roles(self) -> Mapping[Role, Mapping[ParticipantId, Member]]:
        """The members by role; roles and members in the order in which they came."""
        return self._by_role

    def member(self, participant: ParticipantId) -> Member | None:
        """A participant by its id, or None."""
        return self._members.get(participant)

    def members(self, role: Role) -> list[Member]:
        """The participants of a role, oldest first; none if nobody plays it."""
        return list(self._by_role.get(role, {}).values())

    def queues(self, role: Role, side: Side, port: PortName) -> tuple[QueueName, ...]:
        """The different queues that the role's participants announced for a port."""
        found: dict[QueueName, None] = {}
        for member in self._by_role.get(role, {}).values():
            entry = member.definition.port(side, port)
            if entry is not None and entry.queue is not None:
                found[entry.queue] = None
        return tuple(found)

    def heard(self, definition: ParticipantDefinition, now: float) -> tuple[Event, ...]:
        """A participant announced itself.

        An id that left for good stays away: announcements that were under way then must not bring
        it back. An id that several participants use in different roles (the empty one, say, which
        is legal) is told apart by their roles, once that has been noticed.
        """
        if definition.id in self._contested:
            definition = _by_its_role(definition)
        who = definition.id
        member = self._members.get(who)
        if member is None:
            if who in self._forgotten or len(self._members) >= MAX_PARTICIPANTS:
                return ()
            self._put(Member(definition, last_seen=now))
            return (Joined(definition),)
        if definition == member.replaced:
            member.flips += 1
            if member.flips >= FLIPS_OF_ONE:
                return self._contest(member, definition, now)
        events: list[Event] = []
        gap = now - member.last_seen
        member.last_seen = now
        if member.liveness is Liveness.STALE:
            member.liveness = Liveness.ALIVE
            member.gaps.clear()
            events.append(Returned(definition))
        elif gap >= SHORTEST_INTERVAL:
            member.gaps.append(gap)
        before = member.definition
        member.repeats += 1
        if member.repeats >= REPEATS_OF_ONE:
            member.flips = 0
        if before != definition:
            member.replaced, member.repeats = before, 0
            if before.role != definition.role:
                self._drop(who)
                member.definition = definition
                self._put(member)
            member.definition = definition
            events.insert(0, Updated(before, definition))
        return tuple(events)

    def renamed(self, definition: ParticipantDefinition, now: float) -> tuple[Event, ...]:
        """A participant that we know well plays another role: no second one has its id."""
        member = self._members.get(definition.id)
        if member is not None:
            member.replaced, member.flips = None, 0
        return self.heard(definition, now)

    def sweep(self, now: float) -> tuple[Event, ...]:
        """Let time pass: who has become stale, who has died. Call it every second or so."""
        events: list[Event] = []
        for who, member in list(self._members.items()):
            silence = now - member.last_seen
            if silence > self.heartbeat:
                self._drop(who)
                events.append(Left(member.definition))
            elif member.liveness is Liveness.ALIVE and silence > self.patience(member):
                member.liveness = Liveness.STALE
                events.append(Silent(member.definition))
        return tuple(events)

    def silence(self, participant: ParticipantId) -> tuple[Event, ...]:
        """Somebody knows that it is not there at present; it is stale until it is heard again."""
        member = self._members.get(participant)
        if member is None or member.liveness is Liveness.STALE:
            return ()
        member.liveness = Liveness.STALE
        return (Silent(member.definition),)

    def patience(self, member: Member) -> float:
        """Seconds of silence after which this participant counts as stale."""
        period = max(member.gaps, default=0.0) * PERIOD_PER_INTERVAL
        if len(member.gaps) < GAPS_NEEDED:
            period = max(period, self.heartbeat / PERIOD_PER_INTERVAL)
        return min(period, self.heartbeat)

    def excuse(self, seconds: float) -> None:
        """Nobody could be heard for so long: it is not held against them."""
        for member in self._members.values():
            member.last_seen += seconds

    def forget(self, participant: ParticipantId, *, for_good: bool = True) -> tuple[Event, ...]:
        """A participant has left, and somebody knows.

        Args:
            for_good: The id is unique to that life and must not come back. Without it, the
                participant is here again as soon as it is heard again: many devices keep one id.
        """
        member = self._members.get(participant)
        if for_good:
            self._forgotten[participant] = None
            while len(self._forgotten) > MAX_FORGOTTEN:
                del self._forgotten[next(iter(self._forgotten))]
        if member is None:
            return ()
        self._drop(participant)
        return (Left(member.definition),)

    def _contest(
        self, member: Member, definition: ParticipantDefinition, now: float
    ) -> tuple[Event, ...]:
        """The same id says again what it had taken back: there are two of them."""
        other = member.definition
        if other.role == definition.role:
            # Nothing tells them apart; at least somebody hears of it, once.
            member.definition, member.replaced, member.last_seen = definition, None, now
            member.flips = 0
            return (Updated(other, definition), Contested(other, definition))
        self._contested[definition.id] = None
        self._drop(definition.id)
        both = [_by_its_role(each) for each in (other, definition)]
        for each in both:
            self._put(Member(each, last_seen=now))
        return (Contested(other, definition), Left(other), *(Joined(each) for each in both))

    def _put(self, member: Member) -> None:
        who, role = member.definition.id, member.definition.role
        self._members[who] = member
        self._by_role.setdefault(role, {})[who] = member

    def _drop(self, who: ParticipantId) -> None:
        role = self._members.pop(who).definition.role
        playing = self._by_role[role]
        del playing[who]
        if not playing:
            del self._by_role[role]


def _by_its_role(definition: ParticipantDefinition) -> ParticipantDefinition:
    told_apart = ParticipantId(f"{definition.id} as {definition.role}")
    return msgspec.structs.replace(definition, id=told_apart)
