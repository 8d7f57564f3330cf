"""A handler does the same in its script as in the notebook, whatever the cells are."""

from __future__ import annotations

import contextlib
import io
import math
import os
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings

from msgflo_lab.script import Cell, Found, follow, render, statements
from tests.script.hard import HARD
from tests.script.notebooks import notebooks

EXAMPLES = int(os.environ.get("MSGFLO_SCRIPT_EXAMPLES", "150"))
STARS = {"math": [name for name in vars(math) if not name.startswith("_")]}


def _executed(texts: list[str]) -> dict[str, Any] | None:
    """The namespace in which all cells have been executed; None if one fails."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    with contextlib.redirect_stdout(io.StringIO()):
        for text in texts:
            try:
                exec(compile(text, "<cell>", "exec"), namespace)
            except Exception:
                return None
    return namespace


def _results(namespace: dict[str, Any]) -> list[Any]:
    results = []
    for x in (0, 1, 5):
        try:
            results.append(namespace["handler"](x))
        except Exception as error:
            results.append(type(error))
    return results


def _unused(found: Found) -> list[str]:
    """The statements that nobody needs."""
    used = {name for each in found.statements for name in each.names.used} | set(found.wanted)
    return [
        each.text
        for each in found.statements
        if not used & (each.names.bound | each.names.unbinds)
        and not (each.names.changes | each.names.calls_on | each.names.hands_over)
        and not (each.names.decorated_by | each.names.registers)
    ]


def differs(cells: list[str]) -> str | None:
    """What is wrong with the script of a notebook; "" if nothing; None if a cell fails."""
    namespace = _executed(cells)
    if namespace is None:
        return None
    parts = statements((Cell(text, n) for n, text in enumerate(cells, 1)), stars=STARS)
    found = follow(parts, ["handler"])
    text = render(found)
    script = _executed([text])
    results = _results(namespace)
    if script is None:
        return f"it fails:\n{text}"
    if (those := _results(script)) != results:
        return f"{those} for {results}:\n{text}"
    if found.missing and NameError not in results:
        return f"{found.missing}:\n{text}"
    if unused := _unused(found):
        return f"nobody needs {unused}:\n{text}"
    if cells[-1] not in text:
        return f"not to the letter:\n{text}"
    again = render(follow(parts, ["handler"]))
    return "" if again == text else f"once so, and once so:\n{text}{again}"


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(notebooks())
def test_a_handler_does_the_same_in_its_script(cells: list[str]) -> None:
    wrong = differs(cells)
    assume(wrong is not None)
    assert not wrong, wrong


@pytest.mark.parametrize("case", HARD)
def test_what_is_easily_got_wrong(case: str) -> None:
    assert differs(HARD[case].strip("\n").split("\n# ---\n")) == ""
