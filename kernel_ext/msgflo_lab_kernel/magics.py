"""The magics: `%msgflo`, `%%participant`, `%%fbp`. They parse and show; the lab does the work."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from typing import Any, TypeVar

from IPython.core.error import UsageError
from IPython.core.magic import Magics, cell_magic, line_magic, magics_class, no_var_expand
from IPython.display import display

from msgflo_lab.errors import InvalidFbp, MsgFloLabError
from msgflo_lab.lab import Lab
from msgflo_lab.names import Role, shown

from . import foreign, graphs, spec
from .cell import define, details, parser
from .commands import execute, overview
from .export import cells
from .export.refusing import CannotTravel
from .parsing import Help, before_comment, words

Result = TypeVar("Result")


def _one_line(magic: Callable[..., Result]) -> Callable[..., Result]:
    """Let errors of ours appear as one line, and still fail the cell. Bugs keep their traceback.

    Only what is wrong in a text of the graph language is shown with its line below, and what keeps
    participants from leaving the notebook is a list.
    """

    @wraps(magic)
    def guarded(*args: Any) -> Result:
        try:
            return magic(*args)
        except (CannotTravel, InvalidFbp) as error:  # whose lines say more
            raise UsageError(str(error)) from error
        except MsgFloLabError as error:
            raise UsageError(" ".join(str(error).split())) from error

    return guarded


@magics_class
class LabMagics(Magics):
    """The magics of one lab."""

    def __init__(self, shell: Any, lab: Lab) -> None:
        super().__init__(shell)
        self.lab = lab

    @line_magic
    @no_var_expand  # braces and dollars belong to the messages that are sent
    @_one_line
    def msgflo(self, line: str) -> object:
        """Placeholder; the text is set below, from the commands themselves."""
        shown_result = execute(self.lab, line)
        if isinstance(shown_result, str):
            print(shown_result)
            return None
        return shown_result

    @cell_magic
    @no_var_expand
    @_one_line
    def participant(self, line: str, cell: str) -> None:
        """Placeholder; the text is set below, from the parser itself."""
        try:
            typed = before_comment(words(line))
            given = parser().parse_args([word.text for word in typed])
        except Help as help_text:
            print(help_text)
            return
        code = define(self.shell, cell, given.role, partial(cells.add, self.lab))
        in_place = self.lab.add(code, given.role, **details(given))
        if in_place is False:
            print(f"{shown(given.role)}: takes effect when the running handler returns")
        else:
            print(_joined(self.lab, Role(given.role)))

    @cell_magic
    @no_var_expand
    @_one_line
    def fbp(self, line: str, cell: str) -> None:
        """Placeholder; the text is set below, from the parser itself."""
        try:
            typed = before_comment(words(line))
            given = graphs.fbp_parser().parse_args([word.text for word in typed])
        except Help as help_text:
            print(help_text)
            return
        print(graphs.fbp(self.lab, given, cell))

    @cell_magic
    @no_var_expand
    @_one_line
    def foreign(self, line: str, cell: str) -> None:
        """Placeholder; the text is set below, from the parser itself."""
        try:
            typed = before_comment(words(line))
            given = foreign.cell_parser().parse_args([word.text for word in typed])
        except Help as help_text:
            print(help_text)
            return
        print(foreign.cell(self.lab, given, cell))

    @cell_magic
    @no_var_expand
    @_one_line
    def fbpspec(self, line: str, cell: str) -> None:
        """Placeholder; the text is set below, from the parser itself."""
        try:
            typed = before_comment(words(line))
            given = spec.spec_parser().parse_args([word.text for word in typed])
        except Help as help_text:
            print(help_text)
            return
        results = spec.run(self.lab, given, cell)
        display(results)  # type: ignore[no-untyped-call]
        if given.check:
            spec.check(results)


LabMagics.msgflo.__doc__ = overview()
LabMagics.participant.__doc__ = parser().format_help()
LabMagics.fbp.__doc__ = graphs.fbp_parser().format_help()
LabMagics.fbpspec.__doc__ = spec.spec_parser().format_help()
LabMagics.foreign.__doc__ = foreign.cell_parser().format_help()


def _joined(lab: Lab, role: Role) -> str:
    if not lab.is_running:
        return f"{shown(role)}: waits for `%msgflo start`"
    view = next((each for each in lab.network().roles if each.role == role), None)
    if view is None:
        return shown(role)
    # Ports that only an edge mentions are not of this code.
    into, out = (
        ", ".join(shown(port.id) for port in ports if port.known)
        for ports in (view.inports, view.outports)
    )
    return f"{shown(role)}: {into or '(a source)'} -> {out or '(a sink)'}"
