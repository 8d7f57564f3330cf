"""The first notebook in JupyterLab, in a real browser, as its reader sees it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NOTEBOOK
from tests.browser.jupyter import Busy, Notebook, Picture

ROLES = ("thermo", "display", "format", "outside", "guard", "heater")
EDGES = {
    "thermo.out → format.celsius",
    "format.out → display.text",
    "outside.out → format.outside",
    "outside.out → guard.temperature",
    "guard.out → heater.on",
}

COUNTED = "thermo.out → format.celsius"
"""An edge on which messages pass all the time."""


@pytest.fixture
def picture(notebook: Notebook) -> Picture:
    first = notebook.pictures().first
    first.scroll_into_view_if_needed()
    return Picture(first)


def test_every_participant_and_edge_is_in_both_views(notebook: Notebook, artefacts: Path) -> None:
    expect(notebook.pictures()).to_have_count(2, timeout=10_000)
    for at in range(2):
        view = Picture(notebook.pictures().nth(at))
        view.root.scroll_into_view_if_needed()
        view.wait_for(*ROLES)
        assert view.edges() == dict.fromkeys(EDGES, "bound")
        view.root.screenshot(path=artefacts / f"thermometer-{at}.png")


def test_a_counter_moves_while_a_cell_runs(
    notebook: Notebook, picture: Picture, busy: Busy
) -> None:
    picture.wait_for_messages(COUNTED)
    assert busy.is_so
    busy.let_go()
    notebook.run("pass")


def test_one_from_the_middle_comes_and_goes(
    notebook: Notebook, picture: Picture, artefacts: Path
) -> None:
    cell = "%%participant {0}\ndef {0}(x):\n    return x"
    notebook.run(cell.format("middle"))
    notebook.run(cell.format("last"))
    notebook.run("%msgflo connect guard.out middle.x")
    picture.wait_for(*ROLES, "middle", "last")
    assert set(picture.edges()) == EDGES | {"guard.out → middle.x"}
    notebook.run("%msgflo disconnect guard.out middle.x\n%msgflo remove middle")
    picture.wait_for(*ROLES, "last")
    assert picture.edges() == dict.fromkeys(EDGES, "bound")
    picture.root.screenshot(path=artefacts / "after-removal.png")
    notebook.run("%msgflo remove last")
    picture.wait_for(*ROLES)


def test_a_view_that_is_opened_late_shows_everything(notebook: Notebook) -> None:
    cell = notebook.run("%msgflo graph")
    late = cell.locator(".msgflo-picture")
    late.wait_for()
    Picture(late).wait_for(*ROLES)
    assert set(Picture(late).edges()) == EDGES


def test_another_height_is_another_picture_of_the_same(
    page: Page, notebook: Notebook, picture: Picture
) -> None:
    before = picture.root.bounding_box()
    shown = notebook.run("%msgflo graph --height 240").locator(".msgflo-picture")
    shown.wait_for()
    low = notebook.pictures().last  # later cells show none
    Picture(low).wait_for(*ROLES)
    assert set(Picture(low).edges()) == EDGES
    box, after = low.bounding_box(), picture.root.bounding_box()
    assert box is not None
    assert before is not None
    assert after is not None
    assert box["height"] == 240
    assert after["height"] == before["height"] == 420
    notebook.run("%%participant both\ndef both(x):\n    return x")
    for view in (picture, Picture(low)):
        view.wait_for(*ROLES, "both")
    notebook.run("%msgflo remove both")
    for view in (picture, Picture(low)):
        view.wait_for(*ROLES)


def test_names_are_text_and_never_markup(page: Page, notebook: Notebook, picture: Picture) -> None:
    evil = "<img src=x onerror='window.pwned=1'>\"&amp;\n🌡"
    notebook.run("%%participant evil\ndef evil(x):\n    return x")
    notebook.run(f"lab.rename('evil', {evil!r})")
    picture.wait_for(*ROLES, evil)
    assert page.locator(".msgflo-picture img").count() == 0
    assert page.evaluate("window.pwned") is None
    notebook.run(f"lab.remove({evil!r})")
    picture.wait_for(*ROLES)


def test_a_dragged_card_reaches_python(page: Page, notebook: Notebook, picture: Picture) -> None:
    picture.root.evaluate("root => root.scrollIntoView({block: 'center'})")
    x, y = picture.place("heater")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 20, y + 40, steps=8)
    page.mouse.up()
    told = notebook.printed(
        "import time\n"
        "for _ in range(100):\n"
        "    place = lab.graph.nodes['heater'].metadata\n"
        "    if 'x' in place: break\n"
        "    time.sleep(0.05)\n"
        "print(sorted(place))"
    )
    assert told == "['x', 'y']"


def test_the_theme_follows_jupyterlab_at_once(
    notebook: Notebook, picture: Picture, artefacts: Path
) -> None:
    def brightness() -> float:
        colour = picture.root.evaluate(
            "root => getComputedStyle(root).backgroundColor.match(/\\d+/g).map(Number)"
        )
        return float(sum(colour[:3]) / 3)

    assert brightness() > 200
    notebook.command("apputils:change-theme", theme="JupyterLab Dark")
    notebook.page.wait_for_selector('body[data-jp-theme-light="false"]', state="attached")
    notebook.page.wait_for_function(
        "root => getComputedStyle(root).backgroundColor.match(/\\d+/g)"
        ".map(Number).slice(0, 3).every(part => part < 60)",
        arg=picture.root.element_handle(),
    )
    picture.root.screenshot(path=artefacts / "thermometer-dark.png")
    notebook.command("apputils:change-theme", theme="JupyterLab Light")
    notebook.page.wait_for_selector('body[data-jp-theme-light="true"]', state="attached")


def test_the_saved_notebook_is_small_and_holds_a_still_picture(
    notebook: Notebook, lab_folder: Path
) -> None:
    notebook.command("docmanager:save")
    file = lab_folder / NOTEBOOK
    saved = json.loads(file.read_text())
    bundles = [
        output["data"]
        for cell in saved["cells"]
        for output in cell.get("outputs", [])
        if "application/vnd.jupyter.widget-view+json" in output.get("data", {})
    ]
    assert bundles
    assert all("image/svg+xml" in bundle for bundle in bundles)
    assert file.stat().st_size < 150_000


@pytest.fixture
def saved(notebook: Notebook) -> int:
    """How many pictures there are in the notebook, which is saved."""
    notebook.run("%msgflo graph --height 250")
    notebook.command("docmanager:save")
    return notebook.pictures().count()


def test_pictures_of_a_page_that_is_loaded_while_a_cell_runs(
    notebook: Notebook, lab_url: str, saved: int, busy: Busy
) -> None:
    """They live on, though the kernel is busy when the page is loaded again."""
    pytest.importorskip("ipykernel", minversion="7")  # before, no shell but the main one
    assert saved >= 3
    notebook.load(lab_url.format(NOTEBOOK))
    expect(notebook.pictures()).to_have_count(saved, timeout=20_000)
    for at in range(saved):
        view = Picture(notebook.pictures().nth(at))
        view.root.scroll_into_view_if_needed()
        view.wait_for(*ROLES)
        view.wait_for_messages(COUNTED, more=1)
    assert busy.is_so


def test_nothing_is_fetched_from_elsewhere(notebook: Notebook, foreign_requests: list[str]) -> None:
    assert notebook.pictures().count() >= 2
    assert foreign_requests == []


def test_a_stopped_lab_is_quiet_and_lives_again(notebook: Notebook, picture: Picture) -> None:
    notebook.run("%msgflo stop")
    quiet = "root => root.querySelector('.msgflo-dot-off') !== null"
    root = picture.root.element_handle()
    notebook.page.wait_for_function(quiet, arg=root)
    notebook.page.wait_for_function(
        "root => root.querySelector('.msgflo-totals').textContent.endsWith(' 0 msg/s')", arg=root
    )
    assert set(picture.participants().values()) == {"absent"}
    notebook.run("%msgflo start")
    notebook.page.wait_for_function(f"root => !({quiet})(root)", arg=root)
    assert picture.edges() == dict.fromkeys(EDGES, "bound")


def test_unloading_takes_every_picture_away_without_complaint(
    page: Page, notebook: Notebook
) -> None:
    complaints: list[str] = []
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    cell = notebook.run("%unload_ext msgflo_lab")
    page.wait_for_function("() => document.querySelectorAll('.msgflo-picture').length === 0")
    assert cell.locator(".jp-OutputArea-output").count() == 0
    assert notebook.printed("print('alive')") == "alive"
    assert complaints == []
