"""Notebooks, run in a kernel, and what their cells have shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"

Shown = list[tuple[str, str]]
"""The source of each cell of code, and the text that it has shown."""


def executed(notebook: Any) -> Shown:
    """Run it."""
    NotebookClient(notebook, timeout=60, extra_arguments=["--log-level=ERROR"]).execute()
    return shown_in(notebook)


def shown_in(notebook: Any) -> Shown:
    """What was shown when it was run last."""
    code = (cell for cell in notebook.cells if cell.cell_type == "code")
    return [(cell.source, text_of(cell).strip()) for cell in code]


def text_of(cell: Any) -> str:
    """What a cell has shown, as text."""
    return "".join(
        output.get("text") or output.get("data", {}).get("text/plain", "")
        for output in cell.get("outputs", [])
    )


def read(name: str) -> Any:
    """One of ours."""
    return nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)  # type: ignore[no-untyped-call]


def every(shown: Shown, text: str) -> list[str]:
    """What those cells have shown that have this text in their code."""
    return [output for source, output in shown if text in source]


def one(shown: Shown, text: str) -> str:
    """The same of the only one."""
    (found,) = every(shown, text)
    return found
