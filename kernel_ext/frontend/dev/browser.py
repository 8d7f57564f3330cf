"""The harness in a browser, for `check.py` and `shots.py`.

Wants Playwright and a Chromium, whose path may be given in CHROMIUM.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ARGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def harness() -> Iterator[tuple[Browser, str]]:
    """A browser, and the address of a harness that is served as long as the context is open."""
    script = Path(__file__).with_name("server.mjs")
    server = subprocess.Popen(["node", str(script), "--minify"], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        address = server.stdout.readline().split("?")[0].strip()
        with sync_playwright() as playwright:
            path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
            browser = playwright.chromium.launch(executable_path=path, args=ARGS)
            yield browser, address
            browser.close()
    finally:
        server.terminate()
