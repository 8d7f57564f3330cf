"""`%msgflo balance`, `dead`, `requeue` and `drop` as a person types them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from itertools import count

import pytest
from IPython.core.error import UsageError
from msgspec.structs import replace

from tests.brokers import RabbitMQ

from .conftest import Shell

WORKER = """\
%%participant worker
def worker(job):
    if job["n"] < 0:
        raise ValueError(f"negative: {job['n']}")
    return job["n"]"""


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)  # there is nothing but asking


def refused(shell: Shell, cell: str) -> str:
    with pytest.raises(UsageError) as caught:
        shell.run(cell)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def fail(shell: Shell, *numbers: int) -> list[str]:
    """Send jobs that fail; the ids of all dead letters then, oldest first."""
    before = len(shell.lab.dead.letters("worker.job"))
    for number in numbers:
        shell.run(f'%msgflo send worker.job {{"n": {number}}}')
    until(lambda: len(shell.lab.dead.letters("worker.job")) == before + len(numbers))
    return [letter.id for letter in shell.lab.dead.letters("worker.job")]


@pytest.fixture(scope="module")
def rabbitmq(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitMQ]:
    broker = RabbitMQ(tmp_path_factory.mktemp("rabbitmq"))
    broker.start()
    yield broker
    broker.kill()


@pytest.fixture(params=["direct", "amqp", "amqp without management"])
def desk(request: pytest.FixtureRequest, shell: Shell) -> Iterator[Shell]:
    """A shell whose lab has a worker, on each kind of broker that has dead letters of its own."""
    if request.param == "direct":
        shell.run("%msgflo start")
        shell.run(WORKER)
        yield shell
        return
    rabbitmq: RabbitMQ = request.getfixturevalue("rabbitmq")
    with rabbitmq.vhost() as url:
        has_management = request.param == "amqp"
        port = rabbitmq.management if has_management else rabbitmq.port
        shell.run(f"%msgflo start {url}?management=http://127.0.0.1:{port}")
        shell.run(WORKER)
        # Where nobody tells of queues, those that are bound are known of.
        shell.run("%msgflo connect front.job worker.job")
        shell.run("%%participant front --out job\ndef front(request):\n    return request")
        yield shell
        shell.run("%msgflo stop")


def test_from_failure_to_repair(desk: Shell) -> None:
    assert desk.run("%msgflo dead") == "no dead letters"
    assert desk.run("%msgflo dead worker.job") == "no dead letters at worker.job"
    one, two = fail(desk, -1, -2)
    until(lambda: desk.run("%msgflo dead") != "no dead letters")
    head, first, second = desk.run("%msgflo dead").splitlines()
    assert head.split() == ["id", "port", "reason", "times", "first", "payload"]
    assert re.fullmatch(
        rf'{one} +worker\.job  ValueError: negative: -1  1 +\d\d:\d\d:\d\d  {{"n": -1}}', first
    )
    assert second.startswith(f"{two} ")
    full = desk.run(f"%msgflo dead WORKER.job {two}")
    assert full.endswith('\n\n{\n  "n": -2\n}')
    assert "reason   ValueError: negative: -2" in full
    desk.run(f"%msgflo requeue worker.job {one}")
    until(lambda: len(desk.lab.dead.letters("worker.job")) == 2)
    again = next(each for each in desk.lab.dead.letters("worker.job") if each.id != two)
    assert again.count == 2
    done = f'%msgflo requeue worker.job {two} --value {{"n": 22}}'
    assert desk.run(done) == "1 dead letter is back in worker.job"
    assert desk.run("%msgflo inspect worker.out --plain --wait 10") == "22"
    assert desk.run("%msgflo drop worker.job --all") == "1 dead letter of worker.job dropped"
    assert desk.run("%msgflo drop worker.job --all") == "no dead letters at worker.job"
    assert desk.run("%msgflo dead worker.job") == "no dead letters at worker.job"


def test_some_and_all(desk: Shell) -> None:
    one, two, three = fail(desk, -1, -2, -3)
    told = desk.run(f"%msgflo drop worker.job {one} {three} {one}")
    assert told == "2 dead letters of worker.job dropped"
    assert [letter.id for letter in desk.lab.dead.letters("worker.job")] == [two]
    fail(desk, -4)
    told = desk.run("%msgflo requeue worker.job --all")
    assert told == "2 dead letters are back in worker.job"
    until(lambda: [each.count for each in desk.lab.dead.letters("worker.job")] == [2, 2])


def test_so_many_at_most_and_how_many_more(desk: Shell) -> None:
    fail(desk, *range(-5, 0))
    until(lambda: "3 more" in desk.run("%msgflo dead -n 2"))
    *lines, more = desk.run("%msgflo dead worker.job -n 2").splitlines()
    assert len(lines) == 3
    assert more == "... and 3 more (-n 5 shows all)"


def test_many_at_one_port_do_not_hide_the_others(desk: Shell) -> None:
    desk.run("%%participant zebra\ndef zebra(letter):\n    raise OSError('no route')")
    fail(desk, *range(-5, 0))
    desk.run("%msgflo send zebra.letter 1")
    until(lambda: len(desk.lab.dead.letters("zebra.letter")) == 1)
    until(lambda: desk.lab.dead.counts() == {"worker.job": 5, "zebra.letter": 1})
    *_, more, ports = desk.run("%msgflo dead -n 2").splitlines()
    assert more == "... and 4 more (-n 6 shows all)"
    assert ports == "in all: worker.job 5, zebra.letter 1"


def test_a_queue_that_is_nobodys_any_more_keeps_its_letters(desk: Shell) -> None:
    (one,) = fail(desk, -1)
    desk.run("%msgflo remove worker")
    until(lambda: bool(desk.lab.dead.letters("worker.JOB")))
    assert f"\n{one} " in desk.run("%msgflo dead worker.JOB")
    assert desk.run("%msgflo drop worker.JOB --all") == "1 dead letter of worker.JOB dropped"


@pytest.fixture
def two(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A shell whose worker has two dead letters, 1 and 2."""
    monkeypatch.setattr("msgflo_lab_transports.dead_letters._ids", count(1))
    shell.run("%msgflo start")
    shell.run(WORKER)
    assert fail(shell, -1, -2) == ["1", "2"]
    return shell


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        ("requeue worker.job", "which ones? name their ids (`%msgflo dead worker.job` lists them)"),
        ("drop worker.job", "or say --all"),
        ("drop worker.job 1 --all", "name ids, or say --all, but not both"),
        ("drop worker.job --all 1", "name ids, or say --all, but not both"),
        ("drop worker.job 1 3", "no dead letter `3` at worker.job; there are: 1, 2"),
        ("dead worker.job 3", "no dead letter `3` at worker.job; there are: 1, 2"),
        ("dead wroker.job", "no inport `wroker.job`, and no queue of that name has dead letters; "
                            "did you mean `worker.job`?"),
        ("drop nonsense --all", "no inport `nonsense`"),
        ("requeue worker.job 1 2 --value 3", "--value is for exactly one dead letter"),
        ("requeue worker.job --all --value 3", "--value is for exactly one dead letter"),
        ("requeue worker.job 1 --value", "expected one argument; it goes: %msgflo requeue"),
        ("dead -n 0", "-n is how many dead letters to show: 1 or more, not 0"),
        ("requeue", "required: PORT"),
        ("balance worker.out", "required: ROLE.INPORT; it goes: %msgflo balance"),
        ("balance worker.ouy worker.job", "no outport `ouy` on `worker`"),
    ],
)  # fmt: skip
def test_errors_are_one_clear_line_and_nothing_happens(
    two: Shell, cell: str, sentence: str
) -> None:
    assert sentence in refused(two, f"%msgflo {cell}")
    assert two.lab.dead.counts() == {"worker.job": 2}


