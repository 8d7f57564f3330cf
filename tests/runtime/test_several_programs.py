"""A role whose node says how many play it: so many programs, each by itself."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from msgflo_lab import Lab
from msgflo_lab.names import Role
from tests.brokers import Mosquitto, need
from tests.runtime.helpers import eventually, on_loop, role
from tests.runtime.projects import DOUBLE, is_alive, node, pids, project, remove

ANNOUNCED = """\
echo "I am $$"; trap 'echo "$$ goes"; exit 0' TERM
mosquitto_pub -p {port} -t fbp -m \
'{{"protocol":"discovery","command":"participant","payload":{{"id":"'$$'","role":"'#ROLE'",\
"component":"Quick","inports":[],"outports":[]}}}}'
while :; do sleep 0.1; done
"""
"""A program that is quicker to start than one of Python."""


@pytest.fixture
def lab(no_thread_left: None, mosquitto: Mosquitto, tmp_path: Path) -> Iterator[Lab]:
    need("mosquitto_pub")
    with Lab() as lab:
        lab.start(mosquitto.url)
        commands = {"Quick": ANNOUNCED.format(port=mosquitto.port), "Bad": "echo boom; exit 3"}
        lab.library.load(project(tmp_path, commands, Double=DOUBLE))
        yield lab


def at_work(lab: Lab, number: int, name: str = "a") -> list[int]:
    """The processes of a role, once so many have announced themselves."""
    eventually(lambda: role(lab, name).workers == number and not role(lab, name).note)
    return pids(lab, name)


def printed(lab: Lab) -> set[tuple[str, int, str]]:
    """The lines that programs have printed, by role and number."""
    return {(*voice, line) for voice, line in lab.printed({})}


def doing(lab: Lab) -> str:
    """What keeps some of `a` from being there."""
    return role(lab, "a").note


def test_so_many_as_its_scale_says_and_each_is_told_apart(lab: Lab) -> None:
    node(lab, "a", "Quick", scale={"min": 3, "max": 5})
    processes = at_work(lab, 3)
    first = {("a", number, f"I am {pid}") for number, pid in enumerate(processes, 1)}
    eventually(lambda: printed(lab) == first)
    assert lab.output("a") == "\n".join(
        f"a #{number}:\nI am {pid}" for number, pid in enumerate(processes, 1)
    )
    remove(lab, "a")
    eventually(lambda: not any(map(is_alive, processes)))
    eventually(lambda: "a" not in [each.role for each in lab.network().roles])
    last = {("a", number, f"{pid} goes") for number, pid in enumerate(processes, 1)}
    eventually(lambda: printed(lab) > last)


def test_one_that_fails_is_begun_again_and_the_others_go_on(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("msgflo_lab.runtime.limits.RESTART", (500.0, 500.0))
    node(lab, "a", "Quick", scale={"min": 3})
    first, second, third = at_work(lab, 3)
    os.killpg(second, signal.SIGKILL)
    # We know which of them it was: nobody else is forgotten.
    eventually(lambda: role(lab, "a").workers == 2)
    eventually(lambda: doing(lab).startswith("#2 failed once (exit signal SIGKILL), next try in"))
    (problem,) = lab.status().problems
    assert "of `a` #2 exited with signal SIGKILL" in problem
    roster = on_loop(lab, lambda session: list(session.coordinator.roster.roles[Role("a")]))
    assert roster == [str(first), str(third)]
    monkeypatch.setattr("msgflo_lab.runtime.limits.RESTART", (0.01, 0.01))
    node(lab, "a", "", scale={"min": 1})
    assert at_work(lab, 1) == [first]
    eventually(lambda: not is_alive(third))
    node(lab, "a", "", scale={"min": 3})
    again = at_work(lab, 3)
    assert again[0] == first
    os.killpg(again[1], signal.SIGKILL)
    # Looked at once: in between, its end may be noticed.
    eventually(lambda: len(now := pids(lab, "a")) == 3 and now[1] != again[1])
    now = at_work(lab, 3)
    assert (now[0], now[2]) == (first, again[2])


def test_all_of_them_fail_each_for_itself(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("msgflo_lab.runtime.limits.RESTART", (500.0, 500.0))
    node(lab, "a", "Bad", scale={"min": 2})
    eventually(lambda: doing(lab).count("failed once") == 2)
    assert doing(lab).startswith("#1 failed once (exit 3), next try in ")
    assert doing(lab).partition("; #2 ")[2].endswith(" s: boom")
    assert len(lab.status().problems) == 2


def test_a_scale_that_cannot_be_is_a_problem_and_one_plays_it(lab: Lab) -> None:
    node(lab, "a", "Quick", scale={"min": 3, "max": 2})
    at_work(lab, 1)
    problem = "the `scale` of `a` allows 2 workers, and at least 3 are needed"
    assert lab.status().problems == (problem,)
    node(lab, "a", "", scale={"min": 2, "max": 2})
    at_work(lab, 2)
    assert lab.status().problems == ()


def test_other_code_is_for_all_of_them(lab: Lab) -> None:
    node(lab, "a", "Double", scale={"min": 2})
    before = at_work(lab, 2)
    lab.library.add("Double", "python", DOUBLE.replace("2 * x", "-x"))
    eventually(lambda: len(now := {*pids(lab, "a")}) == 2 and not now & {*before})
    at_work(lab, 2)
    assert not any(map(is_alive, before))
