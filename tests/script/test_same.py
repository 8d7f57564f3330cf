"""A handler does the same in its script as in the notebook, whatever the cells are."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, assume, given, settings

from msgflo_lab.script import Cell, Found, follow, notes_of, render, statements
from tests.script.apart import Apart, running
from tests.script.closures import CLOSURES
from tests.script.hard import HARD
from tests.script.held import held_notebooks
from tests.script.library import BY_TEXT, LIBRARY, OBJECTS
from tests.script.memory import MEMORY
from tests.script.notebooks import notebooks
from tests.script.roundabout import ROUNDABOUT

EXAMPLES = int(os.environ.get("MSGFLO_SCRIPT_EXAMPLES", "150"))
CASES = HARD | MEMORY | CLOSURES | ROUNDABOUT | LIBRARY | OBJECTS
STARS = {"math": [name for name in vars(math) if not name.startswith("_")]}


@pytest.fixture(scope="module")
def apart() -> Iterator[Apart]:
    with running() as process:
        yield process


def _unused(found: Found) -> list[str]:
    """The statements that nobody needs."""
    used = {name for each in found.statements for name in each.names.used} | set(found.wanted)
    return [
        each.text
        for each in found.statements
        if not used & (each.names.bound | each.names.unbinds)
        and not (each.names.changes | each.names.calls_on | each.names.hands_over)
        and not (each.names.decorated_by | each.names.registers)
        and not any(given.every for call in each.names.calls for given in call.arguments)
        and not (each.names.is_calling and each.names.later_calls)
        and each not in found.surroundings
    ]


def differs(cells: list[str], apart: Apart) -> str | None:
    """What is wrong with the script of a notebook; "" if nothing; None if a cell fails."""
    results = apart.results(cells)
    if results is None:
        return None
    parts = statements((Cell(text, n) for n, text in enumerate(cells, 1)), stars=STARS)
    found = follow(parts, ["handler"])
    text = render(found)
    those = apart.results([text], "component")
    if those is None:
        return f"it fails:\n{text}"
    if those != results:
        return f"{those} for {results}:\n{text}"
    if found.missing and "NameError" not in results:
        return f"{found.missing}:\n{text}"
    if unused := _unused(found):
        return f"nobody needs {unused}:\n{text}"
    if cells[-1] not in text:
        return f"not to the letter:\n{text}"
    again = render(follow(parts, ["handler"]))
    return "" if again == text else f"once so, and once so:\n{text}{again}"


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(cells=notebooks())
def test_a_handler_does_the_same_in_its_script(cells: list[str], apart: Apart) -> None:
    wrong = differs(cells, apart)
    assume(wrong is not None)
    assert not wrong, wrong


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(cells=held_notebooks())
def test_what_is_held_somewhere_does_the_same(cells: list[str], apart: Apart) -> None:
    wrong = differs(cells, apart)
    assume(wrong is not None)
    assert not wrong, wrong


@pytest.mark.parametrize("case", CASES)
def test_what_is_easily_got_wrong(case: str, apart: Apart) -> None:
    text = CASES[case].strip("\n")
    assert differs(text.split("\n# ---\n"), apart) == ""


@pytest.mark.parametrize("case", BY_TEXT)
def test_what_is_read_by_its_text(case: str, apart: Apart) -> None:
    cells = BY_TEXT[case].strip("\n").split("\n# ---\n")
    found = follow(statements(Cell(text, n) for n, text in enumerate(cells, 1)), ["handler"])
    here = apart.results(cells)
    assert here is not None
    assert apart.results([render(found)]) == here
    assert any("by their text" in each for each in notes_of(found))
