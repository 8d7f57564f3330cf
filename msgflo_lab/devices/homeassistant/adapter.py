"""Home Assistant's MQTT discovery.

Pure. See `msgflo_lab.devices.adapter` for what an adapter is.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count

import msgspec

from ...names import ParticipantId
from ..adapter import Found
from ..limits import MAX_STATUS, MAX_TOPIC, MAX_WATCHED
from ..naming import slug
from ..register import Ignored, Register
from .availability import Availability, availability
from .config import Entity, Unusable, entities
from .participant import NAME, group_of, participant


class HomeAssistant:
    """Devices that describe themselves for Home Assistant. Not thread-safe.

    Args:
        prefix: Of the discovery topics; no wildcards.
    """

    name = NAME

    def __init__(self, prefix: str = NAME) -> None:
        self._prefix = prefix.strip("/")
        self.filters = (f"{self._prefix}/+/+/config", f"{self._prefix}/+/+/+/config")
        self._register = Register()
        self._ignored = Ignored()
        self._by_topic: dict[str, tuple[Entity, ...]] = {}
        """What each discovery topic describes."""
        self._groups: dict[ParticipantId, dict[str, Entity]] = {}
        self._availability: dict[ParticipantId, Availability] = {}
        self._states: dict[ParticipantId, dict[str, tuple[int, bool]]] = {}
        """What the topics of availability said to each that counts, and when (a number)."""
        self._watchers: dict[str, dict[ParticipantId, None]] = {}
        """Who is interested in a topic."""
        self._said: dict[str, tuple[int, bytes]] = {}
        """The last message of each topic that somebody is interested in."""
        self._number = count()
        self._watching: frozenset[str] | None = None

    @property
    def watching(self) -> frozenset[str]:
        """See `Adapter.watching`."""
        if self._watching is None:
            self._watching = frozenset(self._watchers)
        return self._watching

    @property
    def found(self) -> Mapping[ParticipantId, Found]:
        """See `Adapter.found`."""
        return self._register.found

    @property
    def ignored(self) -> Mapping[str, str]:
        """See `Adapter.ignored`."""
        return self._ignored.reasons

    def hear(self, topic: str, payload: bytes) -> bool:
        """See `Adapter.hear`."""
        changed = self._hear_status(topic, payload) if topic in self._watchers else False
        if topic.startswith(f"{self._prefix}/") and topic.endswith("/config"):
            return self._hear_config(topic, payload) or changed
        return changed

    def _hear_config(self, topic: str, payload: bytes) -> bool:
        inner = topic[len(self._prefix) + 1 : -len("/config")]
        try:
            if len(topic) > MAX_TOPIC:
                raise Unusable(f"a topic of {len(topic):,} characters")
            described = tuple(entities(inner, payload))
        except Unusable as why:
            self._ignored.put(topic[:MAX_TOPIC], str(why))
            return False
        before = self._by_topic.get(topic, ())
        if described and described == before:
            return False  # And what was said against it holds.
        self._ignored.drop(topic)
        self._by_topic.pop(topic, None)
        touched: dict[ParticipantId, None] = {}
        for entity in before:
            touched[group_of(entity)] = None
            self._groups[group_of(entity)].pop(entity.id, None)
        for entity in described:
            who = group_of(entity)
            if who not in self.found and self._register.is_full:
                self._ignored.put(topic, "there are MAX_FOUND participants already")
                continue
            touched[who] = None
            self._groups.setdefault(who, {})[entity.id] = entity
        kept = tuple(e for e in described if e.id in self._groups.get(group_of(e), ()))
        if kept:
            self._by_topic[topic] = kept
        # Not `any`: each of them has to be looked at.
        return True in [self._settle(who, topic) for who in touched]

    def _settle(self, who: ParticipantId, topic: str) -> bool:
        """Work out a participant anew. True if it is different now."""
        members = list(self._groups[who].values())
        try:
            found = participant(who, members) if members else None
        except Unusable as why:
            self._ignored.put(topic, str(why))
            found = None
        if found is None:
            if not members:
                del self._groups[who]
            self._watch(who, Availability())
            self._availability.pop(who, None)
            self._states.pop(who, None)
            return self._register.drop(who)
        when, notes = availability(members[0].config)
        notes += self._watch(who, when)
        if when != self._availability.get(who):
            self._availability[who] = when
            self._states[who] = {}
            for source in when.sources:
                if source.topic in self._said:
                    self._tell(who, source.topic)
        found = msgspec.structs.replace(
            found, is_alive=self._is_there(who), notes=(*found.notes, *notes)
        )
        return self._register.put(found, slug(members[0].own) or "2")

    def _watch(self, who: ParticipantId, when: Availability) -> list[str]:
        """Watch the topics that somebody names, and no longer those they have named before."""
        before = {each.topic for each in self._availability.get(who, Availability()).sources}
        after = {each.topic for each in when.sources}
        notes = []
        for topic in before - after:
            watchers = self._watchers.get(topic, {})
            watchers.pop(who, None)
            if not watchers and self._watchers.pop(topic, None) is not None:
                self._said.pop(topic, None)
                self._watching = None
        for topic in sorted(after - before):
            if topic not in self._watchers:
                if len(self._watchers) >= MAX_WATCHED:
                    notes.append(
                        "too many topics of availability: whether it is alive is not known"
                    )
                    continue
                self._watching = None
            self._watchers.setdefault(topic, {})[who] = None
        return notes

    def _hear_status(self, topic: str, payload: bytes) -> bool:
        self._said[topic] = (next(self._number), payload[:MAX_STATUS])
        changed = False
        for who in self._watchers[topic]:
            self._tell(who, topic)
            found = self.found.get(who)
            is_alive = self._is_there(who)
            if found is not None and found.is_alive != is_alive:
                self._register.alive(who, is_alive)
                changed = True
        return changed

    def _tell(self, who: ParticipantId, topic: str) -> None:
        """Take note of what a topic said last, if it means anything to somebody."""
        number, payload = self._said[topic]
        for source in self._availability[who].sources:
            state = source.says(payload) if source.topic == topic else None
            if state is not None:
                self._states[who][topic] = (number, state)

    def _is_there(self, who: ParticipantId) -> bool:
        when = self._availability[who]
        if any(each.topic not in self._watchers for each in when.sources):
            return True
        return when.is_there(self._states[who])
