"""A JupyterLab of our own on a free port, and the notebook that is open in a real browser."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
from playwright.sync_api import Locator, Page

from tests.brokers import free_port

READY_SECONDS = 60.0
RUN_SECONDS = 60.0
WAITING = """\
import pathlib, time
print("waiting")
deadline = time.monotonic() + 120
while not pathlib.Path("go-on").exists() and time.monotonic() < deadline:
    time.sleep(0.02)
pathlib.Path("went-on").touch()"""
"""A cell that keeps the kernel busy until it is let go, by files in the notebook's folder."""


@contextmanager
def jupyterlab(folder: Path) -> Iterator[str]:
    """JupyterLab serving `folder`, with settings of its own; yields a URL with `{}` for a file."""
    port, token, home = free_port(), secrets.token_hex(8), folder / ".home"
    places = (
        *("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR"),
        *("JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR"),
    )
    _write_settings(home / "JUPYTERLAB_SETTINGS_DIR")
    with (folder / "jupyter.log").open("wb") as log:
        server = subprocess.Popen(
            [
                *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
                *("--expose-app-in-browser", f"--port={port}", "--ServerApp.port_retries=0"),
                *(f"--ServerApp.root_dir={folder}", f"--IdentityProvider.token={token}"),
            ],
            env={**os.environ, **{name: str(home / name) for name in places}},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        address = f"http://127.0.0.1:{port}"
        try:
            _wait_until_it_answers(f"{address}/api/status?token={token}", server)
            yield f"{address}/lab/tree/{{}}?token={token}&reset"
        finally:
            server.terminate()
            server.wait(timeout=30)


def _write_settings(folder: Path) -> None:
    """No news, no pop-ups: nothing in the way of the mouse."""
    file = folder / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({"fetchNews": "false", "checkForUpdates": False}))


def _wait_until_it_answers(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError(f"JupyterLab has ended with {server.returncode}")
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)  # there is nothing but asking
        else:
            return
    raise TimeoutError("JupyterLab did not answer")


class Busy:
    """A kernel that a cell keeps busy."""

    def __init__(self, folder: Path) -> None:
        self._go_on, self._went_on = folder / "go-on", folder / "went-on"
        for each in (self._go_on, self._went_on):
            each.unlink(missing_ok=True)

    @property
    def is_so(self) -> bool:
        """Whether the cell still runs."""
        return not self._went_on.exists()

    def let_go(self) -> None:
        """End the cell."""
        self._go_on.touch()


