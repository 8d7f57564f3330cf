"""What has been said of a participant beside its code: `behaviour_of`, the other way round."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .behaviour import Behaviour, Details, PortSpec, behaviour_of

SHARE = "share"


def details_of(behaviour: Behaviour) -> Details:
    """The details that `behaviour_of` needs, with the code, to give this again; no others."""
    plain = behaviour_of(behaviour.code, **_needed(behaviour))
    said: dict[str, Any] = dict(_needed(behaviour))
    for name in ("component", "label", "icon", "retries", "retry_after"):
        if getattr(behaviour, name) != getattr(plain, name):
            said[name] = getattr(behaviour, name)
    if _bare(behaviour.outports) != _bare(plain.outports):
        said["outports"] = _ports(behaviour.outports)
    shares = [port.options.get(SHARE) is True for port in behaviour.inports]
    share = bool(shares) and all(shares)
    if share:
        said[SHARE] = True
    options = {
        port.name: rest
        for port in (*behaviour.inports, *behaviour.outports)
        if (rest := {k: v for k, v in port.options.items() if not (share and k == SHARE)})
    }
    if options and options != _options(plain):
        said["options"] = options
    return said  # type: ignore[return-value]


def _needed(behaviour: Behaviour) -> Details:
    """Without these, the code could be no participant."""
    is_said = behaviour.is_object and getattr(behaviour.code, "every", None) == behaviour.every
    return {} if behaviour.every is None or is_said else {"every": behaviour.every}


def _bare(ports: Iterable[PortSpec]) -> list[tuple[str, str]]:
    return [(port.name, port.type) for port in ports]


def _options(behaviour: Behaviour) -> dict[str, dict[str, Any]]:
    ports = (*behaviour.inports, *behaviour.outports)
    return {port.name: dict(port.options) for port in ports if port.options}


def _ports(ports: Iterable[PortSpec]) -> list[str] | dict[str, str]:
    """Names; with their types where there is more to say than usual."""
    bare = _bare(ports)
    if all(kind == ("error" if name == "error" else "any") for name, kind in bare):
        return [name for name, _ in bare]
    return dict(bare)
