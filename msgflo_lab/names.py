"""The names of the field, as distinct types, and what to say about a wrong one.

Lowest layer: imports nothing but the errors. A role, a port and a queue are all text, and mixing
them up is the classic bug of this family of tools; mypy keeps them apart here. A queue name is
*opaque*: it is taken from an announcement and never parsed.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable
from itertools import islice
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

COMPARED = 500
"""How many names are compared with a wrong one, to find what was meant."""
COMPARED_LENGTH = 100
"""Longer names are not compared: it would take too long."""


def queue_for(role: Role, port: PortName) -> QueueName:
    """The queue name that our own participants *choose* for a port.

    Follows msgflo-nodejs (`ROLE.PORT`, port in capitals), so that msgflo's static setup, which
    assumes this form, can bind them too. What a broker may refuse in a topic is escaped the way
    URLs escape it: MQTT's wildcards, a leading `$`, control characters, what is no character.
    Different roles and ports (capitals apart) get different queues: the last dot is the one between
    them. What others call theirs they announce; see `binding.assumed` for the time before.
    """
    name = f"{_FORBIDDEN.sub(_escaped, role)}.{_FORBIDDEN_IN_PORT.sub(_escaped, port.upper())}"
    return QueueName(name.replace("$", "%24", 1) if name.startswith("$") else name)


def dead_letters_of(queue: QueueName) -> QueueName:
    """Where the rejected messages of a queue go: `dead-<queue>`, as msgflo-nodejs has it."""
    return QueueName(f"dead-{queue}")


def is_waiting_room(queue: QueueName) -> bool:
    """Whether this is a queue in which a lab keeps the messages of a binding that it holds.

    Nobody rejects there, and it goes by itself: it needs no place for dead letters. See
    `runtime.holding`, which chooses the name.
    """
    return _WAITING_ROOM.fullmatch(queue) is not None


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
    """The known name that was probably meant, or None. Looks at the first `COMPARED` only."""
    short = [each for each in islice(known, COMPARED) if len(each) <= COMPARED_LENGTH]
    found = difflib.get_close_matches(name[:COMPARED_LENGTH], short, n=1, cutoff=0.6)
    return found[0] if found else None


_WAITING_ROOM = re.compile(r"held-[0-9a-f]{24}")

_NO_CHARACTERS = "".join(map(chr, range(0xFDD0, 0xFDF0))) + "".join(
    chr(plane << 16 | low) for plane in range(17) for low in (0xFFFE, 0xFFFF)
)
_FORBIDDEN = re.compile(f"[%+#\\x00-\\x1f\\x7f-\\x9f\\ud800-\\udfff{_NO_CHARACTERS}]")
_FORBIDDEN_IN_PORT = re.compile(_FORBIDDEN.pattern.replace("[", r"[.", 1))


def _escaped(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode(errors="surrogatepass"))
