"""A secret that was found: where it stands, what to do, and what lets it pass. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection
from dataclasses import dataclass, replace

from msgflo_lab.names import shown

from .called import IN_TEXT

_CLEAR = re.compile(r"\w[\w.-]*")
"""A name that can be typed as it is, and that is one word in a message."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One of them. It never has the secret itself.

    Attributes:
        name: What it is called there, or IN_TEXT.
        line: Of the text that it was found in, from 1.
        what: What of that name it is, if it is not the thing itself: "the value of".
        where: For people: `cell 3, line 2`.
        place: The same in one word: `cell3:2`.
        is_python: Where it stands, Python can be written.
    """

    name: str
    line: int = 1
    what: str = ""
    where: str = ""
    place: str = ""
    is_python: bool = True

    def at(self, where: str, place: str, line: int) -> Finding:
        """The same, of which one knows where its text is from."""
        return replace(
            self, where=f"{where}, line {line}", place=f"{place}:{line}".replace(" ", ""), line=line
        )

    @property
    def option(self) -> str:
        """What lets it pass: its name, or its place if it has none that can be typed."""
        return self.name if _CLEAR.fullmatch(self.name) else self.place

    @property
    def variable(self) -> str:
        """What the variable of the environment might be called."""
        if self.name == IN_TEXT:
            return "NAME"
        words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", self.name.rpartition(".")[2])
        return re.sub(r"\W+", "_", words).strip("_").upper() or "NAME"

    def is_allowed(self, allow: Collection[str]) -> bool:
        """Whether somebody has said that it is none, by its name or by its place."""
        return self.name in allow or self.place in allow

    @property
    def advice(self) -> str:
        """What it is, and what to do."""
        variable = shown(self.variable)
        elsewhere = f'`os.environ["{variable}"]`' if self.is_python else "the environment"
        return (
            f"a secret; read it from {elsewhere} instead; if it is none: "
            f"--allow {shlex.quote(self.option)}"
        )

    def __str__(self) -> str:
        name = IN_TEXT if self.name == IN_TEXT else f"`{shown(self.name)}`"
        return f"{self.what} {name} ({self.where}): {self.advice}".lstrip()
