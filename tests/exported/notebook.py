"""A notebook whose cells leave it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from tests.kernel.conftest import Shell


@contextmanager
def notebook(folder: Path) -> Iterator[Shell]:
    """One with a lab, in a folder."""
    streams = sys.stdout, sys.stderr
    shell = Shell()
    # Numbered, as they are where people type them.
    shell.ipython.run_cell = partial(shell.ipython.run_cell, store_history=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        shell.ipython.run_line_magic("load_ext", "msgflo_lab")
        try:
            yield shell
        finally:
            shell.ipython.run_line_magic("unload_ext", "msgflo_lab")
            sys.stdout, sys.stderr = streams


def exported(folder: Path, cell: str, role: str) -> Path:
    """The script of a participant that a cell defines."""
    with notebook(folder) as shell:
        shell.run(cell)
        shell.run(f"%msgflo export participant {role} -o {role}.py")
    return folder / f"{role}.py"
