"""The first notebook with a real broker and a real Node.js participant: its last part runs too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from msgflo_lab.lab import Lab
from tests.brokers import Mosquitto

from .conftest import Subscriber
from .watching import is_running, wait_for

FIRST = Path(__file__).parents[2] / "notebooks" / "00-thermometer.ipynb"


def test_the_part_with_a_broker(
    mosquitto: Mosquitto, lab: Lab, repeat: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait_for(lab, is_running(repeat))
    monkeypatch.setenv("MSGFLO_BROKER", mosquitto.url)
    notebook: Any = nbformat.read(FIRST, as_version=4)  # type: ignore[no-untyped-call]
    ear = Subscriber(mosquitto, "format.OUT")
    try:
        NotebookClient(notebook, timeout=60, extra_arguments=["--log-level=ERROR"]).execute()
        ear.wait_for(b'"Inside 22.2 C Outside: -5.5 C"')
    finally:
        ear.close()
    printed = [
        output.text.strip()
        for cell in notebook.cells
        if "broker" in cell.source
        for output in cell.get("outputs", [])
        if output.output_type == "stream"
    ]
    # From the formatter, and then by way of the Node.js process.
    assert printed == ["Inside 22.2 C Outside: -5.5 C"] * 2
