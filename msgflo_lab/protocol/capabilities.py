"""Who may do what. The names are the protocol's."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from enum import StrEnum


class Level(StrEnum):
    """What a secret is good for; each level includes those before it."""

    READ = "read"
    """See graphs, components, their sources, and what flows."""
    CONTROL = "control"
    """Start and stop networks, send packets to their ports, record traces."""
    EDIT = "edit"
    """Change graphs."""
    SOURCE = "source"
    """Set what is run: sources, expressions. This is to run any code in this process."""


_NEW = {
    Level.READ: (
        "graph:readonly",
        "network:status",
        "network:data",
        "protocol:component",
        "component:getsource",
    ),
    Level.CONTROL: ("network:control", "protocol:network", "protocol:runtime", "protocol:trace"),
    Level.EDIT: ("protocol:graph", "network:persist"),
    Level.SOURCE: ("component:setsource",),
}

ALL = tuple(name for names in _NEW.values() for name in names)
"""All capabilities that this runtime has."""


def capabilities(level: Level | None) -> tuple[str, ...]:
    """What a level grants; nothing without one."""
    if level is None:
        return ()
    levels = list(Level)
    return tuple(name for each in levels[: levels.index(level) + 1] for name in _NEW[each])


def level_of(secrets: Mapping[str, Level], secret: str | None) -> Level | None:
    """The level that a secret grants. Takes as long for a wrong one as for a right one.

    Args:
        secrets: Levels by secret; the secret "" is for those who give none.
    """
    found = level_of_known(secrets, secret or "")
    return found if found is not None else secrets.get("")


def level_of_known(secrets: Mapping[str, Level], secret: str) -> Level | None:
    """The same, but that a wrong secret grants nothing, whatever those may who give none."""
    given, found = secret.encode(errors="surrogatepass"), None
    for known, level in secrets.items():
        if hmac.compare_digest(known.encode(errors="surrogatepass"), given):
            found = level
    return found


NEEDS: Mapping[str, tuple[str, ...]] = {
    "runtime:getruntime": (),
    "runtime:packet": ("protocol:runtime",),
    "component:list": ("protocol:component",),
    "component:getsource": ("component:getsource",),
    "component:source": ("component:setsource",),
    "network:start": ("network:control",),
    "network:stop": ("network:control",),
    "network:debug": ("network:control",),
    "network:getstatus": ("network:status",),
    "network:edges": ("network:data",),
    "network:persist": ("network:persist",),
    "trace:start": ("protocol:trace",),
    "trace:stop": ("protocol:trace",),
    "trace:clear": ("protocol:trace",),
    "trace:dump": ("protocol:trace",),
}
"""What each message from a client needs; those of `graph` need `protocol:graph`."""

TOLD: Mapping[str, str] = {
    "graph": "graph:readonly",
    "component": "protocol:component",
    "runtime": "protocol:runtime",
    "trace": "protocol:trace",
    "network:started": "network:status",
    "network:stopped": "network:status",
    "network:status": "network:status",
    "network": "network:data",
}
"""What a client needs to be told of something, by `protocol:command` or else by `protocol`."""


def needed(protocol: str, command: str) -> tuple[str, ...]:
    """The capabilities that a client needs to send this message."""
    usual = ("protocol:graph",) if protocol == "graph" else ()
    return NEEDS.get(f"{protocol}:{command}", usual)


def needed_to_hear(protocol: str, command: str) -> str:
    """The capability that a client needs to be told this."""
    return TOLD.get(f"{protocol}:{command}", TOLD.get(protocol, ""))
