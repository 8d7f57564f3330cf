"""Foreign participants as they are proposed, from topics and samples of their messages. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from ...definition import ParticipantDefinition, Port, Side
from ...encoding import encoding_of
from ...errors import MsgFloLabError
from ...message import as_text
from ...names import ComponentName, ParticipantId, PortName, QueueName, Role
from ..icons import OF_MEASURES
from ..limits import MAX_PARTS, MAX_PROPOSALS
from ..lines import is_topic
from ..naming import line, sayable, slug
from .conventions import unseen
from .guess import Guess, guess
from .places import Spot, Topics

ALIKE = 3
"""So many devices with the same ports are proposed as a pattern, too."""


class Seen(msgspec.Struct, frozen=True):
    """What was seen of a topic: how many messages, and some that differ."""

    count: int
    is_retained: bool
    samples: tuple[bytes, ...]


class Proposal(msgspec.Struct, frozen=True):
    """A participant that there seems to be.

    Attributes:
        definition: As a foreign participant; its id is its role.
        reason: Why it is proposed, in one line.
        samples: A value that was seen, by outport, or by inport as `port (in)`; printable.
    """

    definition: ParticipantDefinition
    reason: str
    samples: Mapping[str, str]


def as_yaml(proposal: Proposal) -> str:
    """The proposal as MsgFlo's description of a foreign participant, with its reason on top."""
    # Here, since reading YAML takes a while to import, and only this needs it.
    from ...foreign.description import dumps

    return f"# {proposal.reason}\n{dumps(proposal.definition)}"


def proposals(seen: Mapping[str, Seen]) -> list[Proposal]:
    """What to propose; at most `MAX_PROPOSALS`, first devices, those with most ports before others.

    Roles go by the topics, so that they do not depend on what a device happened to say.
    """
    topics = Topics(seen)
    devices: dict[tuple[str, ...], list[Spot]] = {}
    for topic in sorted(seen):
        if not is_topic(topic):
            continue
        what = guess(seen[topic].samples)
        place = topics.place(topic, is_object=what.type == "object" and not what.encoding)
        if place is not None:
            spot = Spot(topic, place, what, seen[topic].count, seen[topic].samples)
            devices.setdefault(place.device, []).append(spot)
    for device, spots in devices.items():
        spots += unseen(device, spots, seen)
    roles: set[str] = set()
    order = sorted(devices, key=lambda each: (len(each), each))[:MAX_PROPOSALS]
    found = [
        _proposal(device, _Ports(devices[device]), _role(device, roles), _reason(devices[device]))
        for device in order
    ]
    found.sort(key=lambda each: -len(each.definition.inports) - len(each.definition.outports))
    families: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for device in order:
        families.setdefault(device[:-1], []).append(device)
    for family, siblings in families.items():
        pattern = _pattern(family, {each: devices[each] for each in siblings}, roles)
        if pattern is not None and len(found) < MAX_PROPOSALS:
            found.append(pattern)
    return found


class _Ports:
    """The ports of one device, with names of their own."""

    def __init__(self, spots: Iterable[Spot]) -> None:
        self.samples: dict[str, str] = {}
        self._names: dict[Side, set[str]] = {side: set() for side in Side}
        found: dict[Side, list[list[Port]]] = {side: [] for side in Side}
        spots = list(spots)
        # Whole messages are named first: a field that is called so, too, has a longer name to take.
        for spot in spots:
            side = Side.IN if spot.place.is_command else Side.OUT
            usual = "set" if side is Side.IN else "message" if spot.what.fields else "state"
            names = [" ".join(spot.place.part) or usual]
            found[side].append([self._port(spot, side, names, spot.what)])
        outports = iter(found[Side.OUT])
        for spot in spots:
            if not spot.place.is_command:
                ports = next(outports)
                for steps, field in spot.what.fields:
                    names = [" ".join(steps), f"{ports[0].id} {' '.join(steps)}"]
                    ports.append(self._port(spot, Side.OUT, names, field))
        self.ports = {
            side: [port for ports in found[side] for port in ports][:MAX_PARTS] for side in Side
        }

    def _port(self, spot: Spot, side: Side, names: Sequence[str], what: Guess) -> Port:
        """A port under the first of these names that is free; else with a number."""
        taken = self._names[side]
        wishes = [sayable(each, "port") for each in names]
        name = next((each for each in wishes if each not in taken), wishes[-1])
        number = 1
        while name in taken:
            number += 1
            name = f"{wishes[-1]}_{number}"
        taken.add(name)
        sample = _sample(spot.samples, what.encoding)
        if sample:
            self.samples[name if side is Side.OUT else f"{name} (in)"] = sample
        return Port(
            id=PortName(name),
            queue=QueueName(spot.topic),
            type=what.type,
            description=line(
                what.about if spot.count else "not seen, but such devices listen there"
            ),
            encoding=what.encoding,
        )


