"""Nodes that are programs: begun, begun again, ended with all that they started."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from msgflo_lab import Lab
from msgflo_lab.graph import Change, Edited, Graph
from msgflo_lab.names import Role
from msgflo_lab.network import EdgeState, RoleState
from tests.brokers import Mosquitto, need
from tests.runtime.helpers import DEADLINE, Sink, eventually, role, state
from tests.runtime.projects import (
    DOUBLE,
    is_alive,
    is_process,
    node,
    numbers,
    pid,
    project,
    remove,
)


@pytest.fixture
def lab(no_thread_left: None, mosquitto: Mosquitto) -> Iterator[Lab]:
    with Lab() as lab:
        lab.start(mosquitto.url)
        yield lab


def problems(lab: Lab) -> str:
    return "\n".join(lab.status().problems)


def test_a_file_of_python_plays_a_role_with_its_new_code_too(lab: Lab, tmp_path: Path) -> None:
    assert lab.library.load(project(tmp_path, Double=DOUBLE)) == ["demo/Double"]
    node(lab, "two words", "Double")
    sink = Sink(lab)
    lab.connect("two words.out", sink.port)
    eventually(lambda: state(lab, "two words.out", sink.port) is EdgeState.BOUND)
    lab.send("two words.x", 4)
    assert sink.wait(1) == [8]
    eventually(lambda: "got 4" in lab.output("two words"))
    assert role(lab, "two words").component == "demo/Double"
    found = lab.library.find("demo/Double")
    assert [port.id for port in found.inports] == ["x"]
    assert found.description == "Doubles"

    before = pid(lab, "two words")
    lab.library.add("Double", "python", DOUBLE.replace("2 * x", "-x"))
    eventually(lambda: pid(lab, "two words") not in (0, before))
    assert not is_alive(before)
    eventually(lambda: role(lab, "two words").state is RoleState.RUNNING)
    eventually(lambda: state(lab, "two words.out", sink.port) is EdgeState.BOUND)
    lab.send("two words.x", 5)
    assert sink.wait(2) == [8, -5]
    lab.stop()
    assert "got 5" in lab.output("two words")
    assert problems(lab) == ""


def test_learning_its_ports_does_not_begin_it_anew(lab: Lab, tmp_path: Path) -> None:
    lab.library.load(project(tmp_path, Double=DOUBLE))
    node(lab, "a", "Double")
    eventually(lambda: lab.library.find("Double").inports)
    first = pid(lab, "a")
    node(lab, "a", "", x=5, y=6)
    lab.library.refresh()
    node(lab, "b", "Double")
    eventually(lambda: pid(lab, "b"))
    assert pid(lab, "a") == first


GROUP = """\
sh -c 'trap "" TERM; echo $$ >>pids; while :; do sleep 1; done' &
echo $! >/dev/null; sleep 1000 & echo $! >>pids; echo $$ >>pids; wait
"""


def test_it_is_ended_with_all_that_it_started(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("msgflo_lab.runtime.limits.PROGRAM_FINISH", 0.2)
    lab.library.load(project(tmp_path, {"Group": GROUP}))
    node(lab, "a", "Group")
    pids = tmp_path / "pids"
    eventually(lambda: len(numbers(pids)) == 3)
    group = pid(lab, "a")
    assert all(map(is_process, numbers(pids)))
    assert {os.getpgid(each) for each in numbers(pids)} == {group}
    remove(lab, "a")
    eventually(lambda: not is_alive(group))
    assert not any(map(is_process, numbers(pids)))


def test_when_it_ends_by_itself_nothing_of_it_is_left(lab: Lab, tmp_path: Path) -> None:
    lab.library.load(project(tmp_path, {"Forks": "sleep 1000 & echo $! >>pids"}))
    node(lab, "a", "Forks")
    eventually(lambda: numbers(tmp_path / "pids") and not is_process(numbers(tmp_path / "pids")[0]))
    eventually(lambda: "exited with 0; it is over" in problems(lab))
    assert len(numbers(tmp_path / "pids")) == 1


def test_a_crash_loop_has_growing_pauses(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("msgflo_lab.runtime.limits.RESTART", (0.05, 0.2))
    command = "date +%s%N | cut -c1-13 >>times; echo boom >&2; exit 3"
    lab.library.load(project(tmp_path, {"Bad": command}))
    node(lab, "a", "Bad")
    eventually(lambda: len(numbers(tmp_path / "times")) >= 5)
    remove(lab, "a")
    times = numbers(tmp_path / "times")
    gaps = [after - before for before, after in itertools.pairwise(times)]
    for gap, least in zip(gaps, [50, 100, 200, 200], strict=False):
        assert gap >= least - 1
    assert problems(lab).count("exited with") == 1  # said once
    assert "of `a` exited with 3: boom; it is started again" in problems(lab)
    assert set(lab.output("a").split()) == {"boom"}


@pytest.mark.parametrize(
    ("policy", "code", "again"),
    [("never", 1, False), ("always", 0, True), (None, 0, False), ("sometimes", 1, True)],
)
def test_a_node_says_whether_it_is_begun_again(
    lab: Lab,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    policy: str | None,
    code: int,
    *,
    again: bool,
) -> None:
    monkeypatch.setattr("msgflo_lab.runtime.limits.RESTART", (0.01, 0.01))
    lab.library.load(project(tmp_path, {"Ends": f"echo 1 >>lives; exit {code}"}))
    node(lab, "a", "Ends", restart=policy)
    if again:
        eventually(lambda: len(numbers(tmp_path / "lives")) > 2)
    else:
        eventually(lambda: f"exited with {code}; it is over" in problems(lab))
        assert numbers(tmp_path / "lives") == [1]
    assert ("is none of always, on-failure, never" in problems(lab)) is (policy == "sometimes")


def test_what_is_killed_by_a_signal_is_begun_again(lab: Lab, tmp_path: Path) -> None:
    lab.library.load(project(tmp_path, Double=DOUBLE))
    node(lab, "a", "Double")
    eventually(lambda: role(lab, "a").state is RoleState.RUNNING)
    first = pid(lab, "a")
    os.killpg(first, signal.SIGKILL)
    # Its role is gone at once: we know that nobody plays it.
    eventually(lambda: role(lab, "a").state is RoleState.ABSENT)
    eventually(lambda: pid(lab, "a") not in (0, first))
    eventually(lambda: role(lab, "a").state is RoleState.RUNNING)
    assert "exited with signal SIGKILL" in problems(lab)


def test_commands_that_are_not_there(lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "components").mkdir()
    (tmp_path / "components" / "Lamp.yml").write_text("component: Lamp\n")
    lab.library.load(project(tmp_path, {"Gone": "no-such-program --x"}))
    node(lab, "a", "Gone")
    node(lab, "b", "Lamp")
    eventually(lambda: "of `a` exited with 127" in problems(lab))
    assert "not found; it is over" in problems(lab)
    assert (
        "`b` could not be started: `demo/Lamp` needs the program `msgflo-register`, which is not "
        "installed (it comes with npm's msgflo)" in problems(lab)
    )


def test_one_that_does_not_announce_itself_is_reported_and_goes_on(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("msgflo_lab.runtime.limits.PROGRAM_PATIENCE", 0.2)
    lab.library.load(project(tmp_path, {"Mute": "exec sleep 1000"}))
    node(lab, "a", "Mute")
    eventually(lambda: "`a` has not announced itself in 0 s; its program goes on" in problems(lab))
    assert is_alive(pid(lab, "a"))
    remove(lab, "a")
    eventually(lambda: problems(lab) == "")


ANNOUNCE = """\
echo 1 >>steps; sleep 0.05; echo -1 >>steps
mosquitto_pub -p {port} -t fbp -m \
'{{"protocol":"discovery","command":"participant","payload":{{"id":"'#ROLE'","role":"'#ROLE'",\
"component":"Quick","inports":[],"outports":[]}}}}'
exec sleep 1000
"""


def test_no_more_than_ten_begin_at_once(lab: Lab, mosquitto: Mosquitto, tmp_path: Path) -> None:
    need("mosquitto_pub")
    lab.library.load(project(tmp_path, {"Quick": ANNOUNCE.format(port=mosquitto.port)}))
    roles = [f"n{number}" for number in range(30)]
    lab._edit(lambda _: lambda graph: with_nodes(graph, roles, "Quick"))
    eventually(lambda: sum(r.state is RoleState.RUNNING for r in lab.network().roles) == 30)
    at_once, most = 0, 0
    for step in numbers(tmp_path / "steps"):
        at_once += step
        most = max(most, at_once)
    assert 2 < most <= 10
    groups = [pid(lab, each) for each in roles]
    assert all(map(is_alive, groups))
    lab.stop()
    assert not any(map(is_alive, groups))


def with_nodes(graph: Graph, roles: list[str], component: str) -> Edited:
    changes: tuple[Change, ...] = ()
    for each in roles:
        graph, more = graph.add_node(Role(each), component)
        changes += more
    return graph, changes


def test_on_direct_no_program_runs_and_that_is_said_once(tmp_path: Path) -> None:
    with Lab() as lab:
        lab.start()
        lab.library.load(project(tmp_path, {"A": "echo 1 >>lives"}))
        node(lab, "a", "A")
        node(lab, "b", "A")
        told = problems(lab)
        assert told.count("programs cannot reach direct://") == 1
        assert "start the lab on a broker" in told
        assert not (tmp_path / "lives").exists()


def test_on_direct_a_file_of_python_runs_within(tmp_path: Path) -> None:
    files = {
        "Twice": "def helper(x): ...\ndef twice(x):\n    return 2 * x\n",
        "Broken": "1 / 0\n",
        "Old": "import msgflo\nclass P(msgflo.Participant): ...\n",
    }
    (tmp_path / "components").mkdir()
    for name, text in files.items():
        (tmp_path / "components" / f"{name}.py").write_text(text)
    with Lab() as lab:
        lab.start()
        lab.library.load(tmp_path)
        for name in files:
            node(lab, name.lower(), name)
        eventually(lambda: any(each.role == "twice" for each in lab.network().roles if each.local))
        sink = Sink(lab)
        lab.connect("twice.out", sink.port)
        lab.send("twice.x", 21)
        assert sink.wait(1) == [42]
        told = problems(lab)
        assert "`Broken` cannot be loaded: ZeroDivisionError" in told
        assert "programs cannot reach direct://" in told  # the one for msgflo's own library
        (tmp_path / "components" / "Twice.py").write_text("def twice(x):\n    return 3 * x\n")

        def is_new() -> bool:
            lab.send("twice.x", 1)
            return bool(sink.wait(1)[-1] == 3)

        eventually(is_new)


def test_the_password_is_for_the_program_and_for_nobody_else(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    command = (
        "echo to $MSGFLO_BROKER; printf geh/eim77; echo $MSGFLO_BROKER >url; mv url there; "
        "exec sleep 1000"
    )
    url = mosquitto.url.replace("mqtt://", "mqtt://me:geh%2Feim77@")
    with Lab() as lab:
        lab.start(f"{url}?qos=1")
        lab.library.load(project(tmp_path, {"A": command}))
        node(lab, "a", "A")
        eventually((tmp_path / "there").exists)
        eventually(lambda: lab.output("a"))
        assert lab.output("a").splitlines()[0] == f"to {url.replace('geh%2Feim77', '***')}"
        assert (tmp_path / "there").read_text() == f"{url}?qos=1\n"
        lab.stop()
        assert lab.output("a").splitlines()[1] == "***"


def test_a_flood_of_output_is_bounded_and_stops_nobody(lab: Lab, tmp_path: Path) -> None:
    lab.library.load(project(tmp_path, {"Loud": "exec yes loud"}, Double=DOUBLE))
    node(lab, "a", "Loud")
    node(lab, "b", "Double")
    sink = Sink(lab)
    lab.connect("b.out", sink.port)
    eventually(lambda: state(lab, "b.out", sink.port) is EdgeState.BOUND)
    for number in range(50):
        lab.send("b.x", number)
    sink.wait(50)
    assert len(lab.output("a").splitlines()) == 1_000


def test_a_program_that_is_renamed_begins_anew_under_its_new_role(lab: Lab, tmp_path: Path) -> None:
    lab.library.load(project(tmp_path, Double=DOUBLE))
    node(lab, "a", "Double")
    sink = Sink(lab)
    lab.connect("a.out", sink.port)
    eventually(lambda: state(lab, "a.out", sink.port) is EdgeState.BOUND)
    first = pid(lab, "a")
    lab.rename("a", "b")
    eventually(lambda: state(lab, "b.out", sink.port) is EdgeState.BOUND)
    assert pid(lab, "b") != first
    eventually(lambda: not is_alive(first))
    lab.send("b.x", 3)
    assert sink.wait(1) == [6]
    assert "a" not in lab.graph.nodes


def test_a_node_may_become_something_that_runs_here(lab: Lab, tmp_path: Path) -> None:
    lab.library.load(project(tmp_path, Double=DOUBLE))
    node(lab, "a", "Double")
    eventually(lambda: role(lab, "a").state is RoleState.RUNNING)
    first = pid(lab, "a")
    node(lab, "a", "core/Repeat")
    eventually(lambda: role(lab, "a").component == "core/Repeat")
    eventually(lambda: not is_alive(first))
    node(lab, "a", "Double")
    eventually(lambda: role(lab, "a").component == "demo/Double")


LAB = """
import sys, time
from msgflo_lab import Lab

