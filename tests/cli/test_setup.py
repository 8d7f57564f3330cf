"""`msgflo-lab setup`, on real brokers, beside msgflo-setup."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from msgflo_lab import Lab
from tests.brokers import Mosquitto, RabbitMQ
from tests.cli.program import DEADLINE, environment, run, running
from tests.interop.conftest import node_package
from tests.runtime.projects import is_process, project

GRAPH = """web(demo/Web) OUT -> IN turns(msgflo/RoundRobin) OUT -> JOB work(demo/Work)
work OUT -> IN done(demo/Done)
turns DEADLETTER -> IN grave(demo/Done)
'7' -> IN web
"""
LINES = [
    "Set up bindings:",
    "PUBSUB: \t work.OUT -> done.IN",
    "DEADLETTER:\t work.JOB -> grave.IN",
    "ROUNDROBIN:\t web.OUT -> work.JOB",
]
RECORDS = [
    {"type": "pubsub", "src": "work.OUT", "tgt": "done.IN"},
    {"type": "roundrobin", "src": "web.OUT", "tgt": "work.JOB", "deadletter": "grave.IN"},
]
PROGRAM = """import os

def pass_on({port}):
    print("{role}", {port}, os.getpid(), flush=True)
    return {port}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with a graph, and with a program for each of its roles."""
    programs = {
        name: PROGRAM.format(role=name.lower(), port=port)
        for name, port in {"Web": "in_", "Work": "job", "Done": "in_"}.items()
    }
    (tmp_path / "jobs.fbp").write_text(GRAPH)
    return project(tmp_path, None, **programs)


@pytest.fixture
def there(vhost: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """Somebody for each role of the graph, on a RabbitMQ; nobody has bound them."""
    monkeypatch.setenv("MSGFLO_DISCOVERY_PERIOD", "1")
    with Lab("there") as lab:
        lab.start(vhost)

        def web(in_: int) -> int:
            return in_

        def work(job: int) -> int:
            if job < 0:
                raise ValueError(job)
            return job

        for role, code in {"web": web, "work": work, "done": web, "grave": web}.items():
            lab.add(code, role)
        yield lab


def seen(lab: Lab, port: str) -> list[object]:
    """The one message that has come through there."""
    return [each.value for each in lab.inspect(port, 1, wait=DEADLINE)]


def test_what_is_set_up_stays_there(folder: Path, vhost: str, there: Lab) -> None:
    said = run("setup", str(folder / "jobs.fbp"), "--broker", vhost)
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout.splitlines() == ["Set up participants []", *LINES]
    there.send("web.in", 5)
    assert seen(there, "done.in") == [5]
    there.send("web.in", -5)
    assert seen(there, "grave.in") == [-5]


def test_queues_that_are_announced_and_further_bindings(
    folder: Path, vhost: str, there: Lab, tmp_path: Path
) -> None:
    there.rename("done", "end")  # whose queue keeps its name, and leaves the convention
    (folder / "jobs.fbp").write_text(GRAPH.replace("done(", "end("))
    more = tmp_path / "more.json"
    more.write_text(json.dumps([{"type": "pubsub", "src": "web.OUT", "tgt": "grave.IN"}]))
    said = run(
        *("setup", str(folder / "jobs.fbp"), "--broker", vhost, "--discover", "--json"),
        *("--extra-bindings", str(more)),
    )
    assert said.stderr == ""
    found = json.loads(said.stdout)
    assert found["participants"] == []
    assert found["bindings"] == [*json.loads(more.read_text()), *RECORDS]
    there.send("web.in", 5)
    assert seen(there, "end.in") == [5]
    assert seen(there, "grave.in") == [5]


def test_nothing_is_bound_where_something_is_missing(
    folder: Path, rabbitmq: RabbitMQ, vhost: str, there: Lab
) -> None:
    (folder / "jobs.fbp").write_text(f"{GRAPH}work OUT -> IN late(demo/Done)\n")
    for option, words in {
        "--json": "`late.IN`",
        "--discover": "late.in (nobody plays late)",
    }.items():
        said = run(
            *("setup", str(folder / "jobs.fbp"), "--broker", vhost, "--timeout", "0.5", option)
        )
        assert (said.returncode, said.stdout) == (1, "")
        assert words in said.stderr
        assert said.stderr.count("\n") == 1
    found = rabbitmq.api("GET", f"/bindings/{vhost.rpartition('/')[2]}")
    assert isinstance(found, list)
    assert not [
        each for each in found if each["source"] == "web.OUT" and each["destination"] == "work.JOB"
    ]
    assert not [each for each in found if each["source"] == "out-web.OUT"]


def test_participants_are_started_and_end_with_it(
    folder: Path, mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MSGFLO_DISCOVERY_PERIOD", "1")
    command = ["setup", "jobs.fbp", "--participants", "--discover", "--forward", "stderr,stdout"]
    with (
        running(
            *(*command, "--forever", "--ignore", "grave", "--only", "web,work,done,grave"),
            cwd=folder,
            env=environment(MSGFLO_BROKER=mosquitto.url),
        ) as program,
        Lab("others") as others,
    ):
        others.start(mosquitto.url)
        others.add(lambda in_: in_, "grave")
        lines = program.until("done | done 7 ")
        status, _, err = program.end(signal.SIGTERM)
    assert (status, err) == (0, "")
    assert "Set up participants [web, work, done]" in lines
    assert [line for line in lines if line in LINES] == LINES
    assert "--forever enabled, keeping alive" in lines
    # The packet came once everything was bound, so that it was not lost on the way.
    pids = [int(line.split()[-1]) for line in lines if " 7 " in line]
    assert len(pids) == 3
    assert not any(map(is_process, pids))


def test_on_amqp_it_may_end_when_all_is_set_up(folder: Path, managed: str) -> None:
    said = run(
        *("setup", str(folder / "jobs.fbp"), "--participants", "--broker", managed, "--json"),
        *("--library", str(folder), "--shell", "bash"),
    )
    assert (
        said.stderr == "msgflo-lab: the participants end with this program; --forever keeps them\n"
    )
    found = json.loads(said.stdout)
    assert found == {"participants": ["web", "work", "done", "grave"], "bindings": RECORDS}
    # Their queues are there now: without them, too, it can be set up again.
    assert run("setup", str(folder / "jobs.fbp"), "--broker", managed).returncode == 0


def test_it_says_what_msgflo_setup_says(mosquitto: Mosquitto) -> None:
    package = node_package("msgflo")
    graph = str(package / "spec" / "fixtures" / "imgflo-server.fbp")
    theirs = subprocess.run(
        ["node", str(package / "bin" / "msgflo-setup"), graph, "--broker", mosquitto.url],
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=True,
    )
    with running("setup", graph, "--broker", mosquitto.url, "--forever") as program:
        ours = program.lines(6)
        assert program.end(signal.SIGINT)[0] == 0
    assert [line.strip() for line in ours[:5]] == [
        line.strip() for line in theirs.stdout.splitlines()
    ]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["jobs.fbp"], "add --forever"),
        (["nowhere.fbp"], "nowhere.fbp"),
        (["jobs.txt"], "jobs.txt"),
        (["jobs.fbp", "--extra-bindings", "package.json"], "should be a JSON list of bindings"),
        (["jobs.fbp", "--extra-bindings", "nowhere.json"], "`nowhere.json` cannot be read"),
        (["jobs.fbp", "--forward", "stdin"], "--forward stdin"),
        (["jobs.fbp", "--shell", "no-such-shell"], "no program `no-such-shell`"),
        (["jobs.fbp", "--participants", "--library", "nowhere.json"], "nowhere.json"),
        (["jobs.fbp", "--participants", "--only", "wep"], "no role `wep`"),
        (
            ["jobs.fbp", "--participants", "--componentdir", "empty", "--ignore", "web,work,done"],
            "No component demo/Done defined for role grave",
        ),
    ],
)
def test_what_cannot_be_is_one_line(
    folder: Path, mosquitto: Mosquitto, arguments: list[str], text: str
) -> None:
    (folder / "empty").mkdir()
    (folder / "jobs.txt").write_text(GRAPH)
    if "--componentdir" in arguments:
        (folder / "package.json").unlink()
    said = run("setup", *arguments, env=environment(MSGFLO_BROKER=mosquitto.url), cwd=folder)
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr.startswith("msgflo-lab: ")
    assert text in said.stderr
    assert said.stderr.count("\n") == 1


def test_a_participant_that_does_not_come(folder: Path, mosquitto: Mosquitto) -> None:
    (folder / "components" / "Web.py").write_text("raise SystemExit('no web today')\n")
    said = run(
        *("setup", "jobs.fbp", "--participants", "--forever", "--only", "web", "--timeout", "5"),
        env=environment(MSGFLO_BROKER=mosquitto.url),
        cwd=folder,
    )
    assert (said.returncode, said.stdout) == (1, "")
    last = said.stderr.splitlines()[-1]
    assert "not all participants have announced themselves within 5 s: `web` (" in last
    assert "no web today" in said.stderr


def test_who_stays_tells_of_the_link_and_can_leave_without_it(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    broker = Mosquitto(tmp_path_factory.mktemp("killed"))
    broker.start()
    try:
        graph = str(folder / "jobs.fbp")
        with running("setup", graph, "--broker", broker.url, "--forever") as program:
            program.until("--forever enabled, keeping alive")
            broker.kill()
            assert program.complaint().startswith("msgflo-lab: link down: ")
            broker.start()
            assert program.complaint().startswith("msgflo-lab: link up")
            broker.kill()
            assert program.complaint().startswith("msgflo-lab: link down: ")
            assert program.end(signal.SIGTERM) == (0, "", "")
    finally:
        broker.kill()