class Notebook:
    """The notebook in a page, driven by JupyterLab's own commands."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @classmethod
    def made(cls, page: Page, url: str, file: Path, *cells: str) -> Notebook:
        """A new notebook with a lab that has been started, open, and these cells run in it.

        Args:
            url: See `jupyterlab`.
            file: Where it is to be, in the folder that is served.
        """
        new = nbformat.v4.new_notebook()  # type: ignore[no-untyped-call]
        new.cells = [nbformat.v4.new_code_cell("%load_ext msgflo_lab\n%msgflo start")]  # type: ignore[no-untyped-call]
        new.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
        nbformat.write(new, file)  # type: ignore[no-untyped-call]
        notebook = cls(page)
        notebook.open(url.format(file.name))
        notebook.run_all()
        for each in cells:
            notebook.run(each)
        return notebook

    def open(self, url: str) -> None:
        """Load the page, and wait for the kernel."""
        self.load(url)
        self.page.wait_for_function(
            "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session"
            "?.kernel?.status === 'idle'",
            timeout=READY_SECONDS * 1000,
        )

    def load(self, url: str) -> None:
        """Load the page, and wait for its cells only: the kernel may be busy."""
        self.page.goto(url)
        self.page.locator(".jp-Notebook .jp-CodeCell").first.wait_for(timeout=READY_SECONDS * 1000)

    def command(self, name: str, **arguments: object) -> Any:
        """Run one of JupyterLab's commands to its end."""
        return self.page.evaluate(
            "async ([name, args]) => { await window.jupyterapp.commands.execute(name, args) }",
            [name, arguments],
        )

    def run_all(self) -> None:
        """Run every cell, and wait until the last is done."""
        self.page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells') }")
        self.page.wait_for_function(
            "() => { const cells = window.jupyterapp.shell.currentWidget.content.model.cells;"
            " return [...cells].filter(c => c.type === 'code').every(c => c.executionCount) }",
            timeout=RUN_SECONDS * 1000,
        )

    def run(self, code: str, *, wait: bool = True) -> Locator:
        """Append a cell with this code and run it; returns the cell."""
        self.page.evaluate(
            """async ([code, wait]) => {
                const app = window.jupyterapp;
                const notebook = app.shell.currentWidget.content;
                notebook.activeCellIndex = notebook.widgets.length - 1;
                await app.commands.execute('notebook:insert-cell-below');
                notebook.activeCell.model.sharedModel.setSource(code);
                const done = app.commands.execute('notebook:run-cell');
                if (wait) await done;
            }""",
            [code, wait],
        )
        return self.page.locator(".jp-Notebook .jp-CodeCell").last

    def printed(self, code: str) -> str:
        """Run code in a cell of its own; returns what it printed."""
        outputs = self.run(code).locator(".jp-OutputArea-output")
        # Beside it, a kernel may complain on stderr of whatever it has just collected.
        printed = outputs.and_(
            self.page.locator('[data-mime-type="application/vnd.jupyter.stdout"]')
        )
        output = printed if printed.count() == 1 else outputs.last
        return output.inner_text().strip()

    def pictures(self) -> Locator:
        """Every view of the picture in the page."""
        return self.page.locator(".msgflo-picture")


class Picture:
    """One view of the picture, read through its accessible twin."""

    def __init__(self, root: Locator) -> None:
        self.root = root

    def participants(self) -> dict[str, str]:
        """State by role, in order."""
        script = "all => all.map(e => [e.dataset.participant, e.dataset.state])"
        return dict(self.root.locator("[data-participant]").evaluate_all(script))

    def edges(self) -> dict[str, str]:
        """State by `a.out → b.in`."""
        script = "all => all.map(e => [e.textContent.split('\\n')[0].trim(), e.dataset.state])"
        return dict(self.root.locator("[data-edge]").evaluate_all(script))

    def count(self, edge: str) -> int:
        """Messages that have passed an edge, as the twin tells."""
        found = self.root.locator("[data-edge]", has_text=edge).first
        return int(found.get_attribute("data-count") or 0)

    def wait_for_messages(self, edge: str, more: int = 5) -> None:
        """Until so many more messages have passed an edge."""
        self.root.page.wait_for_function(
            """([root, edge, count]) => [...root.querySelectorAll('[data-edge]')]
                .some(e => e.textContent.includes(edge) && Number(e.dataset.count) >= count)""",
            arg=[self.root.element_handle(), edge, self.count(edge) + more],
            timeout=10_000,
        )

    def place(self, role: str) -> tuple[float, float]:
        """Where the middle of a card is in the page."""
        x, y = self.root.evaluate(
            """(root, role) => {
                const graph = root.querySelector('.msgflo-graph');
                const at = graph._cyreg.cy.getElementById(`card:${role}`).renderedPosition();
                const box = graph.getBoundingClientRect();
                return [box.left + at.x, box.top + at.y];
            }""",
            role,
        )
        return (x, y)

    def wait_for(self, *roles: str, seconds: float = 10.0) -> None:
        """Until exactly these roles are in the picture."""
        self.root.page.wait_for_function(
            """([root, roles]) => JSON.stringify(
                [...root.querySelectorAll('[data-participant]')]
                    .map(e => e.dataset.participant).sort()) === JSON.stringify(roles)""",
            arg=[self.root.element_handle(), sorted(roles)],
            timeout=seconds * 1000,
        )
