"""A foreign participant of this lab as a program for the device itself."""

from __future__ import annotations

from pathlib import Path

from msgflo_lab import report
from msgflo_lab.clients import Platform, program_for
from msgflo_lab.definition import ParticipantDefinition
from msgflo_lab.errors import MsgFloLabError, UnknownName
from msgflo_lab.files import replace
from msgflo_lab.lab import Lab
from msgflo_lab.names import shown

from .keeping import Keeper


def roles(lab: Lab) -> list[str]:
    """Those for whom there can be one."""
    return [each.role for each in lab.foreign.members()]


def write(
    lab: Lab, role: str, to: str, output: str | None, keeper: Keeper, *, replacing: bool
) -> str:
    """Write it; says where. Once written it is somebody's own, and not written over unasked.

    Args:
        keeper: Knows what is secret.
        output: A file or a folder; this folder if not given.

    Raises:
        CannotTravel: There would be a secret in it.
        MsgFloLabError: Nobody foreign plays that role, not everything about him can be expressed,
            or the file cannot be written.
    """
    platform = Platform(to)
    described = _described(lab, role)
    file = Path(output or ".").expanduser()
    if file.is_dir():
        file /= f"{_file_name(role)}{platform.ending}"
    text = program_for(described, platform, file=file.name)
    keeper.refuse(keeper.made({file.name: text}), file.name)
    try:
        if file.exists() and not replacing:
            raise MsgFloLabError(f"{file} is there: --replace writes over it")
        replace(file, text.encode())
    except OSError as error:
        raise MsgFloLabError(f"{file} cannot be written: {error.strerror or error}") from error
    return f"{shown(str(file), 200)}: {report.count_of(text.count(chr(10)), 'line')}"


def _described(lab: Lab, role: str) -> ParticipantDefinition:
    for each in lab.foreign.members():
        if each.role == role:
            return each.described
    raise UnknownName("foreign participant", role, known=roles(lab))


def _file_name(role: str) -> str:
    return "".join(char if char.isalnum() or char in "-_." else "_" for char in role).lstrip(".")
