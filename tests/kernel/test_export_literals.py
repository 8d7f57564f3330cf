"""Plain values as source text: they come again, and a formatter has nothing to do."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from msgflo_lab_kernel.export.literals import assignment, inline

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-10_000, 10_000),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.text("'\"\\\\ab\n", max_size=8),
    st.binary(max_size=8),
)
values: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=6),
        st.tuples(inner),
        st.tuples(inner, inner, inner),
        st.dictionaries(st.one_of(st.integers(), st.text(max_size=9)), inner, max_size=6),
        st.sets(st.text(max_size=9), max_size=6),
    ),
    max_leaves=40,
)


@given(values)
def test_it_comes_again(value: Any) -> None:
    assert ast.literal_eval(inline(value)) == value
    names: dict[str, Any] = {}
    exec(assignment("value", value, 40), names)
    assert names["value"] == value


SAMPLES: list[Any] = [
    {"cold": 10, "mild": 20},
    {"rooms": ["kitchen", "attic", "hall"] * 5, "limits": {"deep": [list(range(60)), ()], "x": {}}},
    ["it's", 'a "b"', 'it\'s "so"', "it's 'so' \"a\"", 'a "b" "c" it\'s', "\\", "\n", "é", "\x00"],
    [b"it's", b'a "b"', b"\xff", "x" * 100],
    (1,),
    ("long enough to be broken into several lines, as it seems" * 2,),
    [("a long enough text that", "two of them are too long for", "a line"), (1,), ((),)],
    set(map(str, range(40))),
    set(),
    "x" * 80,
    "x" * 100,
    -1.5e300,
]


def test_ruff_has_nothing_to_do(tmp_path: Path) -> None:
    lines = [assignment(f"value_{at}", value, 88) for at, value in enumerate(SAMPLES)]
    (tmp_path / "values.py").write_text("\n".join([*lines, ""]))
    said = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--isolated", "--diff", "."],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert said.returncode == 0, said.stdout
