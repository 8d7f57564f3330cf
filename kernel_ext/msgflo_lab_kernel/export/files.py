"""The files of Python that `%run` has run."""

from __future__ import annotations

import getopt
import shlex
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from msgflo_lab.script import unguarded

from .halfway import failed_in
from .magics import Magic
from .ran import File

_OPTIONS = "nidtN:b:pD:l:rs:T:em:G"
"""Of `%run`, as getopt has it."""


def files_of(
    magics: Iterable[Magic], expand: Callable[[str], str], error: BaseException | None
) -> tuple[File, ...]:
    """The files that magics have run, as they are now.

    Args:
        expand: Puts values in place of names, `{folder}`.
        error: What some of them may have failed with, which is shown only.
    """
    return tuple(_files(magics, expand, error))


def _files(
    magics: Iterable[Magic], expand: Callable[[str], str], error: BaseException | None
) -> Iterator[File]:
    for magic in magics:
        if magic.name != "run":
            continue
        try:
            options, words = getopt.getopt(shlex.split(expand(magic.line)), _OPTIONS)
        except (getopt.GetoptError, ValueError, NameError):
            continue
        given = dict(options)
        file = _file(words[0]) if words and "-m" not in given else None
        if file is None:
            continue
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, ValueError):
            continue
        failed = failed_in(error.__traceback__, str(file)) if error is not None else None
        yield File(
            magic.node.lineno,
            file.name,
            unguarded(text, is_main=False) if "-n" in given else text,
            failed,
            "-i" in given,
        )


def _file(name: str) -> Path | None:
    """It is found as IPython does, with its ending or without; None if it is no plain Python."""
    path = Path(name).expanduser()
    for each in (path, path.with_name(f"{path.name}.py")):
        if each.is_file():
            return each.resolve() if each.suffix == ".py" else None
    return None
