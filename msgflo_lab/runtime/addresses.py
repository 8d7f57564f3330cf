"""`role.port` as people write it, looked up in the living network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ..definition import Side
from ..errors import InvalidName, UnknownName
from ..names import PortName, QueueName, Role, shown
from ..network import RoleView


class Address(NamedTuple):
    """One port of one role."""

    role: Role
    side: Side
    port: PortName
    queue: QueueName | None
    """None if nobody has announced it (yet)."""


def look_up(
    roles: Mapping[Role, RoleView], text: str, *sides: Side, may_be_absent: bool = False
) -> Address:
    """Find a port.

    Roles and ports may contain dots: the longest role that exists wins. A port may be written in
    other capitals than it was announced, if that leaves one choice.

    Args:
        sides: Where to look, in this order.
        may_be_absent: Accept a role that nobody plays yet, and any port of such a role.

    Raises:
        InvalidName: It is not of the form `role.port`.
        UnknownName: There is no such role, or no such port on it.
    """
    for dot in (at for at in range(len(text) - 1, 0, -1) if text[at] == "."):
        role = roles.get(Role(text[:dot]))
        if role is not None and dot < len(text) - 1:
            return _port_of(role, text[dot + 1 :], sides, may_be_absent)
    name, dot_found, port = text.rpartition(".")
    if not dot_found or not name or not port:
        raise InvalidName(f"`{shown(text)}` is not of the form role.port, e.g. thermometer.out")
    if may_be_absent:
        return Address(Role(name), sides[0], PortName(port), None)
    raise UnknownName("role", name, known=roles)


def _port_of(role: RoleView, name: str, sides: tuple[Side, ...], may_be_absent: bool) -> Address:
    for side in sides:
        ports = [port for port in role.ports(side) if port.known]
        exact = [port for port in ports if port.id == name]
        alike = [port for port in ports if port.id.lower() == name.lower()]
        for found in exact or (alike if len(alike) == 1 else []):
            return Address(role.role, side, found.id, found.queue)
    # A junction is nobody's, but it is there, and its ports are known.
    is_absent = role.workers == 0 and not role.local and not role.is_junction
    if may_be_absent and is_absent:
        return Address(role.role, sides[0], PortName(name), None)
    noun = sides[0].noun if len(sides) == 1 else "port"
    known = [port.id for side in sides for port in role.ports(side) if port.known]
    raise UnknownName(noun, name, where=role.role, known=known)
