"""`python -m msgflo_lab.program FILE ROLE`: the participant in a file, as a program of its own.

See `runtime.python_file` for which one that is. Classes that are written for msgflo's own Python
library are run by that, or by what stands in for it where it is not installed
(`msgflo_lab.msgflo_python`).
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from .errors import MsgFloLabError
from .runtime.python_file import is_msgflos, load, participant_of
from .standalone import BROKER, run


def main(arguments: Sequence[str] | None = None) -> int:
    """The program. Returns its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m msgflo_lab.program", description="Run the participant in a file."
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("role")
    parser.add_argument("--component", help="what it announces that it is; else the code's name")
    parser.add_argument("--broker", help="its address; else it is taken from MSGFLO_BROKER")
    given = parser.parse_args(arguments)
    try:
        code = participant_of(load(given.file), given.file)
        if is_msgflos(code):
            _run_with_msgflo(code, given)
            return 0
        details: Any = {"component": given.component} if given.component else {}
        run(code, given.role, broker=given.broker, **details)
    except MsgFloLabError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _run_with_msgflo(code: Callable[[str], Any], given: argparse.Namespace) -> None:
    """As `msgflo-python FILE ROLE` does it, and with the component's name that was given."""

    def made(role: str) -> Any:
        participant = code(role)
        if given.component:
            participant.definition["component"] = given.component
        return participant

    if given.broker:
        os.environ[BROKER] = given.broker
    sys.argv = [str(given.file), given.role]  # it has a look, too
    sys.modules["msgflo"].main(made, given.role)


if __name__ == "__main__":
    sys.exit(main())
