"""The graph language: how fast texts are read and written, beside the npm package `fbp`.

    python -m bench.fbp [--rounds 5] [--edges 1000,10000,100000]

One text for each size, a tenth as many nodes, every tenth connection an initial packet; each of
them is read and written by everybody in turns, in processes that are warm. Speeds are in edges a
second, and should not fall with the size. The reference's writer loses data; it is there for
completeness.
"""

from __future__ import annotations

import argparse
import gc
import json
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from msgflo_lab.fbp import dumps, loads, parse

MODULES = Path(__file__).resolve().parent.parent / "tests" / "interop" / "node" / "node_modules"
NAMES = {
    "loads": "loads",
    "parse": "parse, with places",
    "dumps": "dumps",
    "npm parse": "npm fbp, parse",
    "npm serialize": "npm fbp, serialize",
}
HELPER = """
const fbp = require(process.argv[1]);
const fs = require('fs');
require('readline').createInterface({ input: process.stdin }).on('line', (file) => {
  const text = fs.readFileSync(file, 'utf8');
  const begin = process.hrtime.bigint();
  const graph = fbp.parse(text);
  const between = process.hrtime.bigint();
  fbp.serialize(graph);
  const end = process.hrtime.bigint();
  console.log(JSON.stringify([Number(between - begin) / 1e9, Number(end - between) / 1e9]));
});
"""


def graph(edges: int) -> dict[str, Any]:
    """A graph as `dumps` takes it, with ten edges out of each node on average."""
    nodes = edges // 10

    def connection(at: int) -> dict[str, Any]:
        target = {"process": f"node{(at * 7 + at // nodes) % nodes}", "port": "in"}
        if at % 10 == 0:
            return {"data": f"value {at}", "tgt": target}
        return {"src": {"process": f"node{at % nodes}", "port": "out"}, "tgt": target}

    return {
        "caseSensitive": False,
        "inports": {},
        "outports": {},
        "groups": [],
        "processes": {f"node{at}": {"component": f"core/Kind{at % 50}"} for at in range(nodes)},
        "connections": [connection(at) for at in range(edges)],
    }


def timed(work: Callable[[], object]) -> float:
    gc.collect()
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


@contextmanager
def reference() -> Iterator[Callable[[Path], tuple[float, float]]]:
    """Seconds in which the npm package parses a file, and serialises what it has parsed."""
    node = shutil.which("node")
    if node is None or not (MODULES / "fbp").exists():
        raise SystemExit("the npm package `fbp` is not installed (`make setup` installs it)")
    with subprocess.Popen(
        [node, "-e", HELPER, str(MODULES / "fbp")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        to, back = process.stdin, process.stdout

        def ask(file: Path) -> tuple[float, float]:
            to.write(f"{file}\n".encode())
            to.flush()
            parsed, serialised = json.loads(back.readline())
            return parsed, serialised

        yield ask
        to.close()


def measure(edges: int, rounds: int, ask: Callable[[Path], tuple[float, float]]) -> None:
    """One size: everybody once a round; prints the speeds."""
    whole = graph(edges)
    text = dumps(whole)
    assert loads(text) == whole
    speeds: dict[str, list[float]] = {name: [] for name in NAMES}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "net.fbp")
        file.write_text(text, encoding="utf-8")
        ask(file)
        for _ in range(rounds):
            parsed, serialised = ask(file)
            took = {
                "loads": timed(lambda: loads(text)),
                "parse": timed(lambda: parse(text)),
                "dumps": timed(lambda: dumps(whole)),
                "npm parse": parsed,
                "npm serialize": serialised,
            }
            for name, seconds in took.items():
                speeds[name].append(edges / seconds)
    base = statistics.median(speeds["npm parse"])
    print(f"{edges:,} edges, {len(text) / 1e6:.1f} MB; edges a second, medians of {rounds} rounds")
    print(f"{'':22}{'median':>12}{'(min':>12}{'max)':>12}{'to npm parse':>14}")
    for name, title in NAMES.items():
        values = speeds[name]
        middle = statistics.median(values)
        print(f"{title:22}{middle:12,.0f}{min(values):12,.0f}{max(values):12,.0f}"
              f"{middle / base:14.2f}")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--edges", default="1000,10000,100000", help="sizes, with commas")
    options = parser.parse_args()
    with reference() as ask:
        for edges in options.edges.split(","):
            measure(int(edges), options.rounds, ask)


if __name__ == "__main__":
    main()
