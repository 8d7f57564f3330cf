"""Clients for devices: what a foreign participant is described as, as a program that is it.

Pure layer. One file comes out, in the language of a platform, that connects, announces itself as
MsgFlo's discovery has it, and speaks the topics and encodings of the description. It is a start:
whoever has it changes it.

client      what a client consists of; what cannot be expressed
forms       how values are written
arduino, pythons, node    the parts of a file that depend on the ports
templates/  all the rest of it
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import NamedTuple

from ..definition import ParticipantDefinition
from . import arduino, node, pythons
from .client import Client, Limits, client_for
from .filling import filled
from .texts import remark

__all__ = ["Platform", "program_for"]


class Platform(StrEnum):
    """What a client runs on, or is written in."""

    ARDUINO = "arduino"
    MICROPYTHON = "micropython"
    NODE = "node"
    PYTHON = "python"

    @property
    def ending(self) -> str:
        """Of a file for it."""
        return _LANGUAGES[self].ending


class _Language(NamedTuple):
    """How clients for a platform are written.

    Attributes:
        comment: What a line begins with that only people read.
    """

    ending: str
    comment: str
    texts: Callable[[Client], Mapping[str, str]]
    limits: Limits


# PubSubClient acknowledges what it gets, and publishes with QoS 0. umqtt.simple has no QoS 2, and
# its request to subscribe has one byte for the length.
_LANGUAGES = {
    Platform.ARDUINO: _Language(".ino", "//", arduino.texts, Limits("PubSubClient", 0, 1, 60_000)),
    Platform.MICROPYTHON: _Language(".py", "#", pythons.texts, Limits("umqtt.simple", 1, 1, 122)),
    Platform.NODE: _Language(".js", "//", node.texts, Limits("mqtt")),
    Platform.PYTHON: _Language(".py", "#", pythons.texts, Limits("paho-mqtt")),
}


def program_for(described: ParticipantDefinition, platform: Platform, *, file: str = "") -> str:
    """The source of a client that is this participant.

    Args:
        described: Its topics, encodings, qualities of service, and what it announces.
        file: What it will be called, for the lines that say how to start it.

    Raises:
        InvalidDefinition: Something in the description cannot be expressed there.
    """
    language = _LANGUAGES[platform]
    client = client_for(described, language.limits)
    label = f" ({described.label})" if described.label else ""
    notes = [f"{language.comment} {remark(note, 100)}" for note in client.notes]
    texts = {
        **language.texts(client),
        "title": remark(f"{described.role}: {described.component}{label}", 90),
        "file": remark(file or f"client{language.ending}"),
        "notes": "\n".join([language.comment, *notes] if notes else []),
    }
    return filled(f"{platform.value}.txt", texts)
