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


SETTINGS = """
import logging, os, sys, warnings
os.environ["A"] = "1"
os.environ["B"] = "2"
sys.path.insert(0, "lib")
logging.basicConfig(level=logging.INFO)
logging.getLogger("a").setLevel(10)
warnings.filterwarnings("ignore")
warnings.simplefilter("error", ResourceWarning)
def handler(x): return os.environ["A"], sys.path, logging.getLogger("a")
"""


def test_settings_that_are_made_again_do_not_pile_up() -> None:
    assert script_of(SETTINGS, SETTINGS, SETTINGS) == script_of(SETTINGS)


@pytest.mark.parametrize(
    "between",
    [
        "os.environ.clear()",
        "os.environ.update(A='2')",
        "os.environ['A'] = '2'\nseen = os.environ.copy()",
        "os.environ['A'] = '2'\nseen = os.environ['A']",
        "os.environ['A'] = '2'\nfrom helpers import seen",
        "def undo(): os.environ.pop('A')\nundo()",
    ],
)
def test_settings_that_were_undone_are_made_again(between: str) -> None:
    setting = 'import os\nos.environ["A"] = "1"'
    script = script_of(setting, between, setting, "def handler(x): return os.environ['A'], seen")
    assert script.count('os.environ["A"] = "1"') == 2


def test_settings_of_what_has_changed_are_made_again() -> None:
    setting, more = "import os\nos.environ.update(more)", "more = {'A': '1'}"
    handler = "def handler(x): return os.environ['A']"
    script = script_of(more, setting, "more['A'] = '2'", setting, handler)
    assert script.count("update") == 2


def test_of_settings_that_only_change_each_other_the_first_ones_stay() -> None:
    one, other = 'import os\nos.environ["A"] = "1"', "import os\nos.environ['A'] = '2'"
    handler = "def handler(x): return os.environ['A']"
    assert script_of(one, other, one, handler) == script_of(one, handler)
    assert script_of(one, other, one, other, handler) == script_of(one, other, handler)
    again = script_of(one, other, one, other, one, handler)
    assert again == script_of(one, handler)


def test_what_counts_each_time_is_done_each_time() -> None:
    script = script_of(
        "import atexit\natexit.register(print)", "atexit.register(print)\nhandler = atexit"
    )
    assert script.count("register") == 2


def test_an_import_that_only_a_text_names_says_so() -> None:
    cells = ("import math\nfrom json import dumps", "def handler(x): return dumps(eval('math.pi'))")
    assert script_of(*cells).startswith(
        "import math  # noqa: F401, RUF100 - a text names it\nfrom json import dumps\n\n"
    )


def test_an_import_in_place_of_a_value_that_only_a_function_has_read() -> None:
    cells = (
        "text = 2\ndef f(): return text\na = f()",
        "import text\ndef handler(x): return a, text",
    )
    assert "# ruff: noqa: F811" in script_of(*cells)


def test_what_is_printed_elsewhere_does_not_travel() -> None:
    away = "import sys, io\nout = io.StringIO()\nsys.stdout = out\nprint(1)"
    script = script_of("print(0)", away, "sys.stdout = sys.__stdout__\nprint(2)", "handler = out")
    assert "print(1)" in script
    assert "print(0)" not in script


@pytest.mark.parametrize("trial", ["Report(rows).text()", "Report(rows).add_up()"])
def test_methods_of_the_notebook_say_themselves_what_they_change(trial: str) -> None:
    kind = "class Report:\n    def __init__(self, rows): self.rows = rows\n"
    kind += "    def text(self): return str(self.rows)\n    def add_up(self): return sum(self.rows)"
    script = script_of("rows = [1]", kind, trial, "handler = rows")
    assert script == "rows = [1]\n\nhandler = rows\n"
    kind += "\n    def grow(self): self.rows.append(1)"
    assert "grow()" in script_of("rows = [1]", kind, "Report(rows).grow()", "handler = rows")


def test_a_file_that_a_cell_has_written_is_not_written_again() -> None:
    writing = "import csv\nwith open('a.csv', 'w') as file:\n    csv.writer(file).writerows(rows)"
    assert script_of("rows = [1]", writing, "handler = rows") == "rows = [1]\n\nhandler = rows\n"
