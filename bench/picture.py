"""The picture in JupyterLab, as a person meets it: 1,000 participants, 1,000 messages a second.

Run with `python -m bench.picture [ROUNDS]`. A real JupyterLab, kernel and Chromium (software
raster, no GPU). First paint counts from the moment the cell is run, so it includes the kernel's
layout and the way through the server. Frames are counted by the page while messages pass on a
thousand edges every second; afterwards the page's counters must equal what was sent.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.brokers import need
from tests.browser.conftest import FLAGS
from tests.browser.jupyter import Notebook, jupyterlab

EMPTY = {
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    "cells": [
        {
            "cell_type": "code",
            "id": "first",
            "metadata": {},
            "source": "",
            "outputs": [],
            "execution_count": None,
        }
    ],
}
PARTICIPANTS = 1_000
EDGES = 1_591
SECONDS = 5

SETUP = f"""
%load_ext msgflo_lab
%msgflo start
import asyncio, random, time
from msgflo_lab.definition import ParticipantDefinition, Port
from msgflo_lab.discovery import encode
from msgflo_lab.graph import Edge

chance = random.Random(7)
roles = [f"role{{n}}" for n in range({PARTICIPANTS})]
edges = dict.fromkeys(
    Edge(roles[n], "out", roles[min({PARTICIPANTS} - 1, n + chance.randint(1, 40))], "in")
    for n in [*range({PARTICIPANTS} - 1), *range({PARTICIPANTS} - 1)]
)
edges = list(edges)[:{EDGES}]

async def announce(session):
    for role in roles:
        ports = [(Port("in", role + ".IN"),), (Port("out", role + ".OUT"),)]
        made = ParticipantDefinition(role, role, "Synthetic", *ports)
        await session.binder.announce(encode(made))

async def chatter(session, seconds):
    "A thousand messages a second, each from another role."
    for _ in range(seconds):
        began = time.monotonic()
        for tenth in range(10):
            for role in roles[tenth::10]:
                await session.binder.publish(role + ".OUT", b"1")
            await asyncio.sleep(max(0, began + (tenth + 1) / 10 - time.monotonic()))

def connect(session):
    graph, changes = lab.graph, []
    for edge in edges:
        graph, more = graph.connect(edge)
        changes += more
    lab._host.workspace.apply((graph, tuple(changes)))
    return session.settle()

lab._do(announce)
lab._do(connect)
print(lab.status().edges)
"""
CHATTER = f"""
import threading
talk = lambda: lab._do(lambda session: chatter(session, {SECONDS + 2}))
threading.Thread(target=talk).start()
"""
FIRST_PAINT = """async () => {
    const app = window.jupyterapp, begin = performance.now();
    app.commands.execute('notebook:run-cell');
    const frame = () => new Promise(requestAnimationFrame);
    for (;;) {
        await frame();
        const root = document.querySelector('.msgflo-picture[data-revision]');
        const cy = root?.querySelector('.msgflo-graph')?._cyreg?.cy;
        if (cy && cy.nodes().length >= COUNT) { await frame(); return performance.now() - begin; }
        if (performance.now() - begin > 60000) return NaN;
    }
}""".replace("COUNT", str(PARTICIPANTS))
FRAMES = """async seconds => {
    let frames = 0;
    const begin = performance.now();
    while (performance.now() - begin < seconds * 1000) {
        await new Promise(requestAnimationFrame);
        frames += 1;
    }
    return frames / ((performance.now() - begin) / 1000);
}"""
COUNTED = """() => [...document.querySelectorAll('.msgflo-picture [data-edge]')]
    .reduce((sum, edge) => sum + Number(edge.dataset.count), 0)"""


def measure(page: Page, url: str) -> dict[str, float]:
    """One JupyterLab page from start to end."""
    notebook = Notebook(page)
    notebook.open(url)
    ready = notebook.printed(SETUP)
    if f"'bound'>: {EDGES}" not in ready:
        raise RuntimeError(f"the network is not as it should be: {ready}")
    page.evaluate(
        """async () => {
            const app = window.jupyterapp;
            await app.commands.execute('notebook:insert-cell-below');
            app.shell.currentWidget.content.activeCell.model.sharedModel
                .setSource('%msgflo graph --height 660');
        }"""
    )
    figures = {"first paint, ms": page.evaluate(FIRST_PAINT)}
    page.locator(".msgflo-picture").first.scroll_into_view_if_needed()
    page.wait_for_timeout(3_000)
    notebook.run(CHATTER)
    figures["frames a second"] = page.evaluate(FRAMES, SECONDS)
    sent = float(notebook.printed("print(sum(each.count for each in lab.traffic().values()))"))
    page.wait_for_timeout(6_000)
    sent = float(notebook.printed("print(sum(each.count for each in lab.traffic().values()))"))
    figures["edge updates sent"] = sent
    figures["edge updates lost"] = sent - page.evaluate(COUNTED)
    return figures


def main(rounds: int) -> None:
    """Print the medians."""
    results: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        browser = playwright.chromium.launch(executable_path=need("chromium"), args=FLAGS)
        for number in range(rounds):
            (folder / str(number)).mkdir()
            (folder / str(number) / "bench.ipynb").write_text(json.dumps(EMPTY))
            with jupyterlab(folder / str(number)) as url:
                page = browser.new_page(viewport={"width": 1400, "height": 1000})
                results.append(measure(page, url.format("bench.ipynb")))
                page.close()
        browser.close()
    print(f"{PARTICIPANTS:,} participants, {EDGES:,} edges, {rounds} rounds")
    for figure in results[0]:
        values = [result[figure] for result in results]
        spread = f"({min(values):,.0f} .. {max(values):,.0f})"
        print(f"  {figure:<20} {statistics.median(values):>10,.0f}  {spread}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
