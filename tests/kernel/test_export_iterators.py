"""Iterators travel: a script takes what the cells have taken. Those over open files do not."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from tests.kernel.conftest import Shell


@pytest.mark.parametrize(
    ("cells", "result"),
    [
        (["import itertools\nit = itertools.count(1)", "next(it)"], "next(it)"),
        (["from itertools import cycle\nit = cycle('ab')", "next(it)"], "next(it)"),
        (["it = iter([1, 2, 3])", "first = next(it)"], "[first, *it]"),
        (["pairs = zip('ab', [1, 2])", "table = dict(pairs)"], "table"),
        (["it = enumerate(map(str, filter(None, [0, 1, 2, 3])))", "next(it)"], "list(it)"),
        (["def gen():\n    yield from range(5)", "it = gen()", "next(it)"], "list(it)"),
        (
            [
                "def mean():\n    total = n = 0\n    got = yield\n    while True:\n"
                "        total, n = total + got, n + 1\n        got = yield total / n",
                "it = mean()\nnext(it)",
                "it.send(10)",
            ],
            "it.send(20)",
        ),
        (
            ["import csv, io\nout = io.StringIO()\nw = csv.writer(out)", "w.writerow(['a'])"],
            "(w.writerow([1]), out.getvalue())",
        ),
    ],
)
def test_they_travel(shell: Shell, tmp_path: Path, cells: list[str], result: str) -> None:
    for cell in cells:
        shell.run(cell)
    shell.run(f"%%participant p\ndef p(x):\n    return {result}")
    shell.run(f"%msgflo export participant p -o {tmp_path}/p.py")
    there = runpy.run_path(str(tmp_path / "p.py"))["p"](1)
    assert there == shell.ipython.user_ns["p"](1)


def test_over_an_open_file_they_stay(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("a\n")
    shell.run(f"import os\nit = map(str.strip, os.fdopen(os.open('{tmp_path}/words.txt', 0)))")
    shell.run("%%participant p\ndef p(x):\n    return next(it)")
    assert "`it` (cell 1): a map over an open file" in shell.fail("%msgflo export participant p")


def test_a_last_result_is_to_be_bound(shell: Shell) -> None:
    shell.ipython.run_cell("20 + 1", store_history=True)
    shell.ipython.run_cell("y = _ * 2", store_history=True)
    shell.run("%%participant p\ndef p(x):\n    return y")
    assert "IPython keeps a last result there" in shell.fail("%msgflo export participant p")