def test_a_stopped_lab_says_so(shell: Shell) -> None:
    for command in ("dead", "drop x.y --all", "requeue x.y 1"):
        assert "the lab is stopped" in refused(shell, f"%msgflo {command}")


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ('{"n": 5}', 5),
        ("""'{"n": 7}'""", 7),
    ],
)
def test_a_value_is_the_rest_of_the_line(two: Shell, typed: str, value: object) -> None:
    two.run(f"%msgflo requeue worker.job 2 --value {typed}")
    assert [seen.value for seen in two.lab.inspect("worker.out", 1, wait=5)] == [value]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ('{"n":', "--value is not JSON: line 1, column 6: expecting value"),
        ('{"n": 5} # mended', "(the value is the rest of the line, and no comment can follow)"),
        ("five", "the letter holds JSON, and --value is not JSON"),
    ],
)
def test_where_json_was_half_of_it_is_refused(two: Shell, typed: str, said: str) -> None:
    before = two.lab.dead.letters()
    assert said in refused(two, f"%msgflo requeue worker.job 2 --value {typed}")
    assert two.lab.dead.letters() == before


def test_where_text_was_there_may_be_text_again(two: Shell) -> None:
    two.lab.send("worker.job", b"none")
    until(lambda: len(two.lab.dead.letters()) == 3)
    two.run("%msgflo requeue worker.job 3 --value some")
    until(lambda: two.lab.dead.letters()[-1].payload == b'"some"')


