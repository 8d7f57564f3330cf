"""Imports of a script are sorted as ruff has it: by what is the project's own, where it will be."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kernel.conftest import Shell

CELLS = (
    "from near_by import near\nimport msgspec, os.path",
    "# the numbers\nfrom zipfile import ZipFile as Z, is_zipfile\nimport near_by as n",
    "%%participant p\ndef p(x):\n    return near, msgspec, os, Z, is_zipfile, n",
)
RULES = "--select=E,F,W,I,UP,B"


@pytest.mark.parametrize(
    ("settings", "lines"),
    [
        (
            {},
            "import msgflo_lab\nimport msgspec\n\nimport near_by as n\nfrom near_by import near\n",
        ),
        (
            {"../pyproject.toml": "[tool.ruff]\nline-length = 99\n"},
            "import msgflo_lab\nimport msgspec\nimport near_by as n\nfrom near_by import near\n",
        ),
        (
            {"../ruff.toml": 'src = ["lib", "notes"]\n', "../lib/msgspec/a.py": ""},
            "import msgflo_lab\n\nimport msgspec\nimport near_by as n\nfrom near_by import near\n",
        ),
        (
            {"pyproject.toml": "[tool.ruff]\n", "../ruff.toml": "src = []\n"},
            "import msgflo_lab\nimport msgspec\n\nimport near_by as n\nfrom near_by import near\n",
        ),
    ],
)
def test_they_are_sorted(
    shell: Shell,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    settings: dict[str, str],
    lines: str,
) -> None:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "near_by.py").write_text("near = 1\n")
    for name, text in settings.items():
        (folder / name).parent.mkdir(exist_ok=True, parents=True)
        (folder / name).write_text(text)
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, "near_by", raising=False)
    for cell in CELLS:
        shell.run(cell)
    shell.run("%msgflo export participant p")
    assert lines in (folder / "p.py").read_text()
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", RULES, "p.py"]
    found = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    assert "All checks passed" in found.stdout, found.stdout


def test_of_a_namespace_that_several_share_the_one_that_has_the_module(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shell.run(
        "from opentelemetry import trace\nfrom opentelemetry.sdk.trace import TracerProvider\n"
        "import google.protobuf.message"
    )
    shell.run("%%participant p\ndef p(x):\n    return trace, TracerProvider, google.protobuf")
    shell.run("%msgflo export participant p")
    assert re.findall(r'^#   "([\w-]+)>=', Path("p.py").read_text(), re.M) == [
        "msgflo-lab",
        "opentelemetry-api",
        "opentelemetry-sdk",
        "protobuf",
    ]


def test_a_class_whose_module_is_no_name(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    # As those of zope.interface.
    shell.run("class Odd:\n    __module__ = property(lambda self: 'odd')\n\nodd = Odd()")
    shell.run("%%participant p\ndef p(x):\n    return odd is not None")
    shell.run("%msgflo export participant p")
    assert "odd = Odd()" in Path("p.py").read_text()
