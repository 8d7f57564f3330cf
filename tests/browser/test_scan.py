"""What a scan proposes, in JupyterLab: accepted with a click."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.jupyter import Notebook

FILE = "scan.ipynb"
DEVICES = """\
for room, warm in (("kitchen", "21.5"), ("attic", "9.0")):
    lab.foreign.say(f"sensors/{room}/temperature", warm, retain=True)
lab.foreign.say("garage/lamp/state", "ON", retain=True)
lab.foreign.say("garage/lamp/set", "OFF", retain=True)
lab.foreign.say("weather", "temp=22.3;hum=40", retain=True)
lab.foreign.say("evil", "<img src=x onerror='window.pwned=1'>", retain=True)"""
WAIT = 10_000
"""Milliseconds."""


@pytest.fixture(scope="module")
def notebook(page: Page, lab_url: str, lab_folder: Path) -> Notebook:
    return Notebook.made(page, lab_url, lab_folder / FILE, DEVICES)


def test_a_proposal_is_accepted_with_a_click(notebook: Notebook, artefacts: Path) -> None:
    notebook.run("%msgflo scan --seconds 0.3")
    panel = notebook.page.locator(".msgflo-scan").first
    panel.scroll_into_view_if_needed()
    expect(panel).to_contain_text("lamp")
    panel.screenshot(path=artefacts / "scan.png")
    row = panel.locator(".msgflo-proposal", has_text="lamp")
    row.get_by_role("button", name="YAML").click()
    expect(row.locator("textarea")).to_be_visible()
    panel.screenshot(path=artefacts / "scan-yaml.png")
    row.get_by_role("button", name="Accept").click()
    expect(row).to_contain_text("lamp is here now", timeout=WAIT)
    panel.screenshot(path=artefacts / "scan-accepted.png")
    assert "lamp" in notebook.printed("%msgflo participants")
    assert notebook.page.evaluate("window.pwned") is None
