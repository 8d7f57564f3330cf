"""Takes screenshots of the harness, and measures it: `python dev/shots.py FOLDER [NAME ...]`.

See `browser.py` for what it wants.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from browser import harness
from playwright.sync_api import FloatRect, Page

STILL_TRAFFIC = """() => harness.model.tell({kind: "traffic", edges:
    [0, 1204, 2.0, 1, 1204, 2.0, 2, 1203, 2.0]})"""
PULSE = """() => harness.model.tell({kind: "traffic", edges: [2, 1204, 2.0]})"""

BEFORE_DEAD_LETTERS = """() => harness.model.tell({kind: "traffic", edges:
    [0, 1204, 40.2, 1, 1169, 39.0, 2, 34, 0.5]})"""
DEAD_LETTER = """() => harness.model.tell({kind: "traffic", edges: [2, 35, 0.5]})"""


def stage(page: Page) -> FloatRect:
    box = page.locator(".msgflo-stage").bounding_box()
    assert box is not None
    return box


def report(page: Page, name: str) -> None:
    """Print whatever the page complains about."""
    page.on("pageerror", lambda error: print(name, "ERROR", error))
    page.on("console", lambda line: print(name, line.type, line.text))


def thermometer(page: Page) -> None:
    page.evaluate(STILL_TRAFFIC)
    page.wait_for_timeout(1500)
    page.evaluate(PULSE)
    page.wait_for_timeout(330)


def dead_letters(page: Page) -> None:
    page.evaluate(BEFORE_DEAD_LETTERS)
    page.wait_for_timeout(1500)
    page.evaluate(DEAD_LETTER)
    page.wait_for_timeout(300)


def hover_edge(page: Page) -> None:
    thermometer(page)
    box = stage(page)
    page.mouse.move(box["x"] + 600, box["y"] + 128)
    page.wait_for_timeout(200)


def drag_card(page: Page) -> None:
    thermometer(page)
    box = stage(page)
    page.mouse.move(box["x"] + 230, box["y"] + 108)
    page.mouse.down()
    page.mouse.move(box["x"] + 470, box["y"] + 60, steps=8)
    page.wait_for_timeout(200)


def draw_edge(page: Page) -> None:
    thermometer(page)
    box = stage(page)
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
    "turns-light": ("scene=turns", dead_letters),
    "turns-dark": ("scene=turns&theme=dark", dead_letters),
    "remarks-light": ("scene=remarks", thermometer),
    "remarks-dark": ("scene=remarks&theme=dark", thermometer),
    "remarks-small": ("scene=remarks&width=420", wait),
    "remarks-hover": ("scene=remarks", hover_edge),
    "odd-light": ("scene=odd", busy),
    "odd-dark": ("scene=odd&theme=dark", busy),
    "big-light": ("scene=60", busy),
    "big-dark": ("scene=60&theme=dark", busy),
    "thousand-light": ("scene=1000&traffic=1000", wait),
    "narrow": ("scene=thermometer&width=420", wait),
    "plain": ("scene=thermometer&plain=", wait),
    "plain-dark": ("scene=odd&plain=%23202428", wait),
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
        speed = f"live {live:.0f} fps, live and panning {panning:.0f} fps"
        print(f"{count}: first paint {painted:.0f} ms, {speed}", flush=True)


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
    with harness() as (browser, address):
        for name in names:
            ratio = 1 if name in ("measure", "thousand-light") else 2
            context = browser.new_context(
                viewport={"width": 990, "height": 740}, device_scale_factor=ratio
            )
            page = context.new_page()
            report(page, name)
            if name == "measure":
                measure(page, address)
            else:
                query, prepare = SHOTS[name]
                page.goto(f"{address}?{query}")
                page.wait_for_timeout(300)
                prepare(page)
                page.locator("#first").screenshot(path=folder / f"{name}.png")
            context.close()


if __name__ == "__main__":
    main()
