"""What the projects say that components have come from: it goes along when they are written again.

The files of a project are somebody's; so is what was seen of it in a lab that is no more.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from msgflo_lab.deployment.model import Broker
from msgflo_lab.deployment.project import SPEC
from msgflo_lab.deployment.readme import participants_in
from msgflo_lab.deployment.settings import FILE as EXAMPLES
from msgflo_lab.deployment.settings import examples_in
from msgflo_lab.lab import Lab
from msgflo_lab.library import Program
from msgflo_lab.library.config import find, read
from msgflo_lab.names import Role

PACKAGES = ("package.json", "package-lock.json")
"""What npm installs by."""


def folder_of(how: Program) -> Path | None:
    """The project that a component is of."""
    if how.folder is not None:
        return how.folder
    return how.file.parent.parent if how.file is not None else None


def examples(lab: Lab) -> dict[str, str]:
    """What variables may be set to."""
    found: dict[str, str] = {}
    for folder in _folders(lab):
        found |= examples_in(_text(folder / EXAMPLES))
    return found


def broker(lab: Lab) -> Broker | None:
    """The kind that one of them was written for."""
    for folder in _folders(lab):
        with contextlib.suppress(ValueError):  # it says nothing of that
            for file in find(folder):
                return Broker(read(file).broker)
    return None


def suite(folder: Path, component: str) -> str:
    """The tests of a component; "" if there are none."""
    return _text(folder / SPEC / f"{component}.yaml")


def told(folder: Path, role: Role) -> tuple[str, str]:
    """The ports of a role, and what it does, as they were when the project was written."""
    return participants_in(_text(folder / "README.md")).get(role, ("", ""))


def packages(folder: Path) -> dict[str, str]:
    """What npm is to install there."""
    texts = {name: _text(folder / name) for name in PACKAGES}
    return {name: text for name, text in texts.items() if text}


def _folders(lab: Lab) -> list[Path]:
    hows = [each.how for each in lab.library.components() if isinstance(each.how, Program)]
    return sorted({folder for how in hows if (folder := folder_of(how)) is not None})


def _text(file: Path) -> str:
    """What is in a file; nothing of one that is not there, as in most folders."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""
