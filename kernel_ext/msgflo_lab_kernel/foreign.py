"""Foreign participants: the cell magic `%%foreign`; the sub-commands register, devices, scan."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from msgflo_lab import report
from msgflo_lab.definition import Port
from msgflo_lab.lab import Foreigner, Lab
from msgflo_lab.lab.foreign import SCAN_SECONDS
from msgflo_lab.names import Role, listed, shown

from .command import Command
from .parsing import Parser, Usage

CELL = "cell"
"""What a cell is called in errors."""
FILES = 2_000
"""Of a folder that are looked at for completion."""


def cell_parser() -> Parser:
    """The arguments of `%%foreign`."""
    made = Parser(
        prog="%%foreign",
        description="A device or program that knows nothing of this lab, described in YAML. It is "
        "announced, and what it says in its own way becomes values. Run it again after a change.",
        epilog="example:\n"
        "  component: home/Thermometer\n"
        "  role: kitchen\n"
        "  outports:\n"
        "    temp: {queue: home/#ROLE/temp, type: number, encoding: number}\n"
        "  inports:\n"
        "    led: {queue: home/#ROLE/led, type: boolean, encoding: 'boolean:ON/OFF'}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("role", nargs="?", metavar="ROLE", help="in place of what the cell says")
    return made


def cell(lab: Lab, given: argparse.Namespace, text: str) -> str:
    """Register what a cell describes; says what came of it.

    Raises:
        InvalidDefinition: The cell describes nobody; nothing has changed.
    """
    # The line of the magic is the cell's first.
    return _registered(lab, lab.foreign.register(f"\n{text}\n", given.role, name=CELL))


def yaml_files() -> list[str]:
    """The files here that may describe a foreign participant, for completion."""
    here = (each.name for each in islice(Path().iterdir(), FILES))
    return sorted(name for name in here if name.lower().endswith((".yml", ".yaml")))


def _register_arguments(parser: Parser) -> None:
    parser.add_argument("file", metavar="FILE", help="a description in YAML")
    parser.add_argument("--role", metavar="ROLE", help="in place of what the file says")


def _register(lab: Lab, given: argparse.Namespace) -> object:
    return _registered(lab, lab.foreign.register(Path(given.file), given.role))


def _registered(lab: Lab, roles: Iterable[Role]) -> str:
    if not lab.is_running:
        return f"{listed(roles)}: waits for `%msgflo start`"
    found = {each.role: each for each in lab.foreign.members()}
    lines = []
    for role in roles:
        into, out = (
            ", ".join(shown(port.id) for port in ports)
            for ports in (found[role].described.inports, found[role].described.outports)
        )
        lines.append(f"{shown(role)}: {into or '(a source)'} -> {out or '(a sink)'}")
    return "\n".join(lines)


def _devices_arguments(parser: Parser) -> None:
    parser.add_argument("--on", metavar="ADAPTER", help="let such devices appear by themselves")
    parser.add_argument("--off", metavar="ADAPTER", help="let them disappear")
    parser.add_argument(
        "--prefix", metavar="TOPIC", help="first level of an adapter's topics, if not the usual one"
    )
    parser.add_argument(
        "--at", metavar="URL", help="devices are on this MQTT broker; `lab`: on the lab's own"
    )
    parser.add_argument("--notes", action="store_true", help="what could not be expressed")


def _devices(lab: Lab, given: argparse.Namespace) -> object:
    if given.prefix is not None and given.on is None:
        raise Usage("--prefix is for an adapter that is turned on")
    if given.at is not None:
        lab.foreign.at(None if given.at == "lab" else given.at)
    if given.off is not None:
        lab.foreign.turn_off(given.off)
    if given.on is not None:
        lab.foreign.turn_on(given.on, given.prefix)
        return f"{given.on} is on: who describes himself so appears from now on"
    members = lab.foreign.members()
    if given.notes:
        ignored = lab.foreign.ignored().items()
        told = [f"{shown(topic)}: ignored: {shown(why, 200)}" for topic, why in ignored]
        return "\n".join([*_notes(members), *told]) or "nothing was left out"
    lines = [_switches(lab)]
    if lab.foreign.where is not None:
        lines.append(f"devices are at {lab.foreign.where}")
    if members:
        lines += ["", report.table(map(_row, members), head=HEAD)]
        lines += [f"{shown(each.problem, 200)}" for each in members if each.problem]
    return "\n".join(lines)


HEAD = ("role", "", "component", "inports", "outports", "passed", "skipped", "refused")


def _row(member: Foreigner) -> tuple[str, ...]:
    return (
        shown(member.role),
        "here" if member.is_alive else "away",
        shown(member.component),
        _ports(member.described.inports),
        _ports(member.described.outports),
        f"{member.passed:,}",
        f"{member.skipped:,}",
        f"{member.refused:,}",
    )


def _ports(ports: Iterable[Port]) -> str:
    return listed([f"{port.id}" for port in ports], 4) if ports else ""


def _notes(members: Iterable[Foreigner]) -> list[str]:
    return [f"{shown(each.role)}: {shown(note, 200)}" for each in members for note in each.notes]


def _switches(lab: Lab) -> str:
    on = [name for name, is_on in lab.foreign.adapters().items() if is_on]
    off = [name for name, is_on in lab.foreign.adapters().items() if not is_on]
    said = [f"{listed(on)} on" if on else "", f"{listed(off)} off (`--on`)" if off else ""]
    return f"adapters: {', '.join(each for each in said if each)}"


def _scan_arguments(parser: Parser) -> None:
    parser.add_argument("pattern", nargs="?", default="#", metavar="TOPICS", help="# for all")
    parser.add_argument(
        "--seconds",
        type=float,
        default=SCAN_SECONDS,
        help=f"how long to listen ({SCAN_SECONDS:g}); what is retained comes at once",
    )
    parser.add_argument("--text", action="store_true", help="as YAML, to be edited and kept")


def _scan(lab: Lab, given: argparse.Namespace) -> object:
    if not 0 < given.seconds <= 600:
        raise Usage(f"--seconds is how long to listen: up to 600, not {given.seconds:g}")
    found = lab.foreign.scan(given.seconds, given.pattern)
    if not found:
        return f"nothing that looks like a device was heard in {given.seconds:g} s"
    from .scanning import ScanPanel, as_text

    return as_text(found) if given.text else ScanPanel(lab, found)


COMMANDS = (
    Command(
        "register",
        "announce a device that is described in a file",
        _register,
        _register_arguments,
        ("yaml file",),
    ),
    Command(
        "devices",
        "foreign participants, and the adapters that find them",
        _devices,
        _devices_arguments,
        values={"--on": "adapter", "--off": "adapter"},
        examples="""\
  %msgflo devices                        who is there, and what was understood
  %msgflo devices --on homeassistant     what Home Assistant would find
  %msgflo devices --at mqtt://home       the lab here, the devices there""",
    ),
    Command(
        "scan",
        "propose devices from the topics on a broker",
        _scan,
        _scan_arguments,
        examples="""\
  %msgflo scan                           listen for 5 seconds; accept with a click
  %msgflo scan sensors/# --seconds 30
  %msgflo scan --text                    as YAML for `%%foreign`""",
    ),
)
