"""`msgflo.main`, and the script `msgflo-python FILE.py ROLE`.

Both are what msgflo-python has, with one exception: the role that is given to a program which calls
`msgflo.main(Class)` is its first argument. (In msgflo-python 0.4.1 it is the program's own name.)
"""

from __future__ import annotations

import importlib
import json
import signal
import sys
from collections.abc import Callable
from optparse import OptionParser
from pathlib import Path
from typing import Any

from .. import standalone
from ..errors import MsgFloLabError
from ..runtime.python_file import first_with_send, load, participant_of
from .engine import run

USAGE = "Usage: msgflo-python FILE.py ROLE"


def parse(argv: list[str], defaults: dict[str, Any] | None = None) -> list[Any]:
    """A command line: `[-i IIPS] ROLE`. Its values and the parser."""
    parser = OptionParser(usage="%prog [options] role")
    parser.add_option(
        "-i",
        "--iips",
        dest="iips",
        default="{}",
        help="Data as initial information packets",
        metavar='{"inportA": "inA-data", ...}',
    )
    parser.set_defaults(**(defaults or {}))
    options, args = parser.parse_args(argv[1:])
    try:
        options.iips = json.loads(options.iips)
    except ValueError as error:
        parser.error(f"--iips is no JSON: {error}")
    if not isinstance(options.iips, dict):
        parser.error("--iips is no object, with data by inport")
    options.role = args[0] if args else argv[0]
    return [options, parser]


def main(Participant: Callable[[str], Any], role: str | None = None) -> None:  # noqa: N803
    """Be one participant, until the program is told to end (SIGTERM, or Ctrl-C).

    Told to end, it finishes the messages that it has in hand; told again, it ends at once.

    Args:
        Participant: Its class, or whatever makes one for a role.
        role: Its role; else that on the command line.
    """
    config, _ = parse(sys.argv)
    participant = Participant(role or config.role)
    try:
        engine = run([participant], done_cb=_nothing, iips=config.iips)
    except MsgFloLabError as error:
        sys.exit(str(error))
    signal.signal(signal.SIGINT, lambda *_: engine.end())
    said, info = participant.definition, engine.broker_info
    print(f"{said['role']}({said['component']}) running on {info.scheme}://{info.hostname}")
    sys.stdout.flush()
    engine.join()


def script() -> int:
    """`msgflo-python FILE.py ROLE`: be the first class in a file that is a participant.

    That is the first of all its names, in alphabetical order, that has `send` and `process`. In a
    file without one it is the participant of ours: msgflo runs all files of Python by this command.
    Returns the exit status.
    """
    if len(sys.argv) < 3:
        print(USAGE, file=sys.stderr)
        return 1
    file, role = Path(sys.argv[1]), sys.argv[2]
    try:
        module = load(file)
        found = first_with_send(module)
        if found is None:
            standalone.run(participant_of(module, file), role)
            return 0
    except MsgFloLabError as error:
        print(error, file=sys.stderr)
        return 1
    # The library itself where it is installed; it has a `main` of its own.
    importlib.import_module("msgflo").main(found, role)
    return 0


def _nothing() -> None:
    """`main` waits for the end by itself."""
