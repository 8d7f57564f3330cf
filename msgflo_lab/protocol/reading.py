"""From what a client sends to a request, in two steps: who asks for what, and then with what.

What a message carries is looked at only after its sender is known to be allowed to send it, so
that strangers cost little. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from ..names import shown
from .limits import DEPTH, MESSAGE_BYTES
from .messages import PAYLOADS, PROTOCOLS, Payload, Refused


class Unreadable(Refused):
    """A message that is none of the protocol's.

    Attributes:
        protocol: Which sub-protocol is to answer.
        request: What it answers to, if that could be read.
    """

    def __init__(self, text: str, protocol: str = "runtime", request: str | None = None) -> None:
        super().__init__(text)
        self.protocol = protocol
        self.request = request


class Request(msgspec.Struct, frozen=True):
    """One message of a client, of which only the envelope has been read."""

    protocol: str
    command: str
    raw: msgspec.Raw
    secret: str | None = None
    id: str | None = None

    @property
    def name(self) -> str:
        """As `protocol:command`."""
        return f"{self.protocol}:{self.command}"

    def __repr__(self) -> str:
        # Neither the secret nor what is in it belongs into a log.
        return f"<Request {self.name}>"

    def payload(self) -> Payload:
        """What it carries, typed by what it is.

        Raises:
            Refused: It is of another type, or nested too deep.
        """
        if _is_deep(bytes(self.raw)):
            raise Refused(f"`{self.name}` is nested deeper than {DEPTH} levels")
        try:
            payload = msgspec.json.decode(self.raw, type=PAYLOADS[self.name])
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            raise Refused(f"`{self.name}`: {error}") from error
        metadata = getattr(payload, "metadata", None)
        if metadata:
            _check(metadata, self.command)
        return payload


class _Envelope(msgspec.Struct):
    protocol: str
    command: str
    payload: msgspec.Raw = msgspec.Raw(b"{}")
    secret: str | None = None
    request: str | None = msgspec.field(default=None, name="requestId")


class _Secret(msgspec.Struct):
    secret: str | None = None


class _Asked(msgspec.Struct):
    protocol: Any = None
    request: Any = msgspec.field(default=None, name="requestId")


def read(text: str | bytes) -> Request:
    """A client's message.

    Raises:
        Unreadable: It is none; says why.
    """
    size = len(text)
    if size > MESSAGE_BYTES:
        raise Unreadable(f"a message of {size:,} bytes is above MESSAGE_BYTES = {MESSAGE_BYTES:,}")
    try:
        envelope = _decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise Unreadable(
            f"this is no message of the FBP protocol: {error}", *_asker(text)
        ) from error
    name = f"{envelope.protocol}:{envelope.command}"
    protocol = envelope.protocol if envelope.protocol in PROTOCOLS else "runtime"
    if name not in PAYLOADS:
        raise Unreadable(f"no message `{shown(name)}`", protocol, envelope.request)
    raw = envelope.payload if bytes(envelope.payload) != b"null" else msgspec.Raw(b"{}")
    try:
        # Before 0.8, the secret was in the payload.
        secret = envelope.secret or _decode_secret(raw).secret
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise Unreadable(f"`{name}`: {error}", protocol, envelope.request) from error
    return Request(envelope.protocol, envelope.command, raw, secret, envelope.request)


def _asker(text: str | bytes) -> tuple[str, str | None]:
    """Who is to answer what, of a message that is none otherwise."""
    try:
        asked = _decode_asked(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return "runtime", None
    protocol = asked.protocol if asked.protocol in PROTOCOLS else "runtime"
    return protocol, asked.request if isinstance(asked.request, str) else None


_STRINGS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


def _is_deep(raw: bytes) -> bool:
    """True if some value is nested deeper than `DEPTH`.

    Whatever reads JSON in C could take more; what is in a graph is written and compared in Python.
    """
    if raw.count(b"[") + raw.count(b"{") <= DEPTH:
        return False
    brackets = _STRINGS.sub(b"", raw).translate(None, _NOT_BRACKETS)
    for _ in range(DEPTH):
        if not brackets:
            return False
        brackets = brackets.replace(b"[]", b"").replace(b"{}", b"")
    return bool(brackets)


_KINDS: Mapping[str, Mapping[str, tuple[type, ...]]] = {
    "edge": {"route": (int,), "schema": (str,), "secure": (bool,)},
    "initial": {"route": (int,), "schema": (str,), "secure": (bool,)},
    "group": {"description": (str,)},
    "": {"x": (int, float), "y": (int, float)},
}
"""The types that the schemas want in metadata, by what it belongs to."""


def kinds_of(command: str) -> Mapping[str, tuple[type, ...]]:
    """The types of metadata of what a command like `addedge` is about."""
    return next(kinds for what, kinds in _KINDS.items() if what in command)


def fits(value: Any, kinds: tuple[type, ...]) -> bool:
    """True if a value is of one of these kinds of JSON (where `true` is no number)."""
    return isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool))


def _check(metadata: Mapping[str, Any], command: str) -> None:
    for key, kinds in kinds_of(command).items():
        value = metadata.get(key)
        if value is not None and not fits(value, kinds):
            names = {int: "whole number", float: "number", str: "text", bool: "truth value"}
            raise Refused(f"`metadata.{key}` is to be a {names[kinds[-1]]}")


_decode = msgspec.json.Decoder(_Envelope).decode
_decode_secret = msgspec.json.Decoder(_Secret).decode
_decode_asked = msgspec.json.Decoder(_Asked).decode
