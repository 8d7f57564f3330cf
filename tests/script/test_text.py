"""The text of scripts: to the letter, as linters want it, with a header; and what cannot be one."""

from __future__ import annotations

import ast
import random
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

import pytest

from msgflo_lab.script import (
    Cell,
    Import,
    Missing,
    NotAScript,
    follow,
    header_of,
    render,
    statements,
    unguarded,
)
from tests.script.cases import CASES
from tests.script.held import held
from tests.script.notebooks import notebook
from tests.script.test_same import CASES as NOTEBOOKS
from tests.script.test_same import STARS
from tests.script.typical import TYPICAL

LIBRARY = Path(sysconfig.get_paths()["stdlib"])
RUFF = Path(sys.executable).with_name("ruff")
IMPORTS = """
import a1, a10, a2, B, _x, z_a, zA
from x import a as b, c, d as e, T, CONST, _p, f10, f2
from x import very_long_name_number_one, very_long_name_number_two, long_name_three
# what it is for
from x.y import (k,  # one
 m)  # two
import x.y as w
import x as v, os.path, json as json
from . import near
from .. import far
import msgflo_lab
from X import Q
def handler(x):
    return [a1, a10, a2, B, _x, z_a, zA, b, c, e, T, CONST, _p, f10, f2, k, m, w, v, os,
            json, Q, near, far, msgflo_lab,
            very_long_name_number_one, very_long_name_number_two, long_name_three]
"""
ORDER = """
import sys
first = 1
sys.path.append("lib")
from json import dumps
text = dumps([1])
import own, more
import msgflo_lab
from pickle import dumps
def handler(x): return first, text, own, more, dumps, msgflo_lab
"""


def script_of(*cells: str, header: str = "", ending: str = "", first_line: int = 1) -> str:
    parts = statements((Cell(t, n, first_line) for n, t in enumerate(cells, 1)), stars=STARS)
    imports = [Import("msgflo_lab", None, None)] if ending else []
    return render(follow(parts, ["handler"]), header=header, imports=imports, ending=ending)


@pytest.mark.parametrize("module", ["argparse", "dataclasses", "tarfile", "typing"])
def test_statements_are_those_of_the_cell_to_the_letter(module: str) -> None:
    text = unguarded((LIBRARY / f"{module}.py").read_text("utf-8"))
    found = [each for each in statements([Cell(text, 1)]) if each.imported is None]
    tree = [node for node in ast.parse(text).body if not isinstance(node, _IMPORTS)]
    assert len(found) == len(tree)
    for each, node in zip(found, tree, strict=True):
        assert each.text in text
        assert ast.dump(ast.parse(each.text).body[0]) == ast.dump(node)


_IMPORTS = (ast.Import, ast.ImportFrom)


def test_all_of_a_module_is_a_module() -> None:
    text = (LIBRARY / "dataclasses.py").read_text("utf-8")
    parts = statements([Cell(text, 1)])
    found = follow(parts, sorted({name for each in parts for name in each.names.bound}))
    assert not found.missing
    compile(render(found), "dataclasses", "exec")


def _linted(folder: Path, cells: list[list[str]], *rules: str) -> str:
    header = header_of("Passes on", usage=["python x.py"], dependencies=["msgflo-lab"])
    ending = 'if __name__ == "__main__":\n    msgflo_lab.main(handler)'
    for at, each in enumerate(cells):
        text = script_of(*each, header=header, ending=ending)
        (folder / f"script_{at}.py").write_text(text, "utf-8")
    command = [str(RUFF), "check", "--isolated", "--no-cache", *rules, "."]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout


@pytest.mark.parametrize("rules", [(), ("--select=E,F,W,I,B,UP",)])
def test_linters_have_nothing_to_say(tmp_path: Path, rules: tuple[str, ...]) -> None:
    assert "All checks passed" in _linted(tmp_path, [[IMPORTS], [ORDER]], *rules)


def test_linters_have_nothing_to_say_of_what_is_not_the_users(tmp_path: Path) -> None:
    cells = [notebook(random.Random(seed).choice) for seed in range(40)]
    cells += [held(random.Random(seed).choice) for seed in range(10)]
    tables = NOTEBOOKS | CASES | TYPICAL
    texts = [text.strip("\n").partition("\n# ===\n")[0] for text in tables.values()]
    cells += [text.split("\n# ---\n") for text in texts]
    found = _linted(tmp_path, cells, "--select=E4,E9,F401,F404,F811,W,I,RUF100")
    assert "All checks passed" in found, found


