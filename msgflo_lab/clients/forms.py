"""How a client writes the values of a port: what the port's `encoding` says, taken apart.

The encodings are those of `msgflo_lab.encoding`; a client knows the ones that every platform can
have in a few lines.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..definition import Port
from ..errors import InvalidDefinition
from ..names import shown

DECIMALS = re.compile(r"\.(\d{1,2})f")
BINARY = re.compile(r"(?P<kind>u?int|float)(?P<bits>8|16|32|64)(?P<order>le|be)?")


@dataclass(frozen=True, slots=True)
class Json:
    """JSON.

    Attributes:
        is_strict: What is none is refused; otherwise it is taken as text.
    """

    is_strict: bool


@dataclass(frozen=True, slots=True)
class Text:
    """Text without quotes."""


@dataclass(frozen=True, slots=True)
class Bytes:
    """Bytes, untouched."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number as text.

    Attributes:
        is_whole: It is rounded.
        decimals: So many are written; None for as many as it has.
    """

    is_whole: bool = False
    decimals: int | None = None


@dataclass(frozen=True, slots=True)
class Binary:
    """A number in so many bytes.

    Attributes:
        kind: `int`, `uint` or `float`.
        bits: 8, 16, 32 or 64.
        is_big: The most significant byte comes first.
    """

    kind: str
    bits: int
    is_big: bool


@dataclass(frozen=True, slots=True)
class Boolean:
    """One of two words."""

    yes: str = "true"
    no: str = "false"

    def values(self) -> dict[str, bool]:
        """What is taken for true and for false: a lab that binds two ports sends JSON."""
        folded = {self.yes.casefold(): True, self.no.casefold(): False}
        return {"true": True, "false": False, **folded, self.yes: True, self.no: False}


@dataclass(frozen=True, slots=True)
class Always:
    """This text, whatever the value; read as true."""

    text: str


Form = Json | Text | Bytes | Number | Binary | Boolean | Always


def is_json(form: Form) -> bool:
    """Whether everybody who reads JSON reads these values, too."""
    return isinstance(form, Json | Number) or form == Boolean()


def form_of(port: Port) -> Form:
    """How this port's values are written.

    Raises:
        InvalidDefinition: In a way that clients do not know.
    """
    word, _, details = port.encoding.partition(":")
    binary = BINARY.fullmatch(port.encoding)
    decimals = DECIMALS.fullmatch(details)
    if " | " not in port.encoding:
        if word in ("", "json") and not details:
            return Json(is_strict=bool(word))
        if word == "text":
            return Text()
        if word == "bytes":
            return Bytes()
        if word == "number" and details in ("", "int", "d"):
            return Number(is_whole=bool(details))
        if word == "number" and decimals is not None:
            return Number(decimals=int(decimals[1]))
        if word == "boolean":
            yes, _, no = (details or "true/false").partition("/")
            return Boolean(yes, no)
        if word == "always":
            return Always(details)
        if binary is not None:
            return Binary(binary["kind"], int(binary["bits"]), binary["order"] == "be")
    raise InvalidDefinition(
        f"a client cannot write the encoding `{shown(port.encoding)}`: register the description "
        "with a lab, which can"
    )
