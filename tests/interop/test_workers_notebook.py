"""The notebook of the workers with a real RabbitMQ: three real processes share the jobs."""

from __future__ import annotations

import os
import signal
import time
from ast import literal_eval
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import nbformat
import pytest

from msgflo_lab import Lab
from tests.brokers import RabbitMQ
from tests.interop.notebooks import every, executed, one, read

NAME = "02-workers-and-dead-letters"
WORKERS = {"Ada", "Ben", "Cleo"}


@pytest.fixture(scope="module")
def rabbitmq(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitMQ]:
    broker = RabbitMQ(tmp_path_factory.mktemp("rabbitmq"))
    broker.start()
    yield broker
    broker.kill()


@pytest.fixture
def broker(
    rabbitmq: RabbitMQ, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[RabbitMQ]:
    """What the notebook finds in its environment; and no worker of it outlives the test."""
    with rabbitmq.vhost() as url:
        address = f"{url}?management=http://127.0.0.1:{rabbitmq.management}"
        monkeypatch.setenv("MSGFLO_BROKER", address)
        monkeypatch.setenv("TMPDIR", str(tmp_path))
        yield rabbitmq
        left = programs_of(tmp_path)
        for process in left:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
    assert left == []


def programs_of(folder: Path) -> list[int]:
    """The processes whose command line names something in a folder."""
    found = []
    for each in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if os.fsencode(folder) in (each / "cmdline").read_bytes():
                found.append(int(each.name))
    return found


def test_three_workers_do_every_job_once(broker: RabbitMQ, tmp_path: Path) -> None:
    notebook = read(NAME)
    code = 'print(bills); print("dead:", lab.dead.letters("worker.JOB"))'
    end = next(at for at, c in enumerate(notebook.cells) if c.source.startswith("for process in"))
    notebook.cells.insert(end, nbformat.v4.new_code_cell(code))  # type: ignore[no-untyped-call]
    shown = executed(notebook)

    ready = one(shown, "atexit.register").splitlines()
    assert {line.partition(":")[0] for line in ready if line} == WORKERS
    assert "\nworker ×3 " in one(shown, "%msgflo participants")
    assert one(shown, 'lab.inspect("ledger.out", 29') == "29"

    by = literal_eval(one(shown, "from collections import Counter").removeprefix("Counter"))
    assert set(by) == WORKERS
    assert sum(by.values()) == 29
    assert min(by.values()) >= 5  # in turn, or nearly: who is busy is passed over

    assert one(shown, "def check") == "bills: 29\nmissing: [13]\ntwice: []"
    *with_one, with_none = every(shown, "%msgflo dead")
    assert len(with_one) == 2
    for text in with_one:
        assert "could not convert string to float: '23,00'" in text
    assert with_none == "no dead letters"
    assert one(shown, "letter.count").startswith("2 | ValueError")
    assert one(shown, 'ledger.out", 30').endswith("bills: 30\nmissing: []\ntwice: []")
    assert one(shown, 'bill["order"] == 13') == "[(13, 27.6)]"
    assert one(shown, "range(31, 61)").endswith("bills: 60\nmissing: []\ntwice: []")

    bills, dead = one(shown, "print(bills)").splitlines()
    assert dead == "dead: []"
    made = literal_eval(bills)
    assert sorted(bill["order"] for bill in made) == list(range(1, 61))
    assert {bill["by"] for bill in made} == WORKERS
    assert "-turns.out -> worker.job  60 messages" in every(shown, "%msgflo graph")[-1]
    assert programs_of(tmp_path) == []


def test_letters_of_somebody_else_are_in_nobodys_way(broker: RabbitMQ) -> None:
    with Lab("other") as other:
        other.start(os.environ["MSGFLO_BROKER"])

        @other.participant("printer")
        def printer(page: str) -> None:
            raise OSError("no paper")

        other.send("printer.page", "not ours")
        deadline = time.monotonic() + 20
        while not other.dead.letters("printer.page"):
            assert time.monotonic() < deadline
            time.sleep(0.05)  # there is nothing but asking
    shown = executed(read(NAME))
    assert one(shown, "letter.count").startswith("2 | ValueError")
    assert one(shown, 'ledger.out", 30').endswith("bills: 30\nmissing: []\ntwice: []")
    (line,) = every(shown, "%msgflo dead")[-1].splitlines()[1:]
    assert "no paper" in line


def test_an_error_on_the_way_leaves_no_worker_behind(broker: RabbitMQ, tmp_path: Path) -> None:
    notebook = read(NAME)
    after = next(at for at, c in enumerate(notebook.cells) if "atexit.register" in c.source) + 1
    notebook.cells[after:] = [
        nbformat.v4.new_code_cell("assert [each.poll() for each in workers] == [None] * 3"),  # type: ignore[no-untyped-call]
        nbformat.v4.new_code_cell("1 / 0"),  # type: ignore[no-untyped-call]
    ]
    with pytest.raises(Exception, match="ZeroDivisionError"):
        executed(notebook)
    assert programs_of(tmp_path) == []


def test_without_a_broker_it_says_what_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MSGFLO_BROKER", "mqtt://127.0.0.1:1")  # keeps no jobs: is not asked
    shown = executed(read(NAME))
    assert one(shown, "atexit.register") == "one worker, in this notebook"
    assert "direct://" in one(shown, "%load_ext")
    assert one(shown, "range(31, 61)").endswith("bills: 60\nmissing: []\ntwice: []")
