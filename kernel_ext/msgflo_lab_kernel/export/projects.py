"""The network of a notebook as a project: all that is its own, of the lab and of its cells."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from msgflo_lab import report
from msgflo_lab.deployment.model import Broker
from msgflo_lab.deployment.project import COMPONENTS, GRAPH, SPEC, Project, files_of
from msgflo_lab.deployment.written import FOLDERS
from msgflo_lab.errors import MsgFloLabError
from msgflo_lab.files import replace
from msgflo_lab.graph import Graph, in_order
from msgflo_lab.graph.mermaid import mermaid_of
from msgflo_lab.lab import Lab, graph_files
from msgflo_lab.names import listed, shown

from . import opened
from .gathering import Gathering
from .keeping import Keeper
from .requirements import locked, pinned, requirements
from .scripts import hides

_NAMES = {Broker.MQTT: "Mosquitto", Broker.AMQP: "RabbitMQ"}
_GUESSED = " (as nothing says for which broker; --broker amqp is for RabbitMQ)"


def write(
    lab: Lab,
    folder: Path,
    embed: Collection[str],
    *,
    allow: Collection[str] = (),
    replacing: bool = False,
    broker: Broker | None = None,
) -> str:
    """Write a project; all of it, or nothing that could be foreseen to fail. Says what it is.

    Args:
        allow: What looks like a secret, and is none: names and places.
        replacing: Write over files that are there.
        broker: The kind that it is to run on; else the lab's, the last that it was on, or the one
            that an opened project was written for.

    Raises:
        CannotTravel: Some participant needs what cannot be made anew, or a file would have a
            secret in it.
        MsgFloLabError: The folder has other files, or cannot be written to.
    """
    folder = folder.expanduser()
    keeper = Keeper(lab, allow)
    gathering = _gathered(lab, embed, keeper)
    known = broker or _broker_of(lab)
    project = _project(lab, folder.resolve().name, gathering, known or Broker.MQTT)
    texts = files_of(project, is_checked=True)
    keeper.refuse(keeper.made(texts), f"`{shown(str(folder))}`")
    there = [path for path in texts if (folder / path).exists()]
    if there and not replacing:
        raise MsgFloLabError(
            f"`{shown(str(folder))}` has {listed(there, 3)} already: --replace writes over what a "
            "project consists of, and leaves other files alone"
        )
    try:
        for path, text in texts.items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            replace(file, text.encode())
        left = [
            str(file.relative_to(folder))
            for each in (COMPONENTS, SPEC, *FOLDERS)
            for file in sorted((folder / each).glob("*.*"))
            if file.relative_to(folder).as_posix() not in texts
        ]
    except OSError as error:
        where = shown(str(error.filename or folder))
        raise MsgFloLabError(f"{where} cannot be written: {error.strerror or error}") from error
    told = _told(folder, texts, project, left, is_guessed=known is None)
    shared = (
        f"`{shown(name)}` is changed by one and seen by others here ({listed(roles)}): there each "
        "has its own; send what they share as messages"
        for name, roles in gathering.shared.items()
    )
    files = (
        f"`{shown(name)}`, which {listed(roles)} names, is no part of it: put it beside, where it "
        "is run"
        for name, roles in gathering.files.items()
    )
    several = (
        f"{shown(role)}: {number} programs play it here; so many are started of the project, too"
        for role, number in gathering.started.items()
        if number > 1
    )
    return "\n".join([*told, *shared, *several, *files, *gathering.notes])


def _told(
    folder: Path,
    texts: Collection[str],
    project: Project,
    left: Collection[str],
    *,
    is_guessed: bool,
) -> Iterator[str]:
    counts = {
        "component": sum(name.startswith(f"{COMPONENTS}/") for name in texts),
        "suite of tests": sum(name.startswith(f"{SPEC}/") for name in texts),
    }
    parts = [f"{number} {word if number == 1 else _many(word)}" for word, number in counts.items()]
    yield (
        f"{shown(str(folder), 200)}: {report.count_of(len(texts), 'file')}, "
        f"{', '.join(parts)}, for {_NAMES[project.broker]}{_GUESSED if is_guessed else ''}; "
        "how to run it is in README.md"
    )
    others = project.others
    if others:
        yield (
            f"not in it, since nothing here runs {'it' if len(others) == 1 else 'them'}: "
            f"{listed(others)}"
        )
    if left:
        yield f"there before, and no part of it now: {listed(left)}"


def _many(word: str) -> str:
    first, space, rest = word.partition(" ")
    return f"{first}s{space}{rest}"


def _gathered(lab: Lab, embed: Collection[str], keeper: Keeper) -> Gathering:
    """All that a project of a lab consists of.

    Raises:
        CannotTravel: Some participant needs what cannot be made anew; all of them are told.
    """
    keeper.refuse_graph(lab, "the project")
    gathering = Gathering(lab, embed, keeper)
    gathering.cells()
    gathering.devices()
    gathering.library()
    gathering.processes()
    gathering.elsewhere()
    gathering.check()
    return gathering


def _broker_of(lab: Lab) -> Broker | None:
    """The kind of the broker that the lab is on, was on, or that its parts were written for."""
    if lab.broker is not None:
        return Broker.AMQP if lab.broker.scheme.startswith(Broker.AMQP) else Broker.MQTT
    return opened.broker(lab)


def _project(lab: Lab, name: str, gathering: Gathering, broker: Broker) -> Project:
    graph = in_order(gathering.graph)
    needed = requirements(gathering.modules)
    return Project(
        name=name,
        graph=graph,
        texts=_texts(graph),
        picture=mermaid_of(graph),
        programs=gathering.programs,
        broker=broker,
        within=gathering.within,
        adapters=tuple(name for name, is_on in lab.foreign.adapters().items() if is_on),
        others=tuple(gathering.others()),
        files={name: tuple(roles) for name, roles in gathering.files.items()},
        extra=gathering.beside,
        suites=gathering.suites,
        requirements=tuple(pinned(needed)),
        locked=tuple(locked(needed)),
        python=f"{sys.version_info.major}.{sys.version_info.minor}",
        secrets=gathering.secrets,
    )


def _texts(graph: Graph) -> Mapping[str, str]:
    """The graph's files."""
    with tempfile.TemporaryDirectory() as folder:
        graph_files.write(Path(folder) / GRAPH, graph)
        return {file.name: file.read_text(encoding="utf-8") for file in Path(folder).iterdir()}


def check_name(file: Path) -> None:
    """Make sure that a script of that name hides no module of Python's.

    Raises:
        MsgFloLabError: It would.
    """
    if hides(file.stem):
        own = "Python's own" if file.stem in sys.stdlib_module_names else "the installed"
        raise MsgFloLabError(
            f"{file.name} would hide {own} module `{file.stem}` from the script: call it "
            f"otherwise, {file.stem}_.py, say"
        )
