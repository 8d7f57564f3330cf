"""The names of the field, as distinct types, and what to say about a wrong one.

Lowest layer: imports nothing but the errors. A role, a port and a queue are all text, and mixing
them up is the classic bug of this family of tools; mypy keeps them apart here. A queue name is
*opaque*: it is taken from an announcement and never parsed.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable
from typing import NewType

ParticipantId = NewType("ParticipantId", str)
"""Unique to one live participant."""
Role = NewType("Role", str)
"""The node a participant plays in the graph; several participants may share it."""
PortName = NewType("PortName", str)
"""Names an inport or an outport within one participant."""
QueueName = NewType("QueueName", str)
"""The named end of a port on a broker. Opaque."""
ComponentName = NewType("ComponentName", str)
"""The reusable type that a role runs."""


def queue_for(role: Role, port: PortName) -> QueueName:
    """The queue name that our own participants *choose* for a port.

    Follows msgflo-nodejs (`ROLE.PORT`, port in capitals), so that msgflo's static setup, which
    assumes this form, can bind them too. Characters that MQTT forbids in a topic are escaped the
    way URLs escape them. Never use this to *guess* a foreign participant's queue.
    """
    name = f"{role}.{port.upper()}".replace("%", "%25")
    for forbidden in "+#\0":
        name = name.replace(forbidden, f"%{ord(forbidden):02X}")
    return QueueName(name.replace("$", "%24", 1) if name.startswith("$") else name)


def shown(name: str, limit: int = 60) -> str:
    """The name as a message to a person shows it: on one line, printable, at most `limit` long."""
    flat = name if name.isprintable() else json.dumps(name, ensure_ascii=True)[1:-1]
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"


def listed(names: Iterable[str], limit: int = 8) -> str:
    """`a, b, c and 4 more`, or `nothing` where there are no names."""
    every = [shown(name) for name in names]
    if not every:
        return "nothing"
    rest = len(every) - limit
    return ", ".join(every[:limit]) + (f" and {rest} more" if rest > 0 else "")


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that was probably meant, or None."""
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return found[0] if found else None
