"""One JupyterLab and one Chromium for all browser tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, expect, sync_playwright

from tests.brokers import need
from tests.browser.jupyter import WAITING, Busy, Notebook, jupyterlab

ROOT = Path(__file__).parents[2]
NOTEBOOK = "00-thermometer.ipynb"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def artefacts() -> Path:
    """Where screenshots go: `test-artefacts/`, or where MSGFLO_LAB_ARTEFACTS says."""
    folder = Path(os.environ.get("MSGFLO_LAB_ARTEFACTS", ROOT / "test-artefacts"))
    folder.mkdir(exist_ok=True, parents=True)
    return folder


# Not for the whole run: Playwright's own loop would stay open under the asynchronous tests.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = need("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def lab_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lab")
    shutil.copy(ROOT / "notebooks" / NOTEBOOK, folder)
    return folder


@pytest.fixture(scope="session")
def lab_url(lab_folder: Path) -> Iterator[str]:
    with jupyterlab(lab_folder) as url:
        yield url


@pytest.fixture(scope="module")
def foreign_requests() -> list[str]:
    """Every request of the page that did not go to this machine."""
    return []


@pytest.fixture(scope="module")
def page(browser: Browser, foreign_requests: list[str]) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1400, "height": 1000})

    def note(request: Request) -> None:
        if not request.url.startswith(("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:")):
            foreign_requests.append(request.url)

    page.on("request", note)
    page.on("pageerror", lambda error: pytest.fail(f"the page raised: {error}"))
    yield page
    page.close()


@pytest.fixture(scope="module")
def notebook(page: Page, lab_url: str) -> Notebook:
    """The first notebook, open, with every cell run."""
    notebook = Notebook(page)
    notebook.open(lab_url.format(NOTEBOOK))
    notebook.run_all()
    return notebook


@pytest.fixture
def busy(notebook: Notebook, lab_folder: Path) -> Iterator[Busy]:
    """The notebook's kernel runs a cell, until it is let go or the test is over."""
    found = Busy(lab_folder)
    cell = notebook.run(WAITING, wait=False)
    expect(cell).to_contain_text("waiting\n")
    assert cell.locator(".jp-InputPrompt").inner_text() == "[*]:"
    yield found
    found.let_go()
