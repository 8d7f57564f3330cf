"""Who is there: announcements decoded, and the roster of those alive."""

from .announcement import Diagnosis, decode, encode
from .roster import (
    Contested,
    Event,
    Joined,
    Left,
    Liveness,
    Member,
    Returned,
    Roster,
    Silent,
    Updated,
)

__all__ = [
    "Contested",
    "Diagnosis",
    "Event",
    "Joined",
    "Left",
    "Liveness",
    "Member",
    "Returned",
    "Roster",
    "Silent",
    "Updated",
    "decode",
    "encode",
]
