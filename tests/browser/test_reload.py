"""The page is loaded again while a cell keeps the kernel busy: the pictures live on."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NOTEBOOK, ROOT
from tests.browser.jupyter import Notebook, Picture

COPY = "reload.ipynb"
EDGE = "thermo.out → format.celsius"
WAITING = """\
import pathlib, time
print("waiting")
deadline = time.monotonic() + 120
while not pathlib.Path("go-on").exists() and time.monotonic() < deadline:
    time.sleep(0.02)
pathlib.Path("went-on").touch()"""


@pytest.fixture(scope="module")
def notebook(page: Page, lab_url: str, lab_folder: Path) -> Notebook:
    """A copy of the first notebook, open, with every cell run and a picture more, and saved."""
    pytest.importorskip("ipykernel", minversion="7")  # before, no shell but the main one
    shutil.copy(ROOT / "notebooks" / NOTEBOOK, lab_folder / COPY)
    notebook = Notebook(page)
    notebook.open(lab_url.format(COPY))
    notebook.run_all()
    notebook.run("%msgflo graph --height 240")
    expect(notebook.pictures()).to_have_count(3)
    notebook.command("docmanager:save")
    return notebook


@pytest.fixture
def is_waiting(notebook: Notebook, lab_folder: Path) -> Iterator[Callable[[], bool]]:
    """A cell that runs until the test is over; tells whether it still does."""
    expect(notebook.run(WAITING, wait=False)).to_contain_text("waiting\n")
    yield lambda: not (lab_folder / "went-on").exists()
    (lab_folder / "go-on").touch()


def test_pictures_of_a_page_that_is_loaded_while_a_cell_runs(
    notebook: Notebook, lab_url: str, is_waiting: Callable[[], bool]
) -> None:
    notebook.load(lab_url.format(COPY))
    expect(notebook.pictures()).to_have_count(3, timeout=20_000)
    for at in range(3):
        view = Picture(notebook.pictures().nth(at))
        view.root.scroll_into_view_if_needed()
        view.wait_for("thermo", "display", "format", "outside", "guard", "heater")
        view.wait_for_messages(EDGE)
    assert is_waiting()
