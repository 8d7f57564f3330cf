"""Takes screenshots of the harness, and measures it: `python dev/shots.py OUTPUT_FOLDER [NAME ...]`.

Wants Playwright and a Chromium; the browser's path may be given in CHROMIUM.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ARGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
).split()

STILL_TRAFFIC = """() => harness.model.tell({kind: "traffic", edges:
    [0, 1204, 2.0, 1, 1204, 2.0, 2, 1203, 2.0]})"""
PULSE = """() => harness.model.tell({kind: "traffic", edges: [2, 1204, 2.0]})"""


def thermometer(page: Page) -> None:
    page.evaluate(STILL_TRAFFIC)
    page.wait_for_timeout(1500)
    page.evaluate(PULSE)
    page.wait_for_timeout(330)


def hover_edge(page: Page) -> None:
    thermometer(page)
    box = page.locator(".msgflo-stage").bounding_box()
    page.mouse.move(box["x"] + 600, box["y"] + 128)
    page.wait_for_timeout(200)


def drag_card(page: Page) -> None:
    thermometer(page)
    box = page.locator(".msgflo-stage").bounding_box()
    page.mouse.move(box["x"] + 230, box["y"] + 108)
    page.mouse.down()
    page.mouse.move(box["x"] + 470, box["y"] + 60, steps=8)
    page.wait_for_timeout(200)


def draw_edge(page: Page) -> None:
    thermometer(page)
    box = page.locator(".msgflo-stage").bounding_box()
    page.mouse.move(box["x"] + 298, box["y"] + 176)
    page.mouse.down()
    page.mouse.move(box["x"] + 645, box["y"] + 158, steps=8)
    page.wait_for_timeout(200)


def keyboard(page: Page) -> None:
    thermometer(page)
    page.locator(".msgflo-toolbar button").last.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(300)


def wait(page: Page) -> None:
    page.wait_for_timeout(1200)


def busy(page: Page) -> None:
    page.evaluate("() => void (window.stop = harness.startTraffic(60))")
    page.wait_for_timeout(1500)


SHOTS: dict[str, tuple[str, Callable[[Page], None]]] = {
    "thermometer-light": ("scene=thermometer", thermometer),
    "thermometer-dark": ("scene=thermometer&theme=dark", thermometer),
    "hover-edge": ("scene=thermometer", hover_edge),
    "drag-card": ("scene=thermometer", drag_card),
    "draw-edge": ("scene=thermometer", draw_edge),
    "keyboard": ("scene=thermometer", keyboard),
    "odd-light": ("scene=odd", busy),
    "odd-dark": ("scene=odd&theme=dark", busy),
    "big-light": ("scene=60", busy),
    "big-dark": ("scene=60&theme=dark", busy),
    "thousand-light": ("scene=1000&traffic=1000", wait),
    "narrow": ("scene=thermometer&width=420", wait),
    "plain": ("scene=thermometer&plain=1", wait),
    "silent": ("scene=thermometer&silent=1&height=220", wait),
}


def measure(page: Page, address: str) -> None:
    for count in (100, 500, 1000):
        page.goto(f"{address}?scene={count}")
        painted = page.evaluate("() => harness.firstPaint")
        page.wait_for_timeout(2500)
        page.evaluate("() => void harness.startTraffic(1000)")
        page.wait_for_timeout(500)
        live = page.evaluate("() => harness.measureFrames(3000)")
        panning = page.evaluate(PAN)
        print(f"{count}: first paint {painted:.0f} ms, live {live:.0f} fps, live and panning {panning:.0f} fps", flush=True)


PAN = """async () => {
  const host = document.querySelector(".msgflo-graph");
  const at = (type, x) => host.querySelector("canvas").dispatchEvent(new MouseEvent(type,
    {bubbles: true, clientX: x, clientY: 640, button: 0, buttons: 1, view: window}));
  at("mousedown", 300);
  let x = 300;
  const timer = setInterval(() => at("mousemove", x = 300 + ((x - 290) % 200)), 16);
  const fps = await harness.measureFrames(3000);
  clearInterval(timer);
  at("mouseup", x);
  return fps;
}"""


def main() -> None:
    folder = Path(sys.argv[1])
    names = sys.argv[2:] or [*SHOTS, "measure"]
    folder.mkdir(parents=True, exist_ok=True)
    server = subprocess.Popen(
        ["node", str(Path(__file__).with_name("server.mjs")), "--minify"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        address = server.stdout.readline().split("?")[0].strip()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=ARGS
            )
            for name in names:
                ratio = 1 if name in ("measure", "thousand-light") else 2
                context = browser.new_context(
                    viewport={"width": 990, "height": 740}, device_scale_factor=ratio
                )
                page = context.new_page()
                page.on("pageerror", lambda error, name=name: print(name, "ERROR", error))
                page.on("console", lambda line, name=name: print(name, line.type, line.text))
                if name == "measure":
                    measure(page, address)
                else:
                    query, prepare = SHOTS[name]
                    page.goto(f"{address}?{query}")
                    page.wait_for_timeout(300)
                    prepare(page)
                    page.locator("#first").screenshot(path=folder / f"{name}.png")
                context.close()
            browser.close()
    finally:
        server.terminate()


if __name__ == "__main__":
    main()
