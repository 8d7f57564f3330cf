"""pytest with suites: run as a program, in a folder of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.program import environment

GOOD = """\
name: Repeats
topic: core/Count
cases:
- {name: one, assertion: is counted, inputs: {in: x}, expect: {count: {equals: 1}}}
- {name: again, assertion: begins anew, inputs: {in: x}, expect: {count: {equals: 1}}}
- {name: later, assertion: is counted, skip: no time}
"""
BAD = """\
topic: Shouts
cases:
- name: a word
  assertion: is in capitals
  inputs: {in: hei}
  expect: {out: {equals: Hei}}
"""


_WITHOUT = [f"-pno:{name}" for name in ("cacheprovider", "hypothesispytest", "nbval", "anyio")]
"""Plugins that take long to import."""


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", *_WITHOUT, *arguments],
        cwd=folder,
        env=environment(PYTEST_ADDOPTS=""),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "spec").mkdir()
    (tmp_path / "spec" / "good.yaml").write_text(GOOD)
    (tmp_path / "spec" / "services.yml").write_text("services: {a: 1}\n")
    (tmp_path / "components").mkdir()
    (tmp_path / "components" / "Shouts.py").write_text(
        "def shouts(in_):\n    print('shouting', in_)\n    return in_.upper()\n"
    )
    (tmp_path / "test_it.py").write_text(
        "import sys\n\ndef test_it():\n    assert 'msgflo_lab.trial' not in sys.modules\n"
    )
    return tmp_path


def test_nothing_happens_where_nobody_asks(project: Path) -> None:
    said = run(project, "-q")
    assert "1 passed" in said.stdout, said.stdout + said.stderr


def test_cases_are_tests(project: Path) -> None:
    said = run(project, "-v", "--fbpspec", "spec")
    assert "spec/good.yaml::Repeats: one PASSED" in said.stdout, said.stdout + said.stderr
    assert "spec/good.yaml::Repeats: again PASSED" in said.stdout
    assert "spec/good.yaml::Repeats: later SKIPPED (no time)" in said.stdout
    assert "services" not in said.stdout
    assert said.returncode == 0


def test_the_configuration_says_which(project: Path) -> None:
    (project / "pytest.ini").write_text(
        "[pytest]\nfbpspec = spec/*.yaml\nfbpspec_componentdir = components\n"
        "fbpspec_traces = traces\n"
    )
    (project / "spec" / "bad.yaml").write_text(BAD)
    said = run(project, "-v", "spec")
    assert "1 failed, 2 passed, 1 skipped" in said.stdout, said.stdout + said.stderr
    assert 'is in capitals: expected "HEI" to equal "Hei"' in said.stdout
    assert "spec/bad.yaml:3" in said.stdout
    assert 'received: out: "HEI"' in said.stdout
    assert "shouting hei" in said.stdout
    assert "Traceback" not in said.stdout
    assert said.stderr == ""
    assert len(list((project / "traces").iterdir())) == 3


def test_a_file_that_is_no_suite(project: Path) -> None:
    (project / "pytest.ini").write_text("[pytest]\nfbpspec = spec/*.yaml\n")
    (project / "spec" / "broken.yaml").write_text("topic: T\ncases: 3\n")
    said = run(project)
    assert "spec/broken.yaml:1: `cases` is a list" in said.stdout
    assert "Traceback" not in said.stdout
    assert said.returncode == 2


def test_nobody_is_at_the_address(project: Path) -> None:
    said = run(project, "--fbpspec", "--fbpspec-address", "localhost", "spec")
    assert "2 failed, 1 skipped" in said.stdout, said.stdout + said.stderr
    assert "`localhost` is no address (ws://host:port)" in said.stdout
    assert "Traceback" not in said.stdout
