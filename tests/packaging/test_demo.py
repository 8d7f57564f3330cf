"""`make demo`: the first notebook's messages and graph, in a terminal."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat

from .conftest import ROOT, run

DEMO = ROOT / "notebooks/demo.py"


def test_it_prints_what_arrived_at_the_display_and_the_graph(tmp_path: Path) -> None:
    printed = run(sys.executable, DEMO, cwd=tmp_path)
    messages, _, graph = printed.partition("\n\n")
    wanted = ["22.3333333", "Temperature: 22.3 C", "Inside 22.2 C Outside: -5.5 C"]
    lines = messages.splitlines()
    assert [line for line in dict.fromkeys(lines) if line in wanted] == wanted
    assert "format.out -> display.text" in graph


def test_a_cell_that_fails_is_told_in_one_line(tmp_path: Path) -> None:
    cells = [nbformat.v4.new_code_cell(code) for code in ("1", "1 / 0")]  # type: ignore[no-untyped-call]
    notebook = tmp_path / "broken.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), notebook)  # type: ignore[no-untyped-call]
    done = subprocess.run(
        [sys.executable, DEMO, notebook], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == "broken.ipynb: cell 2 failed: ZeroDivisionError: division by zero\n"
