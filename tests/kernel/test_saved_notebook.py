"""What stays in a notebook that was executed by a program: little, and a still picture."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter

STATE = "application/vnd.jupyter.widget-state+json"
FIRST = Path(__file__).parents[2] / "notebooks" / "00-thermometer.ipynb"


@pytest.fixture(scope="module")
def executed() -> Any:
    notebook = nbformat.read(FIRST, as_version=4)  # type: ignore[no-untyped-call]
    NotebookClient(notebook, timeout=60, extra_arguments=["--log-level=ERROR"]).execute()
    return notebook


def test_it_is_small_and_holds_no_state_of_the_widget(executed: Any) -> None:
    state = executed.metadata.get("widgets", {}).get(STATE, {}).get("state", {})
    assert state == {}
    assert len(nbformat.writes(executed)) < 100_000  # type: ignore[no-untyped-call]


def test_both_pictures_are_there_as_svg_and_as_text(executed: Any) -> None:
    bundles = [
        output.data
        for cell in executed.cells
        for output in cell.get("outputs", [])
        if "image/svg+xml" in output.get("data", {})
    ]
    assert len(bundles) == 2
    assert ">heater<" in bundles[-1]["image/svg+xml"]
    assert "thermo.out -> format.celsius" in bundles[-1]["text/plain"]


def test_a_converter_shows_the_picture(executed: Any) -> None:
    exporter = HTMLExporter()  # type: ignore[no-untyped-call]
    html, _ = exporter.from_notebook_node(executed)
    pictures = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', html)
    assert len(pictures) == 2
    assert b">heater<" in base64.b64decode(pictures[-1])
    assert '<script type="application/vnd.jupyter.widget-view+json"' not in html
