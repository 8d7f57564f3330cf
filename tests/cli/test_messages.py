"""`msgflo-lab participants`, `send` and `dump`, on real brokers."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Iterator

import pytest

from msgflo_lab import Lab
from tests.brokers import Mosquitto
from tests.cli.program import run, running


@pytest.fixture(params=["mqtt", "amqp"])
def url(request: pytest.FixtureRequest) -> str:
    """A broker of either kind, to itself as far as names go."""
    if request.param == "amqp":
        return str(request.getfixturevalue("vhost"))
    broker: Mosquitto = request.getfixturevalue("mosquitto")
    return broker.url


@pytest.fixture
def lab(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """A lab with one participant, which announces itself all the time."""
    monkeypatch.setenv("MSGFLO_DISCOVERY_PERIOD", "1")
    with Lab("cli") as lab:
        lab.start(url)

        def echo(in_: object) -> object:
            return in_

        lab.add(echo, "cli-echo")
        yield lab


def test_who_is_there(url: str, lab: Lab) -> None:
    said = run("participants", "--broker", url, "--wait", "2.5", "--json")
    assert said.stderr == ""
    found = {each["role"]: each for each in json.loads(said.stdout)}
    assert [port["id"] for port in found["cli-echo"]["inports"]] == ["in"]
    said = run("participants", "--broker", url, "--wait", "2.5")
    assert "cli-echo" in said.stdout


def test_a_message_to_a_port_and_what_it_leads_to(url: str, lab: Lab) -> None:
    command = ["dump", "--follow", "cli-echo.out", "--amount", "2", "--broker", url, "--json"]
    with running(*command) as following:
        # It says nothing when it has begun: send until something has passed.
        while following.process.poll() is None:
            assert run("send", "cli-echo.in", '{"n": 1}', "--broker", url).returncode == 0
        lines = [json.loads(line) for line in following.lines(2)]
    assert [each["data"] for each in lines] == [{"n": 1}] * 2
    assert {each["port"] for each in lines} == {"cli-echo.out"}


def test_each_port_is_followed_from_the_moment_it_is_found(url: str, lab: Lab) -> None:
    ports = ("cli-echo.in", "cli-echo.out", "cli-late.out")
    with running("dump", "--follow", *ports, "--broker", url, "--json") as following:
        first = threading.Thread(target=following.line)
        first.start()
        while first.is_alive():  # nobody plays the last of them yet
            lab.send("cli-echo.in", "early")
            first.join(0.1)

        def late(in_: object) -> object:
            return in_

        lab.add(late, "cli-late")
        found: list[dict[str, object]] = []
        while "cli-late.out" not in {each["port"] for each in found}:
            lab.send("cli-late.in", "late")
            lab.send("cli-echo.in", "early")
            found.append(json.loads(following.line()))
        sent = time.time()
        lab.send("cli-late.in", "last")
        while found[-1]["data"] != "last":
            found.append(json.loads(following.line()))
        assert sent <= float(str(found[-1]["at"])) <= time.time()
    times = [float(str(each["at"])) for each in found]
    assert times == sorted(times)


def test_a_port_that_does_not_come_ends_it(url: str, lab: Lab) -> None:
    ports = ("cli-echo.out", "cli-nobody.out")
    said = run("dump", "--follow", *ports, "--broker", url, "--wait", "2.5")
    assert (said.returncode, said.stdout) == (1, "")
    assert "cli-nobody.out" in said.stderr
    assert said.stderr.count("\n") == 1


def test_a_queue_is_filled_and_emptied(vhost: str) -> None:
    with Lab("other") as other:
        other.start(vhost)

        def worker(in_: object) -> None:
            raise ValueError

        other.add(worker, "cli-worker")
        for number in range(3):
            other.send("cli-worker.in", number)
        while sum(other.dead.counts().values()) != 3:
            time.sleep(0.05)
    said = run("dump", "--queue", "dead-cli-worker.IN", "--broker", vhost, "--timeout", "20")
    assert said.stdout == "0\n"
    said = run("dump", "--queue", "dead-cli-worker.IN", "--amount", "2", "--broker", vhost)
    assert json.loads(said.stdout) == [1, 2]
    assert (
        run("send", "--queue", "dead-cli-worker.IN", "--json", '"x"', "--broker", vhost).stderr
        == ""
    )
    assert run("dump", "--queue", "dead-cli-worker.IN", "--broker", vhost).stdout == '"x"\n'


def test_what_was_taken_is_printed_though_there_is_no_more(vhost: str) -> None:
    with Lab("other") as other:
        other.start(vhost)

        def sink(in_: object) -> None:
            raise AssertionError

        other.add(sink, "cli-sink")
        other.remove("cli-sink")
    for number in (1, 2):
        send = run("send", "--queue", "cli-sink.IN", str(number), "--broker", vhost)
        assert send.returncode == 0
    queue = ("--queue", "cli-sink.IN", "--broker", vhost)
    said = run("dump", *queue, "--amount", "3", "--timeout", "0.5")
    assert (said.returncode, said.stderr) == (1, "msgflo-lab: no message within 0.5 s\n")
    assert json.loads(said.stdout) == [1, 2]
    assert run("dump", *queue, "--timeout", "0.2").stdout == ""


def test_following_is_ended_by_a_signal(mosquitto: Mosquitto) -> None:
    known = mosquitto.log().count("\tcli/nothing")
    with running(
        "dump", "--follow", "--queue", "cli/nothing", "--broker", mosquitto.url
    ) as following:
        mosquitto.wait_for_log("\tcli/nothing", known + 1)
        assert following.end(signal.SIGTERM) == (0, "", "")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["send"], "Missing queue to send to (--queue)"),
        (["send", "--queue", "q"], "Missing message payload"),
        (["send", "--queue", "q", "--json", "{"], "Invalid JSON: "),
        (["send", "--queue", "q", "1", "--broker", "direct://"], "a process's own"),
        (["send", "--queue", "q", "1", "--broker", "amqp://127.0.0.1:1"], "127.0.0.1:1"),
        (["dump"], "Missing queue to dump (--queue)"),
        (["dump", "a.b"], "add --follow"),
        (["dump", "--follow", "a.b", "--grep", "["], "--grep is no pattern"),
        (["participants", "--broker", "mqtt://127.0.0.1:1"], "127.0.0.1:1"),
    ],
)
def test_what_cannot_be_is_one_line(arguments: list[str], text: str) -> None:
    said = run(*arguments)
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr.startswith("msgflo-lab: ")
    assert text in said.stderr
    assert said.stderr.count("\n") == 1


def test_what_is_no_port_is_not_waited_for(mosquitto: Mosquitto) -> None:
    for command in (["send", "noport", "1"], ["dump", "--follow", "noport"]):
        said = run(*command, "--broker", mosquitto.url)
        assert said.returncode == 1
        assert said.stderr.startswith("msgflo-lab: `noport` is no port: it is written ROLE.PORT")


def test_a_port_that_nobody_has(mosquitto: Mosquitto) -> None:
    said = run("send", "nobody.in", "1", "--broker", mosquitto.url, "--wait", "0.5")
    assert said.returncode == 1
    assert "nobody.in" in said.stderr


def test_a_queue_that_is_not_there(vhost: str) -> None:
    for command in (["send", "--queue", "nowhere", "1"], ["dump", "--queue", "nowhere"]):
        said = run(*command, "--broker", vhost)
        assert said.returncode == 1
        assert "nowhere" in said.stderr
        assert said.stderr.count("\n") == 1
