"""`import msgflo_lab` stays cheap: what is heavy is imported when it is first used."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

HEAVY = {"IPython", "ipywidgets", "anywidget", "traitlets", "anyio", "asyncio", "msgspec", "ssl"}


def imported_by(statement: str, cwd: Path) -> set[str]:
    """The top-level modules that a statement adds to those of a bare interpreter."""
    script = (
        "import sys; before = set(sys.modules)\n"
        f"{statement}\n"
        "import json; print(json.dumps(sorted(set(sys.modules) - before)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=cwd, capture_output=True, text=True, check=True
    )
    return {name.partition(".")[0] for name in json.loads(done.stdout)}


def test_the_import_is_light(tmp_path: Path) -> None:
    found = imported_by("import msgflo_lab", tmp_path)
    assert "msgflo_lab" in found
    assert not found & (HEAVY | {"msgflo_lab_kernel", "msgflo_lab_transports"})


def test_the_lab_is_there_when_asked_for_and_needs_no_notebook(tmp_path: Path) -> None:
    found = imported_by("import msgflo_lab; msgflo_lab.Lab", tmp_path)
    assert "anyio" in found
    assert not found & {"IPython", "ipywidgets", "anywidget", "msgflo_lab_kernel"}


def test_all_four_packages_are_importable_from_anywhere(tmp_path: Path) -> None:
    packages = {"msgflo_lab", "msgflo_lab_transports", "msgflo_lab_broker", "msgflo_lab_kernel"}
    assert imported_by(f"import {', '.join(sorted(packages))}", tmp_path) >= packages
