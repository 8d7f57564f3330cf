"""The participant in a file of Python.

The file is run. Its participant is what it says to be its component (`msgflo_lab.component`), or
else its class with a `process`, or else its public function; where there are several, the one that
is called as the file is. What the file only imports does not count. Of classes that are written for
msgflo's own Python library, it is the first by name, as there.
"""

from __future__ import annotations

import importlib.util
import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, TypeGuard

from ..errors import InvalidDefinition
from ..names import listed
from .behaviour import Behaviour

MODULE = "msgflo_lab_participant"
"""What the file is called as a module: its own name could be that of one of Python's."""

Code = Callable[..., Any] | Behaviour
"""A function or class; or what was read off one."""


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


def participant_of(module: ModuleType, file: Path) -> Code:
    """The participant of a file that was run.

    Raises:
        InvalidDefinition: There is none, or nothing says which one.
    """
    said = [each for each in vars(module).values() if isinstance(each, Behaviour)]
    if len(said) == 1:
        return said[0]
    first = first_with_send(module)
    if first is not None and is_msgflos(first):
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


def is_msgflos(code: Code) -> TypeGuard[Callable[..., Any]]:
    """True for a class that is written for msgflo's own Python library."""
    base = getattr(sys.modules.get("msgflo"), "Participant", None)
    return inspect.isclass(code) and base is not None and issubclass(code, base)


def _is_participant(code: type) -> bool:
    return callable(getattr(code, "process", None)) or callable(getattr(code, "run", None))


def _alike(name: str) -> str:
    return "".join(char for char in name.lower() if char.isalnum())
