"""Binder's steps in a clean environment, up to the first notebook, executed.

repo2docker installs `binder/apt.txt`, makes an environment, installs `binder/requirements.txt` from
the repository's root, and runs `binder/postBuild`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from .conftest import ROOT, run

NOTEBOOK = "notebooks/00-thermometer.ipynb"


def test_binder_installs_what_the_tests_use() -> None:
    wanted = (ROOT / "binder/apt.txt").read_text().split()
    assert "mosquitto" in wanted
    (installed,) = (
        line for line in (ROOT / "Makefile").read_text().splitlines() if line.startswith("DEBIAN")
    )
    assert set(wanted) <= set(installed.split())


@pytest.mark.timeout(900)
def test_the_first_notebook_runs_as_on_binder(
    fresh_clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (fresh_clone / NOTEBOOK).is_file()
    venv = tmp_path / "venv"
    run(sys.executable, "-m", "venv", venv, cwd=fresh_clone)
    # Nothing of the environment that runs the tests: neither its tools nor its kernels.
    monkeypatch.setenv("PATH", os.pathsep.join([str(venv / "bin"), "/usr/bin", "/bin"]))
    monkeypatch.setenv("VIRTUAL_ENV", str(venv))
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "1")
    monkeypatch.delenv("PYTHONPATH", raising=False)

    run("pip", "install", "-r", "binder/requirements.txt", cwd=fresh_clone)
    run("bash", "binder/postBuild", cwd=fresh_clone)
    run(
        *("jupyter", "nbconvert", "--to", "notebook", "--execute", NOTEBOOK),
        *("--output-dir", tmp_path, "--output", "executed"),
        cwd=fresh_clone,
    )
    assert (tmp_path / "executed.ipynb").is_file()