lab = Lab()
lab.start(sys.argv[1])
lab.library.load(sys.argv[2])
lab._edit(lambda _: lambda graph: graph.add_node("a", "Group"))
lab._edit(lambda _: lambda graph: graph.add_node("b", "Double"))
while not any(role.role == "b" and role.workers for role in lab.network().roles):
    time.sleep(0.01)
programs = lab._host._programs
while True:
    print(programs._stage.guard.pid or 0, *programs.pids("a"), *programs.pids("b"), flush=True)
    sys.stdin.readline()
"""


@pytest.mark.parametrize("guard_dies_first", [False, True])
def test_no_program_outlives_a_lab_that_is_killed(
    mosquitto: Mosquitto, tmp_path: Path, *, guard_dies_first: bool
) -> None:
    """Those that ignore SIGTERM included, which takes five seconds: once is enough."""
    command = GROUP.replace('trap "" TERM; ', "") if guard_dies_first else GROUP
    project(tmp_path, {"Group": command}, Double=DOUBLE)
    process = subprocess.Popen(
        [sys.executable, "-c", LAB, mosquitto.url, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    groups: list[int] = []
    try:
        guard, *groups = map(int, process.stdout.readline().split())
        eventually(lambda: len(numbers(tmp_path / "pids")) == 3)
        if guard_dies_first:
            before, guard = guard, 0
            os.kill(before, signal.SIGKILL)
            while guard in (0, before):
                print(file=process.stdin, flush=True)
                guard = int(process.stdout.readline().split()[0])
                threading.Event().wait(0.02)
        assert all(map(is_alive, groups))
        os.kill(process.pid, signal.SIGKILL)
        process.wait(DEADLINE)
        eventually(lambda: not any(map(is_alive, groups)))
        eventually(lambda: not is_process(guard))
        assert not any(map(is_process, numbers(tmp_path / "pids")))
    finally:
        process.kill()
        process.wait()
        for group in filter(is_alive, groups):
            os.killpg(group, signal.SIGKILL)
        process.stdin.close()
        process.stdout.close()


def test_the_guard_is_small(lab: Lab, tmp_path: Path) -> None:
    lab.library.load(project(tmp_path, {"Mute": "exec sleep 1000"}))
    node(lab, "a", "Mute")
    eventually(lambda: pid(lab, "a"))
    programs = lab._host._programs
    assert programs is not None
    status = Path(f"/proc/{programs._stage.guard.pid}/status").read_text()
    resident = next(line for line in status.splitlines() if line.startswith("RssAnon"))
    assert int(resident.split()[1]) < 8_000, json.dumps(resident)
