"""Commands by what they are for; each is loaded when somebody wants it.

To load them all takes longer than most of them do. So the names, and what is said of them in the
list, are known here already.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, ClassVar, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup


class Command(NamedTuple):
    """One of the commands; its module has a function of its name, or a Typer of further ones.

    Attributes:
        heading: Under which it stands.
        about: What it does, in a few words.
    """

    name: str
    heading: str
    about: str


class Grouped(TyperGroup):
    """Commands under their headings.

    Attributes:
        known: All of them, in order.
    """

    known: ClassVar[tuple[Command, ...]] = ()

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        for each in self.known:
            self.commands[each.name] = TyperCommand(
                each.name, short_help=each.about, rich_help_panel=each.heading
            )
        self._loaded: dict[str, Any] = {}

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """A command, loaded; None if there is none of that name."""
        if cmd_name not in self._loaded:
            is_known = any(each.name == cmd_name for each in self.known)
            found = _loaded(cmd_name) if is_known else super().get_command(ctx, cmd_name)
            self._loaded[cmd_name] = found
        return self._loaded[cmd_name]

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write a section for each heading."""
        del ctx
        sections: dict[str, list[tuple[str, str]]] = {}
        for each in self.known:
            sections.setdefault(each.heading, []).append((each.name, each.about))
        for heading, rows in sections.items():
            with formatter.section(heading):
                formatter.write_dl(rows)


def _loaded(name: str) -> Any:
    module = import_module(f".{name}", __package__)
    further = getattr(module, "app", None)
    if isinstance(further, typer.Typer):
        return typer.main.get_group(further)
    alone = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    alone.command(name, epilog=module.EPILOG)(getattr(module, name))
    return typer.main.get_command(alone)
