"""One component."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..definition import Port
from ..names import ComponentName, PortName


@dataclass(frozen=True, slots=True)
class Source:
    """What a component is written in.

    Attributes:
        language: `python`, `javascript`, `yaml`, ... or `discovery` for a mere definition.
        code: The text.
    """

    language: str
    code: str


@dataclass(frozen=True, slots=True)
class InProcess:
    """It runs in the lab's own process.

    Attributes:
        make: What a participant of it does that has these settings (for its private ports).
        private: Inports without a queue: settings that the graph alone gives.
    """

    make: Callable[[Mapping[PortName, Any]], Any]
    private: tuple[PortName, ...] = ()


@dataclass(frozen=True, slots=True)
class Program:
    """It runs as a process of its own.

    Attributes:
        command: For the shell, with variables like `#ROLE`; see `shell.command_line`.
        file: Where its source is, if it is one file.
        folder: Where it runs; None: where the lab runs.
        values: Of the variables that are known without its role, e.g. `FILENAME`.
    """

    command: str
    file: Path | None = None
    folder: Path | None = None
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Component:
    """What a node can run.

    Attributes:
        how: How it is run here; None if it is only known from those who announced it.
        source: What it is written in, where that is known.
    """

    name: ComponentName
    description: str = ""
    icon: str = ""
    inports: tuple[Port, ...] = ()
    outports: tuple[Port, ...] = ()
    how: InProcess | Program | None = None
    source: Source | None = None

    def is_like(self, other: Component) -> bool:
        """True if both run the same, whatever is said of their ports."""
        return (self.name, self.how, self.source) == (other.name, other.how, other.source)
