"""What magics have run, and cells that have failed: a script is what was run, or there is none."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.exported.notebook import notebook
from tests.kernel.conftest import Shell

HANDLER = "%%participant p\ndef p(x):\n    return V"


def run_cells(shell: Shell, *cells: str) -> None:
    """Some of them may fail."""
    for cell in cells:
        if cell.startswith("FAILS "):
            shell.fail(cell.removeprefix("FAILS "))
        else:
            shell.run(cell)


def names_of(file: Path) -> dict[str, Any]:
    """What a script defines."""
    names: dict[str, Any] = {"__name__": "script"}
    exec(compile(file.read_text(), file.name, "exec"), names)
    return names


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        (["%time V = 3"], "V = 3\n"),
        (["%time V = sum([1, 2]); W = 1"], "V = sum([1, 2])\n"),
        (["for i in range(2):\n    %time V = [3, i]"], "for i in range(2):\n    V = [3, i]\n"),
        (["V = %time sum([1, 2])"], "V = sum([1, 2])\n"),
        (["%%time\nV = 1\n!true\nV += 2"], "V = 1\nV += 2\n"),
        (["V = 1\n%timeit -n 2 -r 1 V + 1"], "V = 1\n"),
        (["V = []", "%%capture said\nV.append(1)\nprint(3)"], "V = []\n\nV.append(1)\n"),
        (["V = 1", "%reset -f\nV = 2"], "V = 2\n"),
        (["%config InlineBackend.rc = {}\n%alias_magic t time\nV = 1"], "V = 1\n"),
        (["FAILS V = 1; W = 2; 1 / 0; V = 3"], "V = 1\n"),
        (["V = 1", "FAILS V = 1 / 0"], "V = 1\n"),
        (["FAILS import math, nowhere", "V = math.floor(2.5)"], "import math\n"),
        (["for V in (1, 2):\n    lab.status()\n    W = V"], "2):\n\n    W = V\n"),
        (["FAILS %%time\nV = 1\n1 / 0\nV = 2"], "V = 1\n"),
        (["V = [1]", "FAILS V.append(2); print(V); V.append(1 / 0)\nV.clear()"], None),
    ],
)
def test_what_was_run_is_in_the_script(tmp_path: Path, cells: list[str], text: str | None) -> None:
    with notebook(tmp_path) as shell:
        run_cells(shell, *cells, HANDLER)
        here = shell.ipython.user_ns["p"](0)
        if text is None:
            assert "has failed" in shell.fail("%msgflo export participant p")
            return
        shell.run("%msgflo export participant p")
    script = (tmp_path / "p.py").read_text()
    assert text in script
    assert "get_ipython" not in script
    assert names_of(tmp_path / "p.py")["p"](0) == here


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (["V = !echo hi"], "`V` (cell 1): what the command `!echo hi` prints is not there in"),
        (["%%bash --out V\necho hi"], "`V` (cell 1): `%%bash --out V` has bound it"),
        (["V = 1", "exec('V = 2')"], "`V` (cell 2): it was changed out of sight, by `exec`"),
        (["W = []\n%timeit -n 2 -r 1 W.append(1)\nV = W"], "`W` (cell 1): it was changed out of"),
        (["V = 1", "%reset -f", "%load_ext msgflo_lab"], "`V` (read in cell 4, line 3): no cell"),
        (
            ["V = []", "FAILS for i in range(3):\n    V.append(i)\n    1 / (1 - i)"],
            "`V` (cell 2): this statement has failed, and nobody knows how far it came; mend it",
        ),
        (
            ["V = [1, 2]", "FAILS x = 1; y = V.pop() + None"],
            "`V` (cell 2): this statement has failed",
        ),
    ],
)
def test_what_was_run_out_of_sight_is_told(tmp_path: Path, cells: list[str], told: str) -> None:
    with notebook(tmp_path) as shell:
        run_cells(shell, *cells, HANDLER)
        assert told in shell.fail("%msgflo export participant p")
    assert not (tmp_path / "p.py").exists()


def test_a_cell_that_exports_counts_as_far_as_it_has_come(tmp_path: Path) -> None:
    with notebook(tmp_path) as shell:
        shell.run(
            "V = 1\ndef p(x):\n    return V\n\nlab.add(p)\n%msgflo export participant p\nV = 2"
        )
        assert names_of(tmp_path / "p.py")["p"](0) == 1
        shell.run("%%time\nV = 3\n%msgflo export participant p\nV = 4")
    assert names_of(tmp_path / "p.py")["p"](0) == 3


def test_lines_of_a_command_can_be_embedded(tmp_path: Path) -> None:
    with notebook(tmp_path) as shell:
        run_cells(shell, "V = !echo hi", HANDLER)
        assert "--embed V" in shell.fail("%msgflo export participant p")
        shell.run("%msgflo export participant p --embed V")
    assert names_of(tmp_path / "p.py")["p"](0) == ["hi"]


def test_a_participants_cell_that_failed_counts_as_far_as_it_came(tmp_path: Path) -> None:
    with notebook(tmp_path) as shell:
        run_cells(shell, "V = 1")
        shell.fail("%%participant p\nV = 2\ndef p(x):\n    return V\n1 / 0\nV = 3")
        run_cells(shell, "lab.add(p)", "%msgflo export participant p")
    assert names_of(tmp_path / "p.py")["p"](0) == 2


LIBRARY = """\
import math

