"""Between bytes on a queue and values in a handler.

Pure layer. MsgFlo sends JSON; devices send whatever they like. So a payload is read as JSON where
it is JSON, as text where it is UTF-8, and else stays bytes; a value is written as JSON unless it is
bytes already. Forwarding never calls anything in here.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

from .errors import InvalidMessage

_decoder = msgspec.json.Decoder()


def decode(payload: bytes) -> Any:
    """The value of a payload: decoded JSON, or else text, or else the bytes."""
    try:
        return _decoder.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return payload.decode()
    except UnicodeDecodeError:
        return payload


def encode(value: Any) -> bytes:
    """The payload of a value: bytes as they are, everything else as JSON.

    Numbers, arrays and records of other libraries (NumPy, pandas) are taken by their `tolist`.
    NaN and infinity, for which JSON has no words, become `null`, as in JavaScript.

    Raises:
        InvalidMessage: It has no JSON form.
    """
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)
    try:
        return _encoder.encode(value)
    except (TypeError, ValueError, RecursionError, OverflowError) as error:
        kind = type(value).__name__
        raise InvalidMessage(f"a value of type {kind} cannot be sent as JSON: {error}") from error


def as_text(value: Any) -> str:
    """A value as people write it: JSON on one line; bytes as their Python literal."""
    if isinstance(value, bytes):
        return repr(value)
    return json.dumps(msgspec.to_builtins(value, enc_hook=_plain), ensure_ascii=False)


def from_text(text: str) -> Any:
    """What somebody typed as a value: JSON if it is, else the text itself."""
    try:
        return _decoder.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return text


def shortened(text: str, limit: int = 80) -> str:
    """At most `limit` characters, with an ellipsis where something was cut."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _plain(value: Any) -> Any:
    tolist = getattr(value, "tolist", None)
    if callable(tolist):
        return tolist()
    if isinstance(value, range | map | filter | zip):
        return list(value)
    raise TypeError("convert it to numbers, text, lists or dictionaries, or to bytes")


_encoder = msgspec.json.Encoder(enc_hook=_plain)
