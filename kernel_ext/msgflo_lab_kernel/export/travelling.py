"""What of a notebook can be made anew in a script, and what cannot; and what to do then."""

from __future__ import annotations

import ast
import gc
import io
import sys
from collections.abc import AsyncIterator, Awaitable, Iterator
from pathlib import Path
from types import GeneratorType, ModuleType

from msgflo_lab.names import shown

EMBED_MOST = 64 * 1024
"""Characters of a value that may be embedded: more is data, and belongs into a file."""

_FOREIGN = {
    "IPython": "it belongs to the notebook",
    "ipykernel": "it belongs to the notebook",
    "ipywidgets": "a widget lives in the notebook's page; keep it out of the handler",
    "anywidget": "a widget lives in the notebook's page; keep it out of the handler",
    "matplotlib": "a picture of the notebook; make it in the handler, or keep it out",
    "pandas": "a table; read it in the handler, or make it of plain values",
    "polars": "a table; read it in the handler, or make it of plain values",
    "pyarrow": "a table; read it in the handler, or make it of plain values",
    "sqlite3": "an open database; open it in the handler, or in a class with `__init__`",
    "socket": "an open connection; open it in the handler, or in a class with `__init__`",
    "subprocess": "a running program; start it in the handler",
    "threading": "",
    "msgflo_lab.lab": "the notebook's lab: a script has none; send with `return`, `yield` or "
    "`self.send`, and wire the ports in the graph",
}
"""Modules whose objects stay behind, and why; "" where only some of them do."""


_MAKE_ITERATORS = ("builtins", "itertools", "_csv", "re")
_IN_MEMORY = (io.StringIO, io.BytesIO)
_DEEP = 8
"""Iterators over iterators that are looked into."""


def problem_of(value: object, deep: int = _DEEP) -> str:
    """Why a value cannot be made anew by the statements that have made it; "" if it can.

    An iterator can: what was taken of it, is taken again. If it is none over an open file, say.

    Args:
        deep: How many iterators may be within one another; others are not looked into.
    """
    kind = type(value)
    if isinstance(value, ModuleType | type) or kind in _IN_MEMORY:
        return ""
    if _module_of(kind) == "unittest.mock":  # which says of itself that it is everything
        return ""
    if isinstance(value, io.IOBase):
        name = getattr(value, "name", "")
        called = f" (`{shown(str(name))}`)" if isinstance(name, str) and name else ""
        return f"an open file{called}; open it in the handler, or in a class with `__init__`"
    if isinstance(value, AsyncIterator | Awaitable):
        return f"a {kind.__name__}, which is used up as it goes; make it in the handler"
    if isinstance(value, Iterator):
        held = (problem_of(each, deep - 1) for each in _held(value)) if deep else ()
        why = next(filter(None, held), "")
        return f"a {kind.__name__} over {why}" if why else ""
    for each in kind.__mro__:
        module = _module_of(each)
        for name, why in _FOREIGN.items():
            if why and (module == name or module.startswith(f"{name}.")):
                return f"a {kind.__name__}: {why}"
    if kind.__name__ == "Thread":
        return "a thread; start it in a class with `__init__`"
    return ""


def _module_of(kind: type) -> str:
    """The module of a class; "" of one that has something else under that name, as a slot."""
    module: object = kind.__module__
    return module if isinstance(module, str) else ""


def _held(iterator: Iterator[object]) -> list[object]:
    """What an iterator takes from: of a generator, what its names are where it waits."""
    if isinstance(iterator, GeneratorType):
        frame = iterator.gi_frame
        values = [] if frame is None else list(frame.f_locals.values())
        return [*values, iterator.gi_yieldfrom]
    # Instances of people's own classes are what their classes make of them.
    if _module_of(type(iterator)) not in _MAKE_ITERATORS:
        return []
    found = gc.get_referents(iterator)
    within = [each for several in found if isinstance(several, tuple) for each in several]
    return [*found, *within]  # `zip` and `map` have theirs in a tuple


def file_of(module: ModuleType) -> Path | None:
    """The file of a module that is no installed one, but lies around here; None else."""
    place = getattr(module, "__file__", None)
    if place is None:
        return None
    file = Path(place).resolve()
    return None if is_installed(file) else file


def is_installed(file: Path) -> bool:
    """True for a file of Python's own, or of a distribution."""
    file = file.resolve()
    installed = (sys.prefix, sys.base_prefix)
    if any(file.is_relative_to(Path(each).resolve()) for each in installed):
        return True
    return "site-packages" in file.parts or "dist-packages" in file.parts


def plain(value: object) -> object:
    """A number of numpy's, or the lines that a command has printed, as Python has them."""
    module = _module_of(type(value))
    if module == "numpy" and getattr(value, "shape", None) == ():
        item = getattr(value, "item", None)
        return item() if item is not None else value
    return list(value) if module.startswith("IPython") and isinstance(value, list) else value


def literal_of(value: object) -> str | None:
    """A value as the text of Python that gives it again; None if there is none, or it is large."""
    value = plain(value)
    text = repr(value)
    if len(text) > EMBED_MOST:
        return None
    try:
        again = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    return text if type(again) is type(value) and again == value else None
