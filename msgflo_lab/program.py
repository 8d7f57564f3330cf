"""`python -m msgflo_lab.program FILE ROLE`: the participant in a file, as a program of its own.

The file is run. Its participant is its class with a `process`, or else its public function; where
there are several, the one that is called as the file is. What the file only imports does not
count. Classes that are written for msgflo's own Python library are run by that, or by what stands
in for it where it is not installed (`msgflo_lab.msgflo_python`), and of several it is the first by
name, as there.
"""

from __future__ import annotations

import argparse
import importlib.util
import inspect
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from .errors import InvalidDefinition, MsgFloLabError
from .names import listed
from .standalone import BROKER, run

MODULE = "msgflo_lab_participant"
"""What the file is called as a module: its own name could be that of one of Python's."""


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
        if _is_msgflos(code):
            _run_with_msgflo(code, given)
            return 0
        details: Any = {"component": given.component} if given.component else {}
        run(code, given.role, broker=given.broker, **details)
    except MsgFloLabError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def load(file: Path, name: str = MODULE) -> ModuleType:
    """Run a file.

    Args:
        name: What it is called as a module.

    Raises:
        InvalidDefinition: There is no such file of Python.
        Exception: What it raised.
    """
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None or not file.is_file():
        raise InvalidDefinition(f"{file}: no file of Python")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    # What lies beside it, it may import; behind what is installed, so that nothing is hidden.
    places = (str(file.absolute().parent), str(Path.cwd()))
    sys.path += [place for place in places if place not in sys.path]
    spec.loader.exec_module(module)
    return module


def participant_of(module: ModuleType, file: Path) -> Callable[..., Any]:
    """The participant of a file that was run.

    Raises:
        InvalidDefinition: There is none, or nothing says which one.
    """
    first = first_with_send(module)
    if first is not None and _is_msgflos(first):
        return first
    own = {
        name: each
        for name, each in vars(module).items()
        if not name.startswith("_") and getattr(each, "__module__", None) == module.__name__
    }
    classes = {n: c for n, c in own.items() if inspect.isclass(c) and _is_participant(c)}
    functions = {n: f for n, f in own.items() if inspect.isfunction(f)}
    found = classes or functions
    named = [each for name, each in found.items() if _alike(name) == _alike(file.stem)]
    if len(named) == 1 or len(found) == 1:
        return (named or list(found.values()))[0]
    what = f"several: {listed(found)}" if found else "none"
    raise InvalidDefinition(
        f"{file}: a file has one participant, a class with `process` or a function, and here are "
        f"{what}; call one `{file.stem}` like the file, or put a _ before what is none"
    )


def first_with_send(module: ModuleType) -> Callable[..., Any] | None:
    """What msgflo-python takes for a file's participant: its first name that has what one has.

    Imported names count. The base class does not.
    """
    base = getattr(sys.modules.get("msgflo"), "Participant", None)
    for name in dir(module):
        symbol = getattr(module, name)
        if symbol is not base and hasattr(symbol, "send") and hasattr(symbol, "process"):
            found: Callable[..., Any] = symbol
            return found
    return None


def _is_msgflos(code: Callable[..., Any]) -> bool:
    base = getattr(sys.modules.get("msgflo"), "Participant", None)
    return inspect.isclass(code) and base is not None and issubclass(code, base)


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


def _is_participant(code: type) -> bool:
    return callable(getattr(code, "process", None)) or callable(getattr(code, "run", None))


def _alike(name: str) -> str:
    return "".join(char for char in name.lower() if char.isalnum())


if __name__ == "__main__":
    sys.exit(main())
