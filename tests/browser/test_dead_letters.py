"""The panel of dead letters in JupyterLab, as somebody uses it by mouse and keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.jupyter import Busy, Notebook

FILE = "dead-letters.ipynb"
WORKER = """\
%%participant worker
def worker(job):
    if job["n"] < 0:
        raise ValueError("<img src=x onerror='window.pwned=1'> $x^2$")
    return job["n"]"""
WAIT = 10_000
"""Milliseconds: the panel asks every two seconds."""


@pytest.fixture(scope="module")
def notebook(page: Page, lab_url: str, lab_folder: Path) -> Notebook:
    """A notebook with a lab and a panel without letters."""
    return Notebook.made(page, lab_url, lab_folder / FILE, WORKER, "%msgflo dead --panel")


@pytest.fixture
def panel(notebook: Notebook) -> Locator:
    panel = notebook.page.locator(".msgflo-dead").first
    panel.scroll_into_view_if_needed()
    return panel


def button(panel: Locator, name: str) -> Locator:
    return panel.get_by_role("button", name=name)


def test_a_letter_is_edited_and_requeued(
    notebook: Notebook, panel: Locator, artefacts: Path
) -> None:
    expect(panel).to_contain_text("No dead letters.")
    notebook.run("lab.send('worker.job', {'n': -5})")
    row = panel.locator("tbody tr")
    expect(row).to_have_count(1, timeout=WAIT)
    expect(row).to_contain_text("ValueError: <img src=x onerror='window.pwned=1'> $x^2$")
    row.locator(".msgflo-payload").click()
    text = panel.locator("textarea")
    expect(text).to_have_value('{\n  "n": -5\n}')
    text.fill('{"n": 5')
    expect(panel.locator(".msgflo-editor")).to_contain_text("not JSON: line 1, column 8")
    expect(button(panel, "Requeue edited")).to_be_disabled()
    panel.screenshot(path=artefacts / "dead-letter-edited.png")
    text.fill('{"n": 5}')
    expect(button(panel, "Requeue edited")).to_be_enabled()
    button(panel, "Requeue edited").click()
    expect(row).to_have_count(0, timeout=WAIT)
    expect(panel).to_contain_text("1 dead letter of worker.job requeued")
    assert notebook.printed("print(lab.inspect('worker.out', 1, wait=5)[0].value)") == "5"


def test_what_comes_in_moves_nothing_that_is_being_typed(
    notebook: Notebook, panel: Locator, artefacts: Path
) -> None:
    notebook.run("lab.send('worker.job', {'n': -1})")
    row = panel.locator("tbody tr")
    expect(row).to_have_count(1, timeout=WAIT)
    row.locator(".msgflo-payload").click()
    text = panel.locator("textarea")
    expect(text).to_have_value('{\n  "n": -1\n}')  # it comes a moment after the area
    text.fill('{"n": 1}')
    expect(panel).to_contain_text("edited")
    above = height_above(panel, text)
    notebook.run("for n in range(20): lab.send('worker.job', {'n': -n - 1})")
    expect(row).to_have_count(21, timeout=WAIT)
    panel.screenshot(path=artefacts / "dead-letters-typing.png")
    assert height_above(panel, text) == above
    expect(text).to_have_value('{"n": 1}')
    button(panel, "Undo edits").click()
    button(panel, "Close").click()
    notebook.run("lab.dead.drop('worker.job')")
    expect(row).to_have_count(0, timeout=WAIT)


def height_above(panel: Locator, part: Locator) -> float:
    """Pixels from the panel's top to a part of it."""
    whole, box = panel.bounding_box(), part.bounding_box()
    assert whole is not None
    assert box is not None
    return box["y"] - whole["y"]


def test_some_are_ticked_and_dropped_at_the_second_click(
    notebook: Notebook, panel: Locator, artefacts: Path
) -> None:
    notebook.run("for n in range(200): lab.send('worker.job', {'n': -n - 1, 'text': 'x' * n})")
    row = panel.locator("tbody tr")
    expect(row).to_have_count(200, timeout=WAIT)
    panel.screenshot(path=artefacts / "dead-letters.png")
    for at in (0, 2):
        row.nth(at).locator("input").check()
    button(panel, "Drop selected (2)").click()
    button(panel, "Really drop 2?").click()
    expect(row).to_have_count(198, timeout=WAIT)
    expect(row.first).to_contain_text('{"n": -2')
    row.first.focus()
    notebook.page.keyboard.press("Space")
    expect(row.first.locator("input")).to_be_checked()
    notebook.page.keyboard.press("Enter")
    expect(panel.locator("textarea")).to_have_value('{\n  "n": -2,\n  "text": "x"\n}')


def test_it_is_used_while_a_cell_runs(notebook: Notebook, panel: Locator, busy: Busy) -> None:
    pytest.importorskip("ipykernel", minversion="7")  # before, no shell but the main one
    before = panel.locator("tbody tr").count()
    panel.locator("tbody tr").nth(1).locator("input").check()
    button(panel, "Drop selected (2)").click()
    button(panel, "Really drop 2?").click()
    expect(panel.locator("tbody tr")).to_have_count(before - 2)
    assert busy.is_so
    busy.let_go()
    notebook.run("pass")


def test_nothing_from_outside_is_markup(page: Page, panel: Locator) -> None:
    expect(panel.locator("img, mjx-container, .MathJax")).to_have_count(0)
    assert page.evaluate("window.pwned") is None


def test_unloading_takes_it_away(notebook: Notebook) -> None:
    notebook.run("%unload_ext msgflo_lab")
    expect(notebook.page.locator(".msgflo-dead")).to_have_count(0)
    assert notebook.printed("print('alive')") == "alive"
