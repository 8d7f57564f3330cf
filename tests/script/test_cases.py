"""Scripts of small notebooks, case by case."""

from __future__ import annotations

import pytest

from msgflo_lab.script import Cell, follow, notes_of, render, statements
from tests.script.cases import CASES
from tests.script.typical import TYPICAL

STARS = {"math": ["pi", "floor"]}
TRIED = """
seen = []
def handler(x):
    seen.append(x)
    return len(seen)
def plain(x): return x
# ---
handler(1)
plain(2)
# ---
result = handler(3)
print(result)
"""
SET_UP = """
import helpers
from helpers import scaled, prepare
data = [1, 2]
# ---
prepare()
helpers.check(3)
scaled(2)
# ---
helpers.learn(data)
helpers.Shape()
# ---
def handler(x): return scaled(x)
"""


def script_of(*cells: str, wanted: str = "handler") -> str:
    parts = statements((Cell(text, n) for n, text in enumerate(cells, 1)), stars=STARS)
    return render(follow(parts, [wanted]))


def notes(notebook: str, wanted: str = "handler") -> list[str]:
    cells = notebook.strip("\n").split("\n# ---\n")
    parts = statements(Cell(text, n) for n, text in enumerate(cells, 1))
    return list(notes_of(follow(parts, [wanted])))


@pytest.mark.parametrize("case", CASES | TYPICAL)
def test_the_script_of_a_notebook(case: str) -> None:
    notebook, _, script = (CASES | TYPICAL)[case].strip("\n").partition("\n# ===\n")
    assert script_of(*notebook.split("\n# ---\n")) == script + "\n"


def test_trials_that_counted_are_told() -> None:
    begins = "which remembers something: the script begins without these calls"
    assert notes(TRIED) == [f"cells 2, 3 called handler, {begins}"]
    assert notes(TRIED, "plain") == []


def test_trials_that_await_are_told() -> None:
    trials = TYPICAL["trials that await"].partition("\n# ===\n")[0]
    assert notes(trials) == [
        "cells 2, 3, 4 changed what the script uses, with an `await` outside of a function: the "
        "script begins without that; if it counts, await it in the handler, or --embed what it "
        "has changed"
    ]


def test_what_may_have_set_something_up_travels_if_it_needs_no_more() -> None:
    cells = SET_UP.strip("\n").split("\n# ---\n")
    script = script_of(*cells)
    assert "prepare()\nhelpers.check(3)\nscaled(2)\n" in script
    assert "learn" not in script
    assert "Shape" not in script
    assert notes(SET_UP) == [
        "cell 3 called `helpers.learn(data)`, which may have set something up: it is not in the "
        "script, as it needs more; if it has to be, call it in the handler"
    ]


def test_names_that_a_function_reads_by_their_text_are_told() -> None:
    formula = "K = 2\nUNUSED = 3\n# ---\ndef handler(x): return eval('K * x')"
    where = "cell 2 may read names by their text (`globals()`, `eval`), which nobody can follow"
    (told,) = notes(formula)
    assert told.startswith(where)
    assert told.endswith(": K")
    (told,) = notes("def handler(x): return eval(x)")
    assert told.endswith(", which are none")
    assert notes("N = 1\n# ---\ndef handler(x): return globals()['N']") == []
    assert notes("def handler(x): return eval(x, {'x': 1})") == []


def test_an_import_of_what_is_asynchronous() -> None:
    cells = ("from contextlib import asynccontextmanager as ready, suppress", "handler = ready")
    assert script_of(*cells) == (
        "from contextlib import asynccontextmanager as ready\n\nhandler = ready\n"
    )


def test_what_looks_at_data_stays_behind() -> None:
    look = "items = [1]\nprint(items)\nlen(items)\nimport sys\nprint(items, file=sys.stderr)"
    script = script_of(look, "import json\njson.dumps(items)\nhandler = items")
    assert script == "items = [1]\n\nhandler = items\n"