FACTOR = 2


def area(radius):
    return math.floor(math.pi * radius) * FACTOR


if __name__ == "__main__":
    FACTOR = 3
"""


@pytest.mark.parametrize(
    "line", ["%run helpers.py", "%run -n helpers", "if True:\n    %run helpers"]
)
def test_a_file_that_was_run_is_followed_like_a_cell(tmp_path: Path, line: str) -> None:
    (tmp_path / "helpers.py").write_text(LIBRARY.replace('"__main__"', '"nobody"'))
    with notebook(tmp_path) as shell:
        run_cells(shell, line, "def twice(x):\n    return 2 * area(x)")
        run_cells(shell, "%%participant p\ndef p(x):\n    return twice(x)")
        (tmp_path / "helpers.py").write_text("")
        run_cells(shell, "%msgflo export participant p")
        here = shell.ipython.user_ns["p"](5)
    assert names_of(tmp_path / "p.py")["p"](5) == here == 60


def test_what_only_the_notebook_is_told_stays_there_wherever_it_stands(tmp_path: Path) -> None:
    with notebook(tmp_path) as shell:
        run_cells(shell, "def p(x):\n    return V")
        run_cells(
            shell,
            "for V in (1, 2):\n    %config InlineBackend.rc = {}\n    lab.add(\n        p,\n"
            "        'p',\n    )  # so\n    !true",
            "%msgflo export participant p",
        )
    script = (tmp_path / "p.py").read_text()
    assert "for V in (1, 2):\n    pass\n" in script
    assert "lab." not in script.replace("msgflo_lab.", "")
    assert names_of(tmp_path / "p.py")["p"](0) == 2


def test_as_a_module_a_file_is_no_program(tmp_path: Path) -> None:
    (tmp_path / "helpers.py").write_text(LIBRARY)
    with notebook(tmp_path) as shell:
        run_cells(shell, "%run -n helpers", "%%participant p\ndef p(x):\n    return area(x)")
        run_cells(shell, "%msgflo export participant p")
    assert names_of(tmp_path / "p.py")["p"](5) == 30
    assert "FACTOR = 3" not in (tmp_path / "p.py").read_text()


def test_a_program_that_was_run_is_one_in_the_script_however_that_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "helpers.py").write_text(LIBRARY)
    with notebook(tmp_path) as shell:
        run_cells(shell, "%run helpers", 'if __name__ == "__main__":\n    MORE = 1')
        run_cells(shell, "%%participant p\ndef p(x):\n    return area(x) + MORE")
        run_cells(shell, "%msgflo export participant p")
    assert names_of(tmp_path / "p.py")["p"](5) == 46
    assert (tmp_path / "p.py").read_text().count("__name__") == 1


FETCH = """
cache = {}
async def fetch(key):
    cache[key] = 1
    return key