def test_nobody_waits_for_a_broker_that_is_known_to_be_away(
    two: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = replace(two.lab.status(), link="down", detail="lost the connection")
    monkeypatch.setattr(two.lab, "status", lambda: away)
    sentence = "the broker cannot be reached: lost the connection; try again"
    assert sentence in refused(two, "%msgflo requeue worker.job --all")
    assert "worker.job" in two.run("%msgflo dead")  # these are in the process
    on_broker = replace(away, keeps=True)
    monkeypatch.setattr(two.lab, "status", lambda: on_broker)
    for command in ("dead", "dead worker.job 1", "requeue worker.job 1", "drop worker.job 1"):
        assert sentence in refused(two, f"%msgflo {command}")


def test_what_cannot_go_back_stays(two: Shell) -> None:
    two.run("%msgflo remove worker")
    assert "nobody listens" in refused(two, "%msgflo requeue worker.JOB --all")
    assert two.lab.dead.counts() == {"worker.JOB": 2}


@pytest.mark.parametrize(
    ("line", "offers"),
    [
        ("%msgflo dead ", ["worker.job"]),
        ("%msgflo dead wor", ["worker.job"]),
        ("%msgflo dead worker.job ", ["1", "2"]),
        ("%msgflo dead worker.job 1 ", ["-n", "--panel"]),
        ("%msgflo dead --pa", ["--panel"]),
        ("%msgflo requeue worker.job 1 ", ["2", "--all", "--value"]),
        ("%msgflo requeue worker.job 1 --value ", []),
        ("%msgflo requeue worker.job 1 --value x ", []),
        ("%msgflo drop worker.job --", ["--all"]),
        ("%msgflo balance front.jo", ["front.job"]),
        ("%msgflo balance front.job -> wor", ["worker.job"]),
        ("%msgflo balance front.job worker.job --dead-letters cle", ["clerk.failed"]),
        ("%msgflo start amq", ["amqp://", "amqps://"]),
    ],
)
def test_completion(two: Shell, line: str, offers: list[str]) -> None:
    two.run("%%participant front --out job\ndef front(request):\n    return request")
    two.run("%%participant clerk\ndef clerk(failed):\n    return failed")
    begun = line.rpartition(" ")[2]
    found = [offer.removeprefix(begun) for offer in two.complete(line)]
    assert [begun + offer for offer in found] == offers


def test_completion_asks_nobody_where_the_lab_is_stopped(two: Shell) -> None:
    two.run("%msgflo stop")
    assert two.complete("%msgflo dead wor") == []
    assert two.complete("%msgflo drop worker.job ") == ["--all"]


def test_balance_tells_what_it_has_put_between(shell: Shell) -> None:
    shell.run("%msgflo start")
    shell.run("%%participant front --out job\ndef front(request):\n    return request")
    told = shell.run("%msgflo balance front.job -> worker.job --dead-letters clerk.failed")
    assert told.splitlines() == [
        "front.job -> front-job-turns.in  (pending: waits for `worker`)",
        "front-job-turns.out -> worker.job  (pending: waits for `worker`)",
        "front-job-turns.deadletter -> clerk.failed  (pending: waits for `worker` and `clerk`)",
    ]
    shell.run("%%participant clerk\ndef clerk(failed):\n    return failed")
    shell.run(WORKER)
    assert shell.run("%msgflo status") == "lab: on direct://, 3 participants, 3 edges"
    assert "msgflo/RoundRobin  running" in shell.run("%msgflo participants")
    assert "pending" not in shell.run("%msgflo graph --text")
    shell.run('%msgflo send front.request {"n": -5}')
    assert shell.run("%msgflo inspect clerk.out --wait 5 --plain") == '{"n": -5}'
    assert shell.run("%msgflo dead") == "no dead letters"
    assert "nobody plays it, its edges keep it. `--edges` takes" in refused(
        shell, "%msgflo remove front-job-turns"
    )
    gone = shell.run("%msgflo remove front-job-turns --edges")
    assert gone == "front-job-turns is gone"
    assert "worker  (no edges)" in shell.run("%msgflo graph --text")


def test_each_edge_says_whom_it_waits_for(shell: Shell) -> None:
    shell.run("%msgflo start")
    shell.run("%%participant front --out job\ndef front(request):\n    return request")
    shell.run(WORKER)
    shell.run("%msgflo balance front.job worker.job")
    assert shell.run("%msgflo balance front.job wroker.job").splitlines() == [
        "front.job -> front-job-turns.in",
        "front-job-turns.out -> worker.job",
        "front-job-turns.out -> wroker.job  (pending: waits for `wroker`)",
    ]
    assert "no outport `foo` on `front-job-turns`; it has: out, deadletter" in refused(
        shell, "%msgflo connect front-job-turns.foo worker.job"
    )


def test_what_is_rejected_does_not_come_back_at_once_for_ever(two: Shell) -> None:
    two.run("%%participant front --out job\ndef front(request):\n    return request")
    told = refused(two, "%msgflo balance front.job worker.job --dead-letters worker.job")
    assert told.startswith("what `worker.job` rejects would come back to it at once")
    assert not two.lab.graph.edges


def test_help(shell: Shell) -> None:
    assert "%msgflo requeue worker.job --all" in shell.run("%msgflo help requeue")
    assert "--dead-letters ROLE.INPORT" in shell.run("%msgflo balance --help")
    everything = shell.run("%msgflo help")
    for name in ("balance", "dead", "requeue", "drop"):
        assert f"  {name} " in everything
