"""A JupyterLab of our own on a free port, and a real browser that drives it."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Locator, Page

READY_SECONDS = 60
RUN_SECONDS = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def jupyterlab(folder: Path) -> Iterator[str]:
    """JupyterLab serving `folder`; yields its address with a format field for a notebook."""
    port, token = free_port(), secrets.token_hex(8)
    home = folder / ".home"
    environment = {
        **os.environ,
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "IPYTHONDIR": str(home / "ipython"),
    }
    log = (folder / "jupyter.log").open("wb")
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}"]
    command += [f"--ServerApp.root_dir={folder}", f"--IdentityProvider.token={token}"]
    command += ["--LabApp.news_url=None", "--LabApp.check_for_updates_class="]
    command += ["--ServerApp.port_retries=0"]
    server = subprocess.Popen(
        [*command[:-2], "--ServerApp.port_retries=0"],
        env=environment,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_until_it_answers(f"{address}/api/status?token={token}", server)
        yield f"{address}/lab/tree/{{}}?token={token}&reset"
    finally:
        server.terminate()
        server.wait(timeout=20)
        log.close()


def _wait_until_it_answers(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError(f"JupyterLab ended with {server.returncode}")
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                json.load(answer)
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)  # polling a server that is not ours to notify us
    raise TimeoutError("JupyterLab did not answer")


class Notebook:
    """The notebook that is open in a page."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def open(self, url: str) -> None:
        self.page.goto(url)
        self.page.locator(".jp-Notebook .jp-CodeCell").first.wait_for(timeout=READY_SECONDS * 1000)
        idle = self.page.locator(".jp-NotebookPanel-toolbar .jp-Notebook-ExecutionIndicator")
        idle.and_(self.page.locator('[data-status="idle"]')).wait_for(timeout=READY_SECONDS * 1000)

    def command(self, name: str, **arguments: object) -> None:
        """Run one of JupyterLab's own commands (exposed by `--expose-app-in-browser`)."""
        self.page.evaluate(
            "([name, args]) => { window.jupyterapp.commands.execute(name, args) }",
            [name, arguments],
        )

    def cells(self) -> Locator:
        return self.page.locator(".jp-Notebook .jp-CodeCell")

    def wait_idle(self, seconds: float = RUN_SECONDS) -> None:
        """Until no cell waits for its turn or runs."""
        self.page.wait_for_function(
            "() => [...document.querySelectorAll('.jp-InputPrompt')]"
            ".every(prompt => prompt.textContent.trim() !== '[*]:')",
            timeout=seconds * 1000,
        )
