"""What a client is made of, in whatever language: a participant, its ports, what is announced."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from ..definition import ParticipantDefinition, Port, Side
from ..discovery import encode
from ..errors import InvalidDefinition
from ..foreign.interpreting import OF_TIME, OURS
from ..names import shown
from ..topics import is_pattern
from .forms import Form, form_of, is_json
from .naming import identifiers
from .texts import remark

MAX_ABOUT = 80
"""Characters that are said of a port."""


class Limits(NamedTuple):
    """What a platform's MQTT library can do.

    Attributes:
        library: Its name.
        publishes: The highest quality of service with which it publishes.
        subscribes: The highest with which it receives.
        topic: Bytes of a topic that it can subscribe to.
    """

    library: str
    publishes: int = 2
    subscribes: int = 2
    topic: int = 65_535


class ClientPort(NamedTuple):
    """A port with a topic.

    Attributes:
        name: The second half of its function's name.
    """

    port: Port
    topic: str
    name: str
    form: Form
    qos: int
    retain: bool

    @property
    def about(self) -> str:
        """What goes over it, for a comment."""
        how = f", as {self.port.encoding}" if self.port.encoding else ""
        said = f": {self.port.description}" if self.port.description else ""
        return remark(f"{self.port.type}{how}, on {self.topic}{said}", MAX_ABOUT)


class Client(NamedTuple):
    """All that is to be written.

    Attributes:
        payload: Of the announcement; `id` is to be that of the configuration.
        notes: What whoever reads the file has to know.
    """

    described: ParticipantDefinition
    payload: dict[str, Any]
    inports: tuple[ClientPort, ...]
    outports: tuple[ClientPort, ...]
    notes: tuple[str, ...]


def client_for(described: ParticipantDefinition, limits: Limits) -> Client:
    """What a client for this participant consists of.

    Raises:
        InvalidDefinition: Something in it cannot be expressed.
    """
    sides = {side: tuple(_ports(described, side, limits)) for side in Side}
    return Client(
        described,
        _payload(described),
        sides[Side.IN],
        sides[Side.OUT],
        tuple(_notes(described, [*sides[Side.IN], *sides[Side.OUT]])),
    )


def _ports(described: ParticipantDefinition, side: Side, limits: Limits) -> list[ClientPort]:
    found: list[ClientPort] = []
    ports = [port for port in described.ports(side) if port.queue is not None]
    names = identifiers(port.id for port in ports)
    for port in ports:
        try:
            found.append(_port(port, names[port.id], side, limits))
        except InvalidDefinition as error:
            where = f"{side.noun} `{shown(port.id)}` of `{shown(described.role)}`"
            raise InvalidDefinition(f"{where}: {error}") from None
    return found


def _port(port: Port, name: str, side: Side, limits: Limits) -> ClientPort:
    topic, qos = str(port.queue), int(port.options.get("qos") or 0)
    if is_pattern(topic):
        raise InvalidDefinition(f"`{shown(topic)}` stands for many topics; a client has one")
    highest = limits.subscribes if side is Side.IN else limits.publishes
    if qos > highest:
        does = "receives" if side is Side.IN else "publishes"
        raise InvalidDefinition(
            f"`qos` is {qos}, and {limits.library} {does} with at most {highest}"
        )
    if side is Side.IN and len(topic.encode(errors="replace")) > limits.topic:
        raise InvalidDefinition(
            f"its topic is too long for {limits.library}, which subscribes to at most "
            f"{limits.topic} bytes"
        )
    return ClientPort(port, topic, name, form_of(port), qos, port.options.get("retain") is True)


def _payload(described: ParticipantDefinition) -> dict[str, Any]:
    """As it goes over the wire. How a client writes is its own business: nobody announces it."""
    plain = {side: tuple(_plain(port) for port in described.ports(side)) for side in Side}
    announced = msgspec.structs.replace(described, inports=plain[Side.IN], outports=plain[Side.OUT])
    try:
        return dict(msgspec.json.decode(encode(announced))["payload"])
    except UnicodeEncodeError as error:
        raise InvalidDefinition(
            f"`{shown(described.role)}` cannot be announced: half a character in "
            f"`{shown(str(error.object))}`"
        ) from None


def _plain(port: Port) -> Port:
    rest = {key: value for key, value in port.options.items() if key not in OURS}
    return msgspec.structs.replace(port, encoding="", options=rest)


def _notes(described: ParticipantDefinition, ports: list[ClientPort]) -> list[str]:
    found = [
        f"`{shown(each.port.id)}` is written as `{shown(each.port.encoding)}`, not as JSON."
        for each in ports
        if not is_json(each.form)
    ]
    for port in described.outports:
        asked = [key for key in OF_TIME if key in port.options]
        found += [f"`{key}` of `{shown(port.id)}` is not looked after here." for key in asked]
    if found:
        found.append(
            "A lab that has the description registered sees to it: then set ANNOUNCE to false,"
        )
        found.append("so that only one of the two announces this participant.")
    return found
