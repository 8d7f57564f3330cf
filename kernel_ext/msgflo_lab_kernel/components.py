"""The sub-commands about components: components, library."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from msgflo_lab import report
from msgflo_lab.definition import Port
from msgflo_lab.lab import Lab
from msgflo_lab.library import Component, InProcess, Program
from msgflo_lab.library.config import NAMES
from msgflo_lab.names import listed, shown

from .command import Command
from .parsing import Parser, Usage

PATHS_MOST = 200
"""Entries of the current folder that are looked at for completion."""


def _components_arguments(parser: Parser) -> None:
    parser.add_argument("name", nargs="?", metavar="NAME", help="show the source of this one")


def _components(lab: Lab, given: argparse.Namespace) -> object:
    if given.name is not None:
        return lab.library.source(given.name).code.rstrip("\n")
    return report.table(
        map(_row, lab.library.components()),
        head=("component", "runs", "inports", "outports", "what it does"),
    )


def _row(component: Component) -> tuple[str, ...]:
    return (
        shown(component.name),
        _how(component),
        _ports(component.inports),
        _ports(component.outports),
        shown(component.description),
    )


def _how(component: Component) -> str:
    match component.how:
        case InProcess():
            return "here"
        case Program(file=None):
            return "program"
        case Program(file=file):
            return f"program ({shown(file.name) if file else ''})"
    return "elsewhere"


def _ports(ports: Iterable[Port]) -> str:
    return ", ".join(shown(port.id) for port in ports)


def _library_arguments(parser: Parser) -> None:
    parser.add_argument(
        "path",
        nargs="?",
        default=".",
        metavar="PATH",
        help="package.json, pyproject.toml, or a folder (the current one)",
    )
    parser.add_argument(
        "--directory", metavar="DIR", help="where files are components, if not in `components`"
    )


def _library(lab: Lab, given: argparse.Namespace) -> object:
    if given.directory == "":
        raise Usage("--directory is the name of a directory")
    names = lab.library.load(given.path, given.directory)
    if not names:
        return "no components there yet; the directory is watched"
    return f"{report.count_of(len(names), 'component')}: {listed(sorted(names), 20)}"


def project_paths() -> list[str]:
    """What could be loaded: configurations here, and folders."""
    try:
        found = sorted(islice(Path().iterdir(), PATHS_MOST))
    except OSError:
        return []
    return [
        f"{each.name}/" if each.is_dir() else each.name
        for each in found
        if not each.name.startswith((".", "_")) and (each.is_dir() or each.name in NAMES)
    ]


COMMANDS = (
    Command(
        "components",
        "what nodes can run; or the source of one",
        _components,
        _components_arguments,
        ("component",),
    ),
    Command(
        "library",
        "load a project's components, and watch its files",
        _library,
        _library_arguments,
        ("project",),
        values={"--directory": "project"},
        examples="""\
  %msgflo library                        the project in the current folder
  %msgflo library ../house/package.json
  %msgflo library ../house --directory ../house/more""",
    ),
)