"""


def test_what_was_awaited_in_a_cell_is_told_or_named_if_it_is_needed(tmp_path: Path) -> None:
    with notebook(tmp_path) as shell:
        run_cells(shell, FETCH, "await fetch('a')", "first = await fetch('b')")
        run_cells(shell, "%%participant p\nasync def p(x):\n    return await fetch(x), len(cache)")
        told = shell.run("%msgflo export participant p").splitlines()
        assert told[1].startswith("cells 2, 3 changed what the script uses, with an `await`")
        told = shell.run("%msgflo export participant p --embed cache").splitlines()
        assert len(told) == 1
        assert 'cache = {"a": 1, "b": 1}\n' in (tmp_path / "p.py").read_text()
        run_cells(shell, "%%participant q\nasync def q(x):\n    return await fetch(first)")
        assert (
            "- `first` (cell 3): a script has no `await` outside of functions; await it in the "
            "handler, or put the value that it has now into the script: --embed first"
        ) in shell.fail("%msgflo export participant q")
        shell.run("%msgflo export participant q --embed first")
        assert 'first = "b"\n' in (tmp_path / "q.py").read_text()


CLIENT = """
class Client:
    up = False
    async def connect(self):
        self.up = True
    async def ask(self, x):
        if not self.up:
            await self.{opens}()
        return x
client = Client()
"""


def test_what_was_set_up_with_an_await_is_to_be_set_up_by_the_handler(tmp_path: Path) -> None:
    with notebook(tmp_path) as shell:
        run_cells(shell, CLIENT.format(opens="fail"), "await client.connect()")
        run_cells(shell, "await client.ask(1)")
        run_cells(shell, "%%participant p\nasync def p(x):\n    return await client.ask(x)")
        assert (
            "- cell 2: `await client.connect()` sets something up that it uses, and a script has "
            "no `await` outside of functions; await it in the handler, before the first use"
        ) in shell.fail("%msgflo export participant p")
        assert not (tmp_path / "p.py").exists()
        run_cells(shell, CLIENT.format(opens="connect"), "await client.connect()")
        run_cells(shell, "%%participant p\nasync def p(x):\n    return await client.ask(x)")
        told = shell.run("%msgflo export participant p")
        assert "changed what the script uses, with an `await`" in told
    assert asyncio.run(names_of(tmp_path / "p.py")["p"](5)) == 5


def test_a_file_that_was_run_has_names_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "helpers.py").write_text("FACTOR = 2\ndef area(x):\n    return x * FACTOR\n")
    with notebook(tmp_path) as shell:
        run_cells(shell, "%run helpers.py", "FACTOR = 5")
        run_cells(shell, "%%participant p\ndef p(x):\n    return area(x)")
        assert (
            "`FACTOR` (cell 2): helpers.py has one of its own; call one of them otherwise"
            in shell.fail("%msgflo export participant p")
        )


def test_a_file_that_has_failed_counts_as_far_as_it_came(tmp_path: Path) -> None:
    (tmp_path / "helpers.py").write_text("V = 2\n1 / 0\nV = 3\n")
    with notebook(tmp_path) as shell:
        run_cells(shell, "%run helpers.py", HANDLER, "%msgflo export participant p")
    assert names_of(tmp_path / "p.py")["p"](0) == 2


def test_variables_that_a_magic_has_set_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOUSE_LEVEL", "1")
    monkeypatch.setenv("HOUSE_TOKEN", "")
    with notebook(tmp_path) as shell:
        shell.run("%env HOUSE_LEVEL=5\n%set_env HOUSE_TOKEN hunter2")
        shell.run("import os\nlevel = int(os.environ.get('HOUSE_LEVEL', '1'))")
        shell.run("%%participant p\ndef p(x):\n    return level, os.environ['HOUSE_TOKEN']")
        told = shell.run("%msgflo export participant p")
        assert told.splitlines()[1] == "to be set in its environment: HOUSE_LEVEL, HOUSE_TOKEN"
        shell.run("%msgflo export project house")
    settings = (tmp_path / "house" / ".env.example").read_text()
    assert "\nHOUSE_LEVEL=5\n" in settings
    assert "\nHOUSE_TOKEN=\n" in settings
    texts = [each.read_text() for each in tmp_path.rglob("*") if each.is_file()]
    assert not any("hunter2" in text for text in texts)
    with notebook(tmp_path) as shell:
        shell.run("%msgflo import house")
        shell.run("%msgflo export project again")
    assert "HOUSE_LEVEL=5\n" in (tmp_path / "again" / ".env.example").read_text()


def test_another_folder_by_a_magic_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with notebook(tmp_path) as shell:
        run_cells(shell, "V = 3", "%cd data", HANDLER, "%cd ..")
        told = shell.run("%msgflo export participant p")
        assert "\ncells 2, 4 went to another folder with a magic (`%cd`): the script works" in told
