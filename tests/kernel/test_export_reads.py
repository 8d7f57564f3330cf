"""What code reads that is not in it: told while there is still somebody who can do something."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.exported.notebook import notebook

HANDLER = "%%participant p\ndef p(x):\n    return V"
ELSEWHERE = "reads may not be there elsewhere; read it in the handler"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "words.ini").write_text("[a]\nb = 1\n")
    return tmp_path


@pytest.mark.parametrize(
    ("cell", "by", "embed"),
    [
        ("import configparser\nC = configparser.ConfigParser()\nC.read('words.ini')\n"
         "V = C['a']['b']",
         "`C` (cell 1): what `read`", "made of it into the script: --embed V"),
        ("import glob\nV = sorted(glob.glob('*.ini'))", "`V` (cell 1): what `glob`", "--embed V"),
        ("import os\nV = [each for each in os.listdir('.')]", "what `listdir`", "--embed V"),
        ("from pathlib import Path\nV = [each.name for each in Path('.').iterdir()]",
         "what `iterdir`", "--embed V"),
        ("import subprocess\nV = subprocess.check_output(['echo', 'hi'], text=True)",
         "what `check_output`", "--embed V"),
        ("import subprocess\nV = subprocess.run(['echo'], capture_output=True).returncode",
         "what `subprocess.run`", "--embed V"),
        ("words = lambda: open('words.ini').read()\nV = words()", "what `words`", "--embed V"),
        ("class Settings:\n    def __init__(self):\n"
         "        self.text = open('words.ini').read()\n\nS = Settings()\nV = S.text",
         "`S` (cell 1): what `Settings`", "--embed V"),
        ("class Settings:\n    @classmethod\n    def read_all(cls):\n"
         "        return open('words.ini').read()\n\nV = Settings.read_all()",
         "`V` (cell 1): what `Settings.read_all`", "--embed V"),
        ("from functools import lru_cache\n\n@lru_cache\ndef words():\n"
         "    return open('words.ini').read()\n\ndef more():\n    return words()\n\nV = more()",
         "`V` (cell 1): what `more`", "--embed V"),
    ],
)  # fmt: skip
def test_what_is_read_while_it_is_made(folder: Path, cell: str, by: str, embed: str) -> None:
    with notebook(folder) as shell:
        shell.run(cell)
        shell.run(HANDLER)
        here = shell.ipython.user_ns["V"]
        told = shell.fail("%msgflo export participant p")
        assert f"{by} {ELSEWHERE}" in told
        assert embed in told
        shell.run("%msgflo export participant p --embed V")
    code = "import p; print(repr(p.p(0)))"
    command = [sys.executable, "-c", code]
    found = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    assert found.stdout == f"{here!r}\n"


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        (HANDLER.replace("V", "input('what? ')"), "`p` (cell 1): it asks by `input`, and nobody"),
        ("import getpass\nV = None\ndef ask():\n    return getpass.getpass()\n\n"
         "if V:\n    V = ask()",
         "`ask` (cell 1): it asks by `getpass`, and nobody types there, and it is secret"),
        ("import builtins\nV = None\nif V:\n    V = input()", "`V` (cell 1): it asks by `input`"),
    ],
)  # fmt: skip
def test_nobody_types_there(folder: Path, cell: str, told: str) -> None:
    with notebook(folder) as shell:
        shell.run(cell)
        if not cell.startswith("%%"):
            shell.run(HANDLER)
        assert told in shell.fail("%msgflo export participant p")
        assert 'os.environ["NAME"]' in shell.fail("%msgflo export project house")
    assert not list(folder.glob("*.py"))


def test_methods_of_ones_own_do_what_they_say(folder: Path) -> None:
    with notebook(folder) as shell:
        shell.run(
            "class Valve:\n    def open(self):\n        self.at = 3\n        return self\n"
            "    def load(self, at):\n        self.open().at += at"
        )
        shell.run("valve = Valve().open()\nvalve.load(4)\nV = valve.at")
        shell.run(HANDLER)
        shell.run("%msgflo export participant p")
        shell.run(
            "class Words(Valve):\n    def read(self):\n        return open('words.ini').read()"
        )
        shell.run("V = Words().read()")
        shell.run(HANDLER)
        told = shell.fail("%msgflo export participant p")
    assert f"`V` (cell 6): what `Words.read` {ELSEWHERE}" in told
    command = [sys.executable, "-c", "import p; print(p.p(0))"]
    found = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    assert found.stdout == "7\n"


def test_what_was_made_of_what_cannot_travel_can_be_embedded(folder: Path) -> None:
    with notebook(folder) as shell:
        shell.run("import sqlite3\ndb = sqlite3.connect(':memory:')")
        shell.run("V = db.execute('select 3').fetchone()[0]\nlist_of = [V]")
        shell.run(HANDLER)
        assert (
            "`db` (cell 1): a Connection: an open database; open it in the handler, or in a class "
            "with `__init__`, or put what was made of it into the script: --embed V"
        ) in shell.fail("%msgflo export participant p")
        shell.run("%msgflo export participant p --embed V")
    assert "V = 3\n" in (folder / "p.py").read_text()


@pytest.mark.parametrize(
    "cell",
    [
        "def read_words():\n    return 1\n\nV = read_words()",
        "class Words:\n    def get(self):\n        return open('words.ini').read()\n\n"
        "W = Words()\nV = {'a': 1}.get('a')",
        "import ast\nV = len(list(ast.walk(ast.parse('1'))))",
        "def input(x):\n    return x\n\nV = input(1)",
        "import configparser\nC = configparser.ConfigParser()\nC.read_string('[a]\\nb = 1')\n"
        "C.read_dict({'c': {}})\nV = dict(C['a'])",
        "import io, json\nV = json.load(io.StringIO('1'))",
        "import io, tarfile\nS = io.BytesIO(b'x')\nV = S.read()\nB = io.BytesIO()\n"
        "T = tarfile.open(fileobj=B, mode='w')\nT.close()\nV = [V, B.getvalue()]",
    ],
)
def test_what_only_sounds_like_reading(folder: Path, cell: str) -> None:
    with notebook(folder) as shell:
        shell.run(cell)
        shell.run(HANDLER)
        shell.run("%msgflo export participant p")


def test_a_module_that_a_cell_has_made(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "made_by_hand", ModuleType("made_by_hand"))
    with notebook(folder) as shell:
        shell.run("import sys\nsys.modules['made_by_hand'].V = 3\nfrom made_by_hand import V")
        shell.run(HANDLER)
        assert (
            "`V` (cell 1): the module `made_by_hand` is no file, a cell has made it; write it as a "
            "file beside the notebook, or put the value that it has now into the script: --embed V"
        ) in shell.fail("%msgflo export participant p")


def test_files_that_the_handler_reads_are_named(folder: Path) -> None:
    with notebook(folder) as shell:
        shell.run("from pathlib import Path\nWORDS = Path('words.ini')")
        shell.run("%%participant p\ndef p(x):\n    return WORDS.read_text(), 'other.ini'")
        told = shell.run("%msgflo export participant p")
        assert told.splitlines()[1] == "put beside it, where it is run: words.ini"
        told = shell.run("%msgflo export project house")
    assert (
        "`words.ini`, which p names, is no part of it: put it beside, where it is run"
        in told.splitlines()
    )


def test_what_has_a_default_may_be_set_everywhere(folder: Path) -> None:
    with notebook(folder) as shell:
        shell.run("from os import environ as E, getenv\nV = getenv('HOUSE_LEVEL', '5')")
        shell.run("%%participant p\ndef p(x):\n    return V, E.get('HOUSE_NAME', 'x'), E['NEED']")
        told = shell.run("%msgflo export participant p")
        shell.run("%msgflo export project house")
    assert told.splitlines()[1:] == [
        "to be set in its environment: NEED",
        "with a default, may be set in its environment: HOUSE_LEVEL, HOUSE_NAME",
    ]
    house = folder / "house"
    settings = (house / ".env.example").read_text()
    assert "\n# May be left out. Read by p.\n# HOUSE_LEVEL=\n" in settings
    assert "\nNEED=\n" in settings
    assert "\n      HOUSE_LEVEL:\n" in (house / "docker-compose.yml").read_text()


@pytest.mark.parametrize(
    ("first", "told"),
    [
        ("import os\nHERE = 1", ""),
        ("import os\nHERE = os.environ['HOUSE']", "to be set in its environment: HOUSE"),
    ],
)
def test_what_a_cell_sets_nobody_else_has_to(
    folder: Path, monkeypatch: pytest.MonkeyPatch, first: str, told: str
) -> None:
    monkeypatch.setenv("HOUSE", "there")
    with notebook(folder) as shell:
        shell.run(first)
        shell.run("os.environ['HOUSE'] = 'here'")
        shell.run("%%participant p\ndef p(x):\n    return os.environ['HOUSE'], HERE")
        said = shell.run("%msgflo export participant p")
    assert "\n".join(said.splitlines()[1:]) == told


def test_a_formatter_leaves_the_written_text_alone(folder: Path) -> None:
    with notebook(folder) as shell:
        shell.run(
            '%%participant p --label "Says it" --out out,more --option x.quorum=true\n'
            "def p(x):\n    return x"
        )
        shell.run("%msgflo export participant p")
        shell.run("%msgflo export project house")
    files = [folder / "p.py", folder / "house" / "components" / "p.py"]
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--check", *map(str, files)]
    found = subprocess.run(command, capture_output=True, text=True)
    assert found.returncode == 0, found.stdout
