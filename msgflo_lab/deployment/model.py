"""A network that is to run without a notebook: its programs, and what they need. Pure.

Whoever fills it knows the lab; whoever writes it out, in `compose`, `kubernetes` or `systemd`,
knows the files. In between there is no broker's address and no password: programs get them from
their environment, by the names that are listed here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ..errors import MsgFloLabError
from ..names import Role, listed, shown
from .labels import label
from .resources import USUAL, Resources
from .scale import Scale

BROKER_VARIABLE = "MSGFLO_BROKER"
"""The environment variable that MsgFlo's programs find their broker by."""
GRACE = 620
"""Seconds for a program that is told to end. Ours work on for 600 at most at what is in hand."""
READY = ("python3", "-m", "msgflo_lab.healthy")
"""The command that tells whether a program of ours is announced, and its link up."""
ALIVE = (*READY, "--alive")
"""The command that tells whether it is at work at all, with or without a broker."""

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PATH = re.compile(r"[^/:\\\x00-\x1f][^:\\\x00-\x1f]*")
_SECRET_NAME = re.compile(r".*(PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY)", re.I)
_TAKEN = ("broker",)
"""What Compose's own broker is called."""


class Broker(StrEnum):
    """What kind of broker the network is on."""

    MQTT = "mqtt"
    AMQP = "amqp"


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that is in no file: an environment variable that somebody sets.

    Attributes:
        variable: Its name.
        meaning: What it is for, in words.
        is_optional: Nobody need set it: who reads it knows what to do without. Then it is not there
            at all, which is something else than an empty text.
        example: What it may be set to; nothing secret.
        readers: The programs that are given it, by name; None: all, as nobody knows who reads it.
    """

    variable: str
    meaning: str = ""
    is_optional: bool = False
    example: str = ""
    readers: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """One program.

    Attributes:
        name: For people; unique among the others. Often the role.
        command: The program and its arguments, to the letter, for no shell. It runs in the
            project's folder, and ends in order on SIGTERM.
        roles: What it plays. The network plays what has no program of its own.
        scale: How many of it; None: one.
        environment: Variables that are no secrets.
        is_network: It is the one that carries the graph out, `msgflo-lab run`.
        ready: The command that tells whether it is announced, and its link up; () if there is none.
        alive: The command that tells whether it is to be started anew; () if there is none.
    """

    name: str
    command: tuple[str, ...]
    roles: tuple[Role, ...] = ()
    scale: Scale | None = None
    resources: Resources = USUAL
    environment: Mapping[str, str] = field(default_factory=dict)
    is_network: bool = False
    ready: tuple[str, ...] = ()
    alive: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """Its name for files, containers and units."""
        return label(self.name, taken=_TAKEN)

    @property
    def purpose(self) -> str:
        """What it is for, in one line."""
        word = "role" if len(self.roles) == 1 else "roles"
        plays = f"{word} {listed(self.roles)}" if self.roles else ""
        if self.is_network:
            return f"carries the graph out{'; ' if plays else ''}{plays}"
        return plays or shown(self.name)

    @property
    def instances(self) -> int:
        """How many to start where nobody counts what waits; one at least."""
        return self.scale.instances if self.scale is not None and not self.is_network else 1


@dataclass(frozen=True, slots=True)
class Deployment:
    """All of it.

    Attributes:
        name: For people.
        graph: The graph's file, relative to the project's folder, with slashes.
        broker: Its kind.
        services: Its programs, in the order in which they are written.
        secrets: What they need besides the broker's address.
        requirements: Of Python, for the image; lines of a `requirements.txt`.
        needs_node: Whether some of them are programs for Node.js.
        python: The version of Python for the image: the requirements may be locked for that one.
    """

    name: str
    graph: str
    broker: Broker
    services: tuple[Service, ...]
    secrets: tuple[Secret, ...] = ()
    requirements: tuple[str, ...] = ("msgflo-lab",)
    needs_node: bool = False
    python: str = "3.11"

    def __post_init__(self) -> None:
        """Make sure that it can be written.

        Raises:
            MsgFloLabError: It cannot.
        """
        texts = (self.name, self.graph, self.python, *self.requirements)
        _check_texts(f"`{shown(self.name)}`", texts)
        if not _PATH.fullmatch(self.graph) or ".." in self.graph.split("/"):
            raise MsgFloLabError(f"`{shown(self.graph)}` is no file within the project's folder")
        names = [each.variable for each in self.secrets]
        for name in names:
            _check_variable(name)
        for service in self.services:
            _check(service, (BROKER_VARIABLE, *names))
        _check_unique("variable", (BROKER_VARIABLE, *names))
        _check_unique("program", [each.name for each in self.services])
        _check_unique("label", [each.label for each in self.services])
        if sum(each.is_network for each in self.services) > 1:
            raise MsgFloLabError("only one program can carry the graph out")

    @property
    def label(self) -> str:
        """Its name for files, containers and units."""
        return label(self.name, 20)

    def secrets_of(self, service: Service) -> tuple[Secret, ...]:
        """What a program is given besides the broker's address: what it reads, and nothing else."""
        return tuple(
            each for each in self.secrets if each.readers is None or service.name in each.readers
        )

    def about_instances(self, service: Service) -> str:
        """What somebody has to know who starts several of a service; "" if there is only one."""
        if service.is_network or service.scale is None:
            return ""
        words = f"At most {service.scale.maximum}, as its `scale` says."
        if self.broker is Broker.MQTT:
            words += (
                "\nEach of several gets every message, unless its inports `share` them, which a "
                "broker\nfor MQTT 5 can: see docs/port-options.md of msgflo-lab."
            )
        return words

    def called(self, service: Service) -> str:
        """A service's name where there are others than of this network; at most 61 characters."""
        return f"{self.label}-{service.label}"


def _check(service: Service, secrets: Iterable[str]) -> None:
    who = f"`{shown(service.name)}`"
    commands = (*service.command, *service.ready, *service.alive)
    _check_texts(who, (service.name, *service.roles, *commands))
    if not service.command or not service.command[0]:
        raise MsgFloLabError(f"{who} has no command")
    if service.command[0].startswith("-") or "=" in service.command[0]:
        raise MsgFloLabError(
            f"{who} cannot be started by `{shown(service.command[0])}`: that is no program's name"
        )
    for name, value in service.environment.items():
        _check_variable(name)
        if name in secrets:
            raise MsgFloLabError(f"{who} has a value for {name}, which is a secret")
        if _SECRET_NAME.fullmatch(name):
            raise MsgFloLabError(f"{who} has a value for {name}: make that a secret")
        if not all(each.isprintable() or each in "\t\n" for each in value):
            raise MsgFloLabError(f"{who} has a value for {name} that no environment takes")


def _check_variable(name: str) -> None:
    if not _VARIABLE.fullmatch(name):
        raise MsgFloLabError(f"`{shown(name)}` cannot be an environment variable")


def _check_texts(who: str, texts: Iterable[str]) -> None:
    for text in texts:
        try:
            text.encode()
        except UnicodeEncodeError:
            raise MsgFloLabError(f"{who} has `{shown(text)}`, which is no text") from None
        if "\0" in text:
            raise MsgFloLabError(f"{who} has `{shown(text)}`: no program can be given a zero byte")


def _check_unique(what: str, names: Iterable[str]) -> None:
    seen = set[str]()
    for name in names:
        if name in seen:
            raise MsgFloLabError(f"there are two of the {what} `{shown(name)}`")
        seen.add(name)
