"""Which roles a lab runs nothing for, and what runs the commands of those that it does."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from msgflo_lab import Lab
from msgflo_lab.runtime.output import OutputLog, Voice
from tests.brokers import Mosquitto
from tests.runtime.helpers import eventually
from tests.runtime.projects import project


def test_roles_that_are_left_to_others(tmp_path: Path) -> None:
    with Lab(ignore=["mine"]) as lab:
        lab.start()
        lab.fbp("mine(core/Repeat) OUT -> IN theirs(core/Repeat)")
        assert {role.role: role.local for role in lab.network().roles} == {
            "mine": False,
            "theirs": True,
        }


@pytest.mark.skipif(sys.prefix == sys.base_prefix, reason="there is no virtual environment")
def test_programs_have_our_python_also_where_its_environment_is_not_active(
    tmp_path: Path, mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = os.path.dirname(sys.executable)
    others = [each for each in os.environ["PATH"].split(os.pathsep) if each != ours]
    monkeypatch.setenv("PATH", os.pathsep.join(others))
    folder = project(tmp_path, {"demo/Which": "python3 -c 'import sys; print(sys.prefix)'"})
    with Lab() as lab:
        lab.start(mosquitto.url)
        lab.library.load(folder)
        lab.fbp("which(demo/Which) OUT -> IN nobody")
        eventually(lambda: lab.printed({}))
        assert [line for _, line in lab.printed({})] == [sys.prefix]


def test_the_shell_of_programs(tmp_path: Path, mosquitto: Mosquitto) -> None:
    # What /bin/sh of Debian does not know.
    folder = project(tmp_path, {"demo/Shell": '[[ x == x ]] && echo "$0" "${BASH_VERSION:0:1}"'})
    with Lab(shell="bash") as lab:
        lab.start(mosquitto.url)
        lab.library.load(folder)
        lab.fbp("shell(demo/Shell) OUT -> IN nobody")
        seen: dict[OutputLog, int] = {}
        lines: list[tuple[Voice, str]] = []
        while not lines:
            lines = lab.printed(seen)
    assert lines[0][1].split()[0] == "bash"
    assert lines[0][1].split()[1].isdigit()
