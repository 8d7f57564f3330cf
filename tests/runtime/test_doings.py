"""Why a program is not there can be read, and nobody is there who is not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from msgflo_lab import Lab
from msgflo_lab.discovery import encode
from msgflo_lab.names import Role
from msgflo_lab.network import RoleState
from tests.brokers import Mosquitto, need
from tests.runtime.helpers import Foreign, definition, eventually, on_loop, role
from tests.runtime.projects import DOUBLE, node, numbers, pid, project, remove


@pytest.fixture
def lab(no_thread_left: None, mosquitto: Mosquitto) -> Iterator[Lab]:
    with Lab() as lab:
        lab.start(mosquitto.url)
        yield lab


def doing(lab: Lab, name: str) -> str:
    """What keeps a role from being there."""
    return str(lab._do(lambda _: lab._host.doings().get(Role(name), "")))


def test_one_that_starts_says_so_and_others_wait_for_their_turn(
    lab: Lab, mosquitto: Mosquitto, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("msgflo_lab.runtime.limits.STARTING_AT_ONCE", 2)
    lab.start(mosquitto.url)
    lab.library.load(project(tmp_path, {"Mute": "exec sleep 1000"}, Double=DOUBLE))
    for name in ("a", "b", "c"):
        node(lab, name, "Mute")
    eventually(lambda: doing(lab, "a").startswith("started "))
    assert doing(lab, "a").endswith(" s ago, not announced yet")
    assert doing(lab, "c") == "waits for its turn: 2 are starting"
    assert role(lab, "c").note == doing(lab, "c")
    remove(lab, "a")
    eventually(lambda: doing(lab, "c").startswith("started "))
    node(lab, "d", "Double")
    remove(lab, "b")
    eventually(lambda: role(lab, "d").state is RoleState.RUNNING)
    eventually(lambda: doing(lab, "d") == "")
    assert role(lab, "d").note == ""


def test_one_that_fails_says_how_often_and_why(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("msgflo_lab.runtime.limits.RESTART", (500.0, 500.0))
    commands = {"Bad": "echo boom; exit 3", "Done": "exit 0", "Gone": "no-such"}
    lab.library.load(project(tmp_path, commands))
    node(lab, "a", "Bad")
    node(lab, "b", "Done")
    node(lab, "c", "Gone")
    eventually(lambda: doing(lab, "b") == "over (exit 0)")
    eventually(lambda: doing(lab, "c").startswith("over (exit 127): "))
    assert role(lab, "c").note.endswith("not found")
    eventually(lambda: doing(lab, "a").startswith("failed once (exit 3), next try in "))
    assert doing(lab, "a").endswith(" s: boom")
    assert role(lab, "a").note.endswith(" s: boom")
    lab.stop()
    assert lab._host.doings() == {}


def test_a_new_policy_counts_for_what_is_over_and_what_runs_goes_on(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("msgflo_lab.runtime.limits.RESTART", (0.01, 0.01))
    command = "echo 1 >>lives; [ $(wc -l <lives) -gt 2 ] && exec sleep 1000; exit 0"
    lab.library.load(project(tmp_path, {"Ends": command}))
    node(lab, "a", "Ends", restart="never")
    eventually(lambda: doing(lab, "a") == "over (exit 0)")
    node(lab, "a", "", restart="on-failure")
    assert doing(lab, "a") == "over (exit 0)"
    node(lab, "a", "", restart="always")
    eventually(lambda: len(numbers(tmp_path / "lives")) == 3)
    eventually(lambda: doing(lab, "a").startswith("started "))
    before = pid(lab, "a")
    node(lab, "a", "", restart="never")
    assert pid(lab, "a") == before
    assert doing(lab, "a").startswith("started ")


def test_a_word_that_is_no_policy_is_a_problem_from_the_start(lab: Lab, tmp_path: Path) -> None:
    lab.library.load(project(tmp_path, {"Mute": "exec sleep 1000"}))
    node(lab, "a", "Mute", restart="sometimes")
    problem = "`a`: `restart: sometimes` is none of always, on-failure, never"
    assert lab.status().problems == (problem,)
    node(lab, "a", "", restart="always")
    assert lab.status().problems == ()


ANNOUNCED_LATE = """\
trap '' TERM; echo 1 >>lives
(sleep 0.3; mosquitto_pub -p {port} -t fbp -m \
'{{"protocol":"discovery","command":"participant","payload":{{"id":"late-'$$'","role":"'#ROLE'",\
"component":"Late","inports":[],"outports":[]}}}}'; echo 1 >>said) &
sleep 1000
"""


def test_what_is_heard_of_a_program_while_it_ends_makes_nobody_be_there(
    lab: Lab, mosquitto: Mosquitto, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need("mosquitto_pub")
    monkeypatch.setattr("msgflo_lab.runtime.limits.PROGRAM_FINISH", 1.0)
    command = ANNOUNCED_LATE.format(port=mosquitto.port)
    lab.library.load(project(tmp_path, {"Late": command}))
    node(lab, "a", "Late")
    eventually(lambda: numbers(tmp_path / "lives"))
    group = pid(lab, "a")
    remove(lab, "a")
    eventually(lambda: numbers(tmp_path / "said"))
    eventually(lambda: not Path(f"/proc/{group}").exists())
    eventually(lambda: "a" not in [each.role for each in lab.network().roles])
    node(lab, "a", "core/Repeat")
    eventually(lambda: role(lab, "a").local)


def test_what_is_heard_of_a_program_that_has_ended_makes_nobody_be_there(
    lab: Lab, tmp_path: Path
) -> None:
    lab.library.load(project(tmp_path, {"Mute": "exec sleep 1000"}))
    before = definition("a", {}, who="before")
    Foreign(lab, before)
    node(lab, "a", "Mute")
    eventually(lambda: pid(lab, "a"))
    group = pid(lab, "a")
    remove(lab, "a")
    eventually(lambda: not Path(f"/proc/{group}").exists())
    node(lab, "a", "core/Repeat")
    late = Foreign(lab, definition("b", {}, who="other"))
    late.announce_raw(*[encode(definition("a", {}, who=f"late-{each}")) for each in range(3)])
    late.announce(definition("c", {}, who="last"))
    assert role(lab, "a").workers == 1
    on_loop(lab, lambda session: session.coordinator.forget(before.id))
    eventually(lambda: role(lab, "a").local and role(lab, "a").workers == 1)


def test_a_role_may_be_called_like_an_option(lab: Lab, tmp_path: Path) -> None:
    lab.library.load(project(tmp_path, Double=DOUBLE))
    node(lab, "-x", "Double")
    node(lab, "--broker", "Double")
    names = ("-x", "--broker")
    eventually(lambda: all(role(lab, name).state is RoleState.RUNNING for name in names))


def test_a_problem_of_a_project_that_is_mended_is_none(lab: Lab, tmp_path: Path) -> None:
    lab.library.load(project(tmp_path, {"Mute": "sleep #LONG"}))
    assert "`#LONG` has no value" in lab.status().problems[0]
    lab.library.load(project(tmp_path, {"Mute": "sleep 1000"}))
    assert lab.status().problems == ()
