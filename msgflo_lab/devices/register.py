"""Those who have been found, each under a role of its own.

Pure. Two devices may have one name. Then *both* get what tells them apart behind it: if the first
one kept the plain name, it would depend on the order of the messages whom an edge leads to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import msgspec

from ..names import ParticipantId, Role
from .adapter import Found
from .limits import MAX_FOUND, MAX_IGNORED


class Register:
    """Participants by id. Not thread-safe."""

    def __init__(self, limit: int = MAX_FOUND) -> None:
        self._limit = limit
        self._wished: dict[Role, dict[ParticipantId, str]] = {}
        """Who would like to have a role, and what tells them apart."""
        self._wish: dict[ParticipantId, Role] = {}
        self._taken: dict[Role, ParticipantId] = {}
        self._found: dict[ParticipantId, Found] = {}
        self.found: Mapping[ParticipantId, Found] = MappingProxyType(self._found)

    @property
    def is_full(self) -> bool:
        """Whether nobody new finds a place."""
        return len(self._found) >= self._limit

    def put(self, who: Found, own: str) -> bool:
        """Somebody was found, or is different now; with no place left, nothing happens.

        Args:
            who: With the role that is wished for.
            own: What tells it from others of that role; a slug.

        Returns:
            Whether anything changed.
        """
        key, wish = who.definition.id, who.definition.role
        before = self._found.get(key)
        if before is None and self.is_full:
            return False
        if before is not None and (self._wish[key] != wish or self._wished[wish][key] != own):
            self.drop(key)
            before = None
        if before is not None:
            role = before.definition.role
            who = _with_role(who, role)
            self._found[key] = who
            return who != before
        rivals = self._wished.setdefault(wish, {})
        self._wish[key] = wish
        rivals[key] = own
        self._found[key] = who
        # The first one has been alone until now; those after it only need a name themselves.
        self._settle(wish, rivals if len(rivals) == 2 else (key,))
        return True

    def alive(self, key: ParticipantId, is_alive: bool) -> None:
        """Somebody who was found says that they are there, or not."""
        self._found[key] = msgspec.structs.replace(self._found[key], is_alive=is_alive)

    def drop(self, key: ParticipantId) -> bool:
        """Somebody is gone. True if they were there."""
        who = self._found.pop(key, None)
        if who is None:
            return False
        self._taken.pop(who.definition.role, None)
        wish = self._wish.pop(key)
        rivals = self._wished[wish]
        del rivals[key]
        if len(rivals) == 1:
            self._settle(wish, rivals)
        elif not rivals:
            del self._wished[wish]
        return True

    def _settle(self, wish: Role, who: Iterable[ParticipantId]) -> None:
        """Give some of those who would like that role one of their own."""
        who = list(who)
        for key in who:
            role = self._found[key].definition.role
            if self._taken.get(role) == key:
                del self._taken[role]
        rivals = self._wished[wish]
        for key in who:
            base = wish if len(rivals) == 1 else Role(f"{wish}_{rivals[key]}")
            role, number = base, 1
            while role in self._taken:
                number += 1
                role = Role(f"{base}_{number}")
            self._taken[role] = key
            self._found[key] = _with_role(self._found[key], role)


class Ignored:
    """Why descriptions are not used, by topic; the oldest go when there are `MAX_IGNORED`."""

    def __init__(self) -> None:
        self._reasons: dict[str, str] = {}
        self.reasons: Mapping[str, str] = MappingProxyType(self._reasons)

    def put(self, topic: str, reason: str) -> None:
        """The description on that topic is of no use."""
        self._reasons.pop(topic, None)
        while len(self._reasons) >= MAX_IGNORED:
            del self._reasons[next(iter(self._reasons))]
        self._reasons[topic] = reason

    def drop(self, topic: str) -> None:
        """It is of use now, or gone."""
        self._reasons.pop(topic, None)


def _with_role(who: Found, role: Role) -> Found:
    definition = msgspec.structs.replace(who.definition, role=role)
    return msgspec.structs.replace(who, definition=definition)
