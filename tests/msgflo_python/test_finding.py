"""Who finds what stands in for `msgflo` and `gevent`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from msgflo_lab.importing import imports

PROBE = "try:\n    import gevent\n    found = True\nexcept ImportError:\n    found = False\n"


def run(code: str, folder: Path) -> str:
    (folder / "program.py").write_text(code)
    done = subprocess.run(
        [sys.executable, "program.py"], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_an_interpreter_that_starts_imports_nothing_of_ours(tmp_path: Path) -> None:
    code = "import sys, json; print(json.dumps([m for m in sys.modules if 'msgflo' in m]))"
    assert json.loads(run(code, tmp_path)) == []


def test_anybody_finds_msgflo(tmp_path: Path) -> None:
    code = (
        "from msgflo import *\n"
        "import msgflo, msgflo.msgflo\n"
        "assert Participant is msgflo.Participant is msgflo.msgflo.Participant\n"
        "print(msgflo.__name__, msgflo.run.__name__, main.__name__, Message.__name__)"
    )
    assert run(code, tmp_path) == "msgflo run main Message"


def test_only_who_imports_msgflo_finds_gevent(tmp_path: Path) -> None:
    packages = tmp_path / "site-packages"
    packages.mkdir()
    (packages / "library.py").write_text(PROBE)
    (tmp_path / "helper.py").write_text(f"import msgflo\n{PROBE}")
    search = f"import sys; sys.path.append({str(packages)!r})\n"
    assert run(f"{search}import library; print(library.found)", tmp_path) == "False"
    assert run(f"{search}import msgflo, library; print(library.found)", tmp_path) == "False"
    assert run("import helper; print(helper.found)", tmp_path) == "True"
    assert run(f"{PROBE}print(found)\nimport msgflo", tmp_path) == "True"
    spec = "import importlib.util; print(importlib.util.find_spec('gevent'))"
    assert run(spec, tmp_path) == "None"


def test_what_lies_beside_a_program_finds_gevent_after_msgflo(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "parts", tmp_path / "elsewhere"):
        folder.mkdir(exist_ok=True)
        (folder / "helper.py").write_text(PROBE)
    assert run("import helper; print(helper.found)", tmp_path) == "False"
    assert run("import msgflo, helper; print(helper.found)", tmp_path) == "True"
    assert run("import msgflo, parts.helper as it; print(it.found)", tmp_path) == "True"
    (tmp_path / "parts" / "program.py").write_text("import msgflo\n")
    other = "import parts.program, elsewhere.helper as it; print(it.found)"
    assert run(other, tmp_path) == "False"


def test_it_has_a_version(tmp_path: Path) -> None:
    code = "import msgflo, gevent; print(gevent.__version__, gevent.version_info[:2] > (20, 9))"
    version, is_later = run(code, tmp_path).split()
    requirements = Path(__file__).parent / "original" / "requirements.txt"
    assert f"gevent=={version}" in requirements.read_text().splitlines()
    assert is_later == "True"


def test_what_is_typed_in_finds_it_too(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"import msgflo\n{PROBE}print(found)"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "True"


def test_what_is_there_wins(tmp_path: Path) -> None:
    (tmp_path / "msgflo.py").write_text("who = 'the real one'")
    (tmp_path / "gevent.py").write_text("who = 'gevent itself'")
    code = "import msgflo, gevent; print(msgflo.who, gevent.who)"
    assert run(code, tmp_path) == "the real one gevent itself"


@pytest.mark.parametrize(
    "code",
    [
        "import msgflo",
        "import os\nfrom msgflo import Participant",
        "import gevent, msgflo",
        "import sys, os.path, msgflo as m",
        "try: from msgflo.msgflo import run\nexcept ImportError: pass",
    ],
)
def test_a_file_that_imports_msgflo(code: str) -> None:
    assert imports(code, "msgflo")


@pytest.mark.parametrize(
    "code",
    [
        "import msgflo_lab",
        "# import msgflo",
        "'''\nimport msgflo\n'''",
        "import gevent",
        "import msgflo (",
    ],
)
def test_a_file_that_does_not(code: str) -> None:
    assert not imports(code, "msgflo")
