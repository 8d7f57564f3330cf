"""The files of an export: whose they are, what they are called, and what has to lie beside."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.exported.notebook import notebook
from tests.kernel.conftest import Shell

STRICT = ("--select", "I,UP,B,E,F,W")


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    with notebook(tmp_path) as shell:
        yield shell


@pytest.fixture
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Puts a module beside the notebook."""
    monkeypatch.syspath_prepend(tmp_path)
    names: list[str] = []

    def put(name: str) -> None:
        (tmp_path / f"{name}.py").write_text("FACTOR = 2\n")
        names.append(name)

    yield put
    for name in names:
        sys.modules.pop(name, None)


def components(house: Path) -> dict[str, str]:
    """By role, the file of Python that plays it."""
    lines = (line.split() for line in (house / "Procfile").read_text().splitlines())
    return {words[0][:-1]: Path(words[-2]).name for words in lines if words[-2].endswith(".py")}


def test_a_script_of_another_participant_is_not_written_over(shell: Shell, tmp_path: Path) -> None:
    shell.run("%%participant one --component Repeat\ndef one(x):\n    return 1")
    shell.run("%%participant two --component Repeat\ndef two(x):\n    return 2")
    shell.run("%msgflo export participant one")
    before = (tmp_path / "Repeat.py").read_text()
    told = shell.fail("%msgflo export participant two")
    assert "Repeat.py is there, and the script of `one`: --replace writes over it, -o" in told
    assert (tmp_path / "Repeat.py").read_text() == before
    shell.run("%msgflo export participant one\n%msgflo export participant two -o two.py")
    shell.run("%msgflo export participant two -o two.py")
    shell.run("%msgflo export participant two --replace")
    assert (tmp_path / "Repeat.py").read_text() != before


def test_no_two_files_differ_in_capitals_only(
    shell: Shell, tmp_path: Path, beside: Callable[[str], None]
) -> None:
    beside("Scale")
    shell.run("%%participant one --component Repeat\ndef one(x):\n    return x")
    shell.run("%%participant two --component repeat\ndef two(x):\n    return x")
    shell.run("%%participant scale\nimport Scale\n\ndef scale(x):\n    return Scale.FACTOR * x")
    shell.run("%%foreign repeat\ncomponent: a/Lamp\ninports: {on: {queue: lamp/on}}")
    shell.run("%msgflo export project house")
    shell.run("%msgflo import house\n%msgflo export project again/house")
    for house in (tmp_path / "house", tmp_path / "again" / "house"):
        names = [file.name for file in (house / "components").glob("*.*")]
        assert len({Path(name).stem.casefold() for name in names}) == len(names)
        assert {"Scale.py", "scale_2.py", "Repeat.py", "two.py"} <= set(names)
        assert components(house) == {"one": "Repeat.py", "two": "two.py", "scale": "scale_2.py"}


def test_what_it_needs_is_said_where_somebody_looks(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "words.ini").write_text("[a]\n")
    shell.run(
        "%%participant reader\nimport os\n\ndef reader(x):\n"
        "    return open('words.ini').read() + os.environ['HOUSE_KEY']"
    )
    shell.run("%%participant other\ndef other(x):\n    return x")
    shell.run("%%fbp\nreader(reader:memory=1024) OUT -> X other(other)")
    shell.run("%msgflo export project house")
    readme = (tmp_path / "house" / "README.md").read_text()
    assert "- Put `words.ini` into this folder: it is named by the code of `reader`." in readme
    assert "gets 256 MiB of memory at most, `reader` 1024 MiB. Where that is" in readme
    assert "`heroku ps:scale network=1 other=1 reader=1`" in readme
    compose = YAML(typ="safe", pure=True).load(tmp_path / "house" / "docker-compose.yml")
    services = compose["services"]
    limits = {name: each.get("deploy", {}).get("resources") for name, each in services.items()}
    assert limits["reader"] == {"limits": {"memory": "1024M"}}
    assert limits["other"] == {"limits": {"memory": "256M"}}
    given = [name for name, each in services.items() if "HOUSE_KEY" in each["environment"]]
    assert given == ["reader"]
    shell.run("%msgflo import house\n%msgflo export project again/house")
    again = tmp_path / "again" / "house"
    for name in ("README.md", "docker-compose.yml", "main.fbp", ".env.example"):
        assert (again / name).read_text() == (tmp_path / "house" / name).read_text()


@pytest.mark.parametrize("options", [(), STRICT])
def test_ruff_has_nothing_to_say_of_a_project(
    shell: Shell, tmp_path: Path, beside: Callable[[str], None], options: tuple[str, ...]
) -> None:
    beside("house_rules")
    shell.run("limits = " + json.dumps({"rooms": ["it's"] * 20, "cold": 10}))
    shell.run(
        '%%participant p --retries 2 --label "It\'s a"\n'
        "import os\n\nimport numpy\n\nimport house_rules\n\n\n"
        "def p(x):\n    return numpy.abs(x) * house_rules.FACTOR * limits[os.name]"
    )
    shell.run("%msgflo export project house --embed limits")
    for command in (["check", *options], ["format", "--check"]):
        said = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--no-cache", "."],
            cwd=tmp_path / "house",
            capture_output=True,
            text=True,
        )
        assert said.returncode == 0, said.stdout
    text = (tmp_path / "house" / "components" / "p.py").read_text()
    assert re.search(r"import msgflo_lab\nimport numpy\n\nimport house_rules\n", text)
