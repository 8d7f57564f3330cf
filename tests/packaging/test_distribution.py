"""What the wheel and the sdist hold, and what they say of themselves."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import msgspec
import pytest
from packaging.requirements import Requirement

# The first of these tests waits for the build.
pytestmark = pytest.mark.timeout(600)

STARTUP = "msgflo_lab.pth"
PACKAGES = {"msgflo_lab", "msgflo_lab_transports", "msgflo_lab_broker", "msgflo_lab_kernel"}


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return message_from_bytes(archive.read(name))


def test_nothing_generic_lands_in_site_packages(in_wheel: frozenset[str]) -> None:
    top = {name.partition("/")[0] for name in in_wheel}
    assert {name for name in top if not name.endswith(".dist-info")} == PACKAGES | {STARTUP}


def test_programs_for_msgflo_find_it_after_an_install(
    wheel: Path, in_wheel: frozenset[str], tmp_path: Path
) -> None:
    """As pip would: its files in site-packages, which Python reads when it starts."""
    stand_in = "msgflo_lab/msgflo_python/stand_in"
    assert {f"{stand_in}/msgflo/__init__.py", f"{stand_in}/gevent/event.py"} <= in_wheel
    installed = tmp_path / "site-packages"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)
    program = tmp_path / "program.py"
    program.write_text(
        f"import site; site.addsitedir({str(installed)!r})\n"
        "import msgflo, gevent; print(msgflo.__file__)\n"
    )
    # Without the .pth files of the environment that the tests run in (-S), but with what is
    # installed there: the dependencies.
    packages = str(Path(msgspec.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-S", program],
        env={**os.environ, "PYTHONPATH": packages},
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == str(installed / stand_in / "msgflo" / "__init__.py"), done.stderr


def test_the_wheel_works_without_any_build_tool(wheel: Path, in_wheel: frozenset[str]) -> None:
    assert "msgflo_lab/picture/icons.json" in in_wheel
    assert "msgflo_lab/clients/templates/arduino.txt" in in_wheel
    assert not [name for name in in_wheel if "node_modules" in name or name.endswith(".ts")]
    with zipfile.ZipFile(wheel) as archive:
        bundle = archive.read("msgflo_lab_kernel/static/widget.js").decode()
    assert re.search(r"\bexport\s*(\{|default)", bundle), "not an ES module with exports"
    assert not re.search(r"""\bimport\s*[^.(;]{0,200}\bfrom\s*["']""", bundle), "not one module"


def test_the_sdist_has_the_sources_and_nothing_built(in_sdist: frozenset[str]) -> None:
    frontend = "kernel_ext/frontend/"
    assert {f"{frontend}package-lock.json", f"{frontend}scripts/build.mjs"} <= in_sdist
    assert {"hatch_build.py", "LICENSE", "README.md", "pyproject.toml"} <= in_sdist
    assert not [name for name in in_sdist if "node_modules" in name or "/static/" in name]


def test_the_licence_is_told_and_shipped(metadata: Message, in_wheel: frozenset[str]) -> None:
    assert metadata["License-Expression"] == "MIT"
    assert [name for name in in_wheel if name.endswith(".dist-info/licenses/LICENSE")]


def test_jupyterlab_comes_with_an_extra_only(metadata: Message) -> None:
    assert metadata["Name"] == "msgflo-lab"
    assert metadata["Requires-Python"] == ">=3.11"
    assert set(metadata.get_all("Provides-Extra", [])) >= {"lab", "ipycytoscape", "dev"}
    requires = metadata.get_all("Requires-Dist", [])
    jupyterlab = [each for each in requires if each.startswith("jupyterlab")]
    assert jupyterlab
    assert all("extra ==" in each for each in jupyterlab)


def test_a_kernel_that_loses_what_threads_send_is_replaced(metadata: Message) -> None:
    """Binder's environment, for one, came with such a kernel: the picture waited for ever."""
    wanted = [Requirement(each) for each in metadata.get_all("Requires-Dist", [])]
    kernels = [each.specifier for each in wanted if each.name == "ipykernel"]
    assert kernels  # one for each extra that brings it
    for versions in kernels:
        assert list(versions.filter(["6.29.5", "7.0.0", "7.0.1", "7.1.0"])) == ["6.29.5", "7.1.0"]


def test_the_programs_that_come_with_it(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("/entry_points.txt"))
        entry_points = archive.read(name).decode()
    assert "msgflo-python = msgflo_lab.msgflo_python.program:script" in entry_points


def test_transports_are_found_by_their_scheme(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("/entry_points.txt"))
        entry_points = archive.read(name).decode()
    assert "[msgflo_lab.transports]" in entry_points
    assert re.search(r"^direct = msgflo_lab_transports\.", entry_points, re.MULTILINE)
    assert re.search(r"^mqtts = msgflo_lab_transports\.", entry_points, re.MULTILINE)
