"""Scripts of small notebooks, case by case."""

from __future__ import annotations

import pytest

from msgflo_lab.script import Cell, follow, render, statements
from tests.script.cases import CASES

STARS = {"math": ["pi", "floor"]}


def script_of(*cells: str, wanted: str = "handler") -> str:
    parts = statements((Cell(text, n) for n, text in enumerate(cells, 1)), stars=STARS)
    return render(follow(parts, [wanted]))


@pytest.mark.parametrize("case", CASES)
def test_the_script_of_a_notebook(case: str) -> None:
    notebook, _, script = CASES[case].strip("\n").partition("\n# ===\n")
    assert script_of(*notebook.split("\n# ---\n")) == script + "\n"