def test_the_parts_of_a_script() -> None:
    header = header_of("Doubles", dependencies=["msgflo-lab", "numpy>=2", "msgflo-lab"])
    found = follow(
        statements([Cell("import json\ndef handler(x): return json, x", 1)]), ["handler"]
    )
    ending = 'if __name__ == "__main__":\n    own.main(handler)\n'
    imports = [Import("own", None, None)]
    assert render(found, header=header, imports=imports, ending=ending, own={"own"}) == (
        '# /// script\n# requires-python = ">=3.11"\n# dependencies = [\n#   "msgflo-lab",\n'
        '#   "numpy>=2",\n# ]\n# ///\n"""Doubles"""\n\nimport json\n\nimport own\n\n\n'
        'def handler(x): return json, x\n\n\nif __name__ == "__main__":\n    own.main(handler)\n'
    )


@pytest.mark.parametrize(
    ("title", "usage"),
    [
        ("Says \"so\"", []),
        ('Three """ and a \\ in it', ["run \\ it", 'or """so"""', "é → ü"]),
        ("long " * 50, ["python x.py " + "--option " * 20]),
        ("", []),
        ("A line\nand another\x00 one", [""]),
        ("ends with \\", []),
    ],
)  # fmt: skip
def test_a_header_is_python_and_toml(title: str, usage: list[str]) -> None:
    text = header_of(title, usage=usage, dependencies=['it; sys_platform != "win32"'])
    documentation = ast.get_docstring(ast.parse(text))
    assert documentation is not None
    shown = "".join(each if each.isprintable() else " " for each in title)
    assert " ".join(documentation.split()).startswith(" ".join(shown.split()))
    for line in usage:
        assert line.rstrip() in documentation
    block = text[: text.index("# ///\n")].splitlines()[1:]
    metadata = tomllib.loads("\n".join(line.removeprefix("# ") for line in block))
    assert metadata["dependencies"] == ['it; sys_platform != "win32"']
    assert all(len(line) <= 88 or "--option" in line for line in text.splitlines())


def test_names_that_nothing_binds() -> None:
    text = "import math\n\ndef helper(x):\n    return nowhere\n"
    parts = statements(
        [Cell(text, 3, 2), Cell("def handler(x): return helper(x), display, len", 4)]
    )
    found = follow(parts, ["handler", "gone"])
    assert found.missing == (
        Missing("gone", None, None),
        Missing("display", 4, 1),
        Missing("nowhere", 3, 5),
    )
    assert sorted(found.names) == ["handler", "helper"]
    assert found.names["helper"].cell == 3


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("x = await f()\ndef handler(): return x", "cell 1, line 5: 'await' outside function"),
        ("\ndef handler(:", "cell 1, line 6: this is not Python"),
        ("for x in y:\n    return\ndef handler(): return x", "line 6: 'return' outside function"),
        ("x = '\x00'", "null bytes"),
        ("x = " + "(" * 9999, "this is not Python"),
    ],
)
def test_what_cannot_be_a_script(text: str, error: str) -> None:
    with pytest.raises(NotAScript) as raised:
        script_of(text, first_line=5)
    assert error in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "decorator",
    [
        "@lab.participant",
        "@lab.participant('a')  # so",
        "@lab.participant(\n    'a',\n    every=3,\n)",
        "@(\n    lab.participant('a')\n)",
        "@ lab . participant",
    ],
)
def test_decorators_of_the_lab_are_left_out(decorator: str) -> None:
    text = f"# above\n@first\n{decorator}\n# between\n@last\ndef handler(x):\n    return x"
    script = script_of(text)
    assert script == "# above\n@first\n# between\n@last\ndef handler(x):\n    return x\n"


def test_only_decorators_of_the_lab_are() -> None:
    text = "@other.participant\n@lab.other\ndef handler(x): return x"
    assert script_of(text) == text + "\n"
    parts = statements([Cell(text, 1)], lab_names=["other"])
    assert render(follow(parts, ["handler"])) == "@lab.other\ndef handler(x): return x\n"
