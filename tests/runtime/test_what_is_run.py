"""Which roles a lab runs nothing for, and what runs the commands of those that it does."""

from __future__ import annotations

from pathlib import Path

from msgflo_lab import Lab
from tests.brokers import Mosquitto
from tests.runtime.projects import project


def test_roles_that_are_left_to_others(tmp_path: Path) -> None:
    with Lab(ignore=["mine"]) as lab:
        lab.start()
        lab.fbp("mine(core/Repeat) OUT -> IN theirs(core/Repeat)")
        assert {role.role: role.local for role in lab.network().roles} == {
            "mine": False,
            "theirs": True,
        }


def test_the_shell_of_programs(tmp_path: Path, mosquitto: Mosquitto) -> None:
    # What /bin/sh of Debian does not know.
    folder = project(tmp_path, {"demo/Shell": '[[ x == x ]] && echo "$0" "${BASH_VERSION:0:1}"'})
    with Lab(shell="bash") as lab:
        lab.start(mosquitto.url)
        lab.library.load(folder)
        lab.fbp("shell(demo/Shell) OUT -> IN nobody")
        seen: dict[str, int] = {}
        lines: list[tuple[str, str]] = []
        while not lines:
            lines = lab.printed(seen)
    assert lines[0][1].split()[0] == "bash"
    assert lines[0][1].split()[1].isdigit()