def _proposal(device: tuple[str, ...], ports: _Ports, role: str, reason: str) -> Proposal:
    family = slug(device[0]) if len(device) > 1 else "device"
    definition = ParticipantDefinition(
        id=ParticipantId(role),
        role=Role(role),
        component=ComponentName(f"mqtt/{family or 'device'}"),
        inports=tuple(ports.ports[Side.IN]),
        outports=tuple(ports.ports[Side.OUT]),
        label=line(" ".join(device[-2:] if len(device) > 2 else device[-1:])),
        icon=_icon([port.id for side in Side for port in ports.ports[side]]),
    )
    return Proposal(definition, reason, ports.samples)


def _role(device: tuple[str, ...], taken: set[str]) -> str:
    """The last level that is no mere number, or more of them where that is taken already."""
    role = ""
    for at in range(len(device) - 1, -1, -1):
        role = sayable(" ".join(device[at:]), "device")
        if role not in taken and not device[at].isdigit():
            break
    number, base = 1, role
    while role in taken:
        number += 1
        role = f"{base}_{number}"
    taken.add(role)
    return role


def _sample(samples: Sequence[bytes], encoding: str) -> str:
    """The latest value that there was."""
    for sample in reversed(samples):
        try:
            return line(as_text(encoding_of(encoding).read(sample)), 80) if sample else ""
        except MsgFloLabError:
            continue
    return ""


def _reason(spots: Sequence[Spot]) -> str:
    seen = [spot for spot in spots if spot.count]
    count = sum(spot.count for spot in seen)
    topics = f"{len(seen)} topics" if len(seen) > 1 else "1 topic"
    names = ", ".join(spot.topic for spot in seen[:3])
    more = f" and {len(seen) - 3} more" if len(seen) > 3 else ""
    return line(f"{count:,} message{'' if count == 1 else 's'} on {topics}: {names}{more}", 200)


def _pattern(
    family: tuple[str, ...], devices: Mapping[tuple[str, ...], Sequence[Spot]], taken: set[str]
) -> Proposal | None:
    """One participant for devices at one place: what several of them say in the same way."""
    alike: dict[tuple[str, str, str], list[tuple[tuple[str, ...], Spot]]] = {}
    for device, spots in devices.items():
        for spot in spots:
            shape = None if spot.place.is_command else _shape(spot.topic, device[-1])
            if shape is not None:
                key = (shape, spot.what.type, spot.what.encoding)
                alike.setdefault(key, []).append((device, spot))
    shared = {key: each for key, each in alike.items() if len(each) >= ALIKE}
    if not shared:
        return None
    ports = _Ports(
        msgspec.structs.replace(each[-1][1], topic=shape) for (shape, _, _), each in shared.items()
    )
    names = list(dict.fromkeys(device[-1] for each in shared.values() for device, _ in each))
    more = f" and {len(names) - 4} more" if len(names) > 4 else ""
    reason = line(f"{len(names)} look alike: {', '.join(names[:4])}{more}", 200)
    called = f"all {family[-1]}" if family else "all"
    return _proposal((*family, called), ports, _role((called,), taken), reason)


def _shape(topic: str, device: str) -> str | None:
    """The topic with a wildcard in place of the device; None if it is not one level of it."""
    levels = topic.split("/")
    if levels.count(device) != 1:
        return None
    return "/".join("+" if each == device else each for each in levels)


def _icon(names: Sequence[str]) -> str:
    for name in names:
        for word in name.split("_"):
            if word in OF_MEASURES:
                return OF_MEASURES[word]
    return "dot-circle-o"
