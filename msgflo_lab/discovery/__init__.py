"""Who is there: announcements decoded, and the roster of those alive."""

from .announcement import Diagnosis, decode, encode
from .roster import Event, Joined, Left, Liveness, Member, Returned, Roster, Silent, Updated

__all__ = [
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
