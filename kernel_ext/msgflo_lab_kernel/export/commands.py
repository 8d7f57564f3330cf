"""The sub-commands export and import: graphs, participants, projects."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from msgflo_lab import report
from msgflo_lab.clients import Platform
from msgflo_lab.deployment.model import Broker
from msgflo_lab.errors import MsgFloLabError
from msgflo_lab.files import replace
from msgflo_lab.lab import Lab, forms
from msgflo_lab.lab.forms import Form
from msgflo_lab.names import listed, shown

from .. import graphs
from ..command import Command
from ..parsing import Parser, Usage
from . import clients, projects
from .back import as_cells
from .keeping import Keeper
from .scripts import Script, role_in, script_of

PARTICIPANT, PROJECT, CLIENT = "participant", "project", "client"


def _export_arguments(parser: Parser) -> None:
    parser.add_argument(
        "what",
        metavar="FILE",
        help="of the graph, by its ending: .fbp or .json; .mmd, .dot, .svg, .asyncapi.yaml to look "
        f"at. Or `{PARTICIPANT} ROLE`: a script; `{PROJECT} DIR`: everything; or `{CLIENT} ROLE`: "
        "a program for a device that is registered here",
    )
    parser.add_argument("name", nargs="?", metavar="ROLE|DIR", help="see there")
    parser.add_argument("-o", "--output", metavar="FILE", help="of a script, or a client")
    parser.add_argument(
        "--to", choices=[each.value for each in Platform], help="what a client is to run on"
    )
    parser.add_argument(
        "--embed",
        action="append",
        default=[],
        metavar="NAME",
        help="put the value that this name has now into the script",
    )
    parser.add_argument(
        "--allow",
        action="append",
        default=[],
        metavar="NAME",
        help="this looks like a secret, and is none: a name or a place, as the refusal tells it",
    )
    parser.add_argument(
        "--broker",
        choices=[each.value for each in Broker],
        help="what kind of broker a project is to run on; else the lab's, or the last it was on",
    )
    parser.add_argument(
        "--replace", action="store_true", help="write over files that may be somebody's own"
    )


def _export(lab: Lab, given: argparse.Namespace) -> object:
    if given.broker and given.what != PROJECT:
        raise Usage(f"--broker is for `export {PROJECT} DIR`")
    if (given.what == CLIENT) is not (given.to is not None):
        raise Usage(f"`export {CLIENT} ROLE --to PLATFORM`: one needs the other")
    if given.what not in (PARTICIPANT, PROJECT, CLIENT):
        if given.name is not None or given.output or given.embed:
            raise Usage(f"`export FILE`, `export {PARTICIPANT} ROLE`, or `export {PROJECT} DIR`")
        form = forms.form_of(Path(given.what))
        # A document for others has the ports of initial packets, and not what is in them.
        Keeper(lab, given.allow).refuse_graph(
            lab,
            given.what,
            packets=form is not Form.ASYNCAPI,
            metadata=form in (Form.FBP, Form.JSON),
        )
        path = lab.export(given.what)
        return f"{shown(str(path), 200)}: {graphs.size(lab.graph)}"
    if given.name is None:
        word = "DIR" if given.what == PROJECT else "ROLE"
        raise Usage(f"`export {given.what} {word}`: {word} is missing")
    if given.what == CLIENT:
        if given.embed:
            raise Usage(f"`export {CLIENT} ROLE` has no --embed: there is nothing of this notebook")
        keeper = Keeper(lab, given.allow)
        return clients.write(
            lab, given.name, given.to, given.output, keeper, replacing=given.replace
        )
    if given.what == PROJECT:
        if given.output:
            raise Usage(f"`export {PROJECT} DIR` has no --output: that is DIR")
        folder = Path(given.name)
        return projects.write(
            lab,
            folder,
            given.embed,
            allow=given.allow,
            replacing=given.replace,
            broker=Broker(given.broker) if given.broker else None,
        )
    return _participant(lab, given)


def _participant(lab: Lab, given: argparse.Namespace) -> str:
    role, place = given.name, Path(given.output or ".").expanduser()
    name = "" if place.is_dir() else place.name
    keeper = Keeper(lab, given.allow)
    folder = place if place.is_dir() else place.parent
    script = script_of(lab, role, keeper, file=name, folder=folder, embed=given.embed)
    file = place / script.file if place.is_dir() else place
    keeper.refuse(keeper.made({file.name: script.text}), file.name)
    for each in script.beside:
        if each.parent != file.resolve().parent:
            raise MsgFloLabError(
                f"`{shown(role)}` imports {each.name}, a file of yours: write the script beside "
                f"it, into {each.parent}, or export a project, which takes it along"
            )
    projects.check_name(file)
    try:
        if not given.replace and file.exists():
            whose = role_in(file.read_text(encoding="utf-8", errors="replace"))
            if whose != role:
                what = f"the script of `{shown(whose)}`" if whose else "no script of ours"
                raise MsgFloLabError(
                    f"{file} is there, and {what}: --replace writes over it, -o FILE elsewhere"
                )
        replace(file, script.text.encode())
    except OSError as error:
        raise MsgFloLabError(f"{file} cannot be written: {error.strerror or error}") from error
    lines = script.text.count("\n")
    first = f"{shown(str(file), 200)}: {report.count_of(lines, 'line')}; python {file.name} --help"
    return "\n".join((first, *_wanted(script), *script.notes))


def _wanted(script: Script) -> Iterator[str]:
    """What has to be there for a script, and is not in it."""
    for is_needed, told in ((True, "to be set"), (False, "with a default, may be set")):
        names = [each.name for each in script.variables if each.is_needed is is_needed]
        if names:
            yield f"{told} in its environment: {listed(names)}"
    if files := (*(each.name for each in script.beside), *script.files):
        yield f"put beside it, where it is run: {listed(files)}"


def _import_arguments(parser: Parser) -> None:
    parser.add_argument(
        "file", metavar="FILE|DIR", help="a graph, .fbp or .json; or the folder of a project"
    )
    parser.add_argument(
        "--cells", action="store_true", help="its components come as cells, to be run"
    )


def _import(lab: Lab, given: argparse.Namespace) -> object:
    path = Path(given.file).expanduser()
    if not path.is_dir():
        if given.cells:
            raise Usage("--cells is for a project: name its folder")
        return graphs.told(lab, lab.import_(path))
    told = graphs.told(lab, lab.open(path))
    return f"{told}\n{as_cells(lab, path)}" if given.cells else told


COMMANDS = (
    Command(
        "export",
        "write the graph, a participant, or all of it",
        _export,
        _export_arguments,
        ("exported", "exported name"),
        values={"--to": "platform", "--broker": "broker kind"},
        examples="""\
  %msgflo export net.fbp                      the graph; also .json .mmd .dot .svg .asyncapi.yaml
  %msgflo export participant format           format.py, which runs without a notebook
  %msgflo export participant format -o ~/house/format.py --embed limits
  %msgflo export client kitchen --to arduino -o kitchen.ino
  %msgflo export project house                everything, to be run elsewhere
  %msgflo export project house --broker amqp  and for RabbitMQ, wherever the lab has been""",
    ),
    Command(
        "import",
        "make the network equal to a file's graph, or open a project",
        _import,
        _import_arguments,
        ("graph file",),
        examples="""\
  %msgflo import net.fbp
  %msgflo import house                        a project: its graph and its components
  %msgflo import house --cells                and its components as cells""",
    ),
)
