"""Every command times every error that can befall it, as somebody types it.

One line says what is wrong, the exit status is not 0, and nothing is left behind: no file, and no
queue on the broker. What is typed and what is said of it stand in the tables of `errors`.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from msgflo_lab.discovery.limits import DISCOVERY
from tests.brokers import Mosquitto, RabbitMQ
from tests.cli import errors, places
from tests.cli.program import COMMAND, environment, running
from tests.runtime.helpers import eventually

SOON = 20.0
"""Seconds until a command has to have ended: the five that it gives a broker to answer, and what a
busy machine takes to start it. Far below the half minute that it waits for participants."""
AT_ONCE = 4
"""Commands that run at the same time."""
STEP = 1 if os.environ.get("MSGFLO_LAB_CELLS") == "all" else 3
"""Of each table, every third line is typed; of the next table, those beside them. To start a
command takes half a second of a processor; MSGFLO_LAB_CELLS=all types all lines."""

Row = tuple[str, str]
"""What is typed, and what is said of it."""


def some(rows: Iterable[Row], begin: int) -> list[Row]:
    """Those lines of a table that are typed."""
    return list(rows)[begin % STEP :: STEP]


@dataclass(frozen=True, slots=True)
class World:
    """Where the commands are typed.

    Attributes:
        folder: The files of `places`.
        addresses: What stands for them in the tables.
        rabbitmq: Whose virtual host is `name`.
    """

    folder: Path
    addresses: dict[str, str]
    rabbitmq: RabbitMQ
    name: str

    def typed(self, line: str) -> subprocess.CompletedProcess[bytes]:
        """Run a line of the shell there."""
        return subprocess.run(
            ["bash", "-c", line.format(**self.addresses)],
            cwd=self.folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SOON,
            check=False,
        )

    def files(self) -> dict[str, bytes]:
        """All files of the folder, and what is in them."""
        found = (each for each in self.folder.rglob("*") if each.is_file())
        return {str(each): each.read_bytes() for each in found}

    def queues(self) -> set[str]:
        """The queues and exchanges of the virtual host.

        But for `fbp`, where participants announce themselves: who looks for them makes it, as
        they do, and it is everybody's.
        """
        kinds = (self.rabbitmq.api("GET", f"/{kind}/{self.name}") for kind in KINDS)
        found = {each["name"] for all_ in kinds if isinstance(all_, list) for each in all_}
        return found - {DISCOVERY}

    def check(self, table: Iterable[Row], status: int = 1) -> None:
        """Run all of a table; each is to end with this status, and to say what stands beside it."""
        rows = [(f"{COMMAND} {line}", says) for line, says in table]
        files, queues = self.files(), self.queues()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            ended = list(pool.map(self.typed, [line for line, _ in rows]))
        wrong = [
            f"{line}\n  {each.returncode} {each.stdout!r} {each.stderr.decode()}"
            for (line, says), each in zip(rows, ended, strict=True)
            if not is_told(each, says.format(**self.addresses), status)
        ]
        assert not wrong, "\n".join(wrong)
        assert self.files() == files
        eventually(lambda: self.queues() == queues, f"nothing but {queues} is left")


KINDS = ("queues", "exchanges")


def is_told(done: subprocess.CompletedProcess[bytes], says: str, status: int) -> bool:
    """Whether a program has ended with a status, and told why in the way that we have."""
    first, *more = done.stderr.decode().splitlines() or [""]
    if done.returncode != status or done.stdout or b"s3cret" in done.stderr:
        return False
    if status == errors.USAGE:
        return first.startswith("Usage: ") and more[-1].startswith("Error: ") and says in more[-1]
    # Below a mistake in a text stands its line, and a mark under the place.
    is_one = not more or (len(more) == 2 and more[1].strip() == "^")
    return is_one and first.startswith("msgflo-lab: ") and says in first


@pytest.fixture(scope="module")
def world(
    mosquitto: Mosquitto, rabbitmq: RabbitMQ, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("world")
    places.write(folder)
    with ExitStack() as stack:
        vhost = stack.enter_context(rabbitmq.vhost())
        name = vhost.rpartition("/")[2]
        stack.enter_context(places.held(vhost, "held"))
        rabbitmq.api("PUT", f"/exchanges/{name}/fans", {"type": "fanout"})
        rabbitmq.api("PUT", f"/queues/{name}/waiting", {})
        locked = stack.enter_context(places.locked(tmp_path_factory.mktemp("locked")))
        addresses = {
            "mosquitto": mosquitto.url,
            "rabbitmq": rabbitmq.url,
            "vhost": vhost,
            "locked": locked.url.removeprefix("mqtt://"),
            "mqtt": mosquitto.url.removeprefix("mqtt://"),
            "amqp": rabbitmq.url.removeprefix("amqp://"),
            "http": stack.enter_context(places.http()),
            "silent": stack.enter_context(places.silent()),
        }
        there = ["thing.yml", "--interval", "1", "--broker", mosquitto.url]
        announcing = stack.enter_context(running("register", *there, cwd=folder))
        assert announcing.line().startswith("thing(")
        yield World(folder, addresses, rabbitmq, name)


@pytest.mark.parametrize("error", errors.BROKERS)
def test_a_broker_that_cannot_be_had(world: World, error: str) -> None:
    """All commands, the one by MQTT and the next by AMQP; each meets both in the course of this."""
    at = list(errors.BROKERS).index(error)
    *urls, says = errors.BROKERS[error]
    rows = (
        (f"{command} --broker '{urls[(at + number) % len(urls)]}'", says)
        for number, command in enumerate(errors.ON_A_BROKER)
    )
    world.check(some(rows, at))


def test_an_address_of_the_environment(world: World) -> None:
    said = world.typed(f"CLOUDAMQP_URL=amqp://joe:s3cret@{{amqp}} {COMMAND} participants")
    assert is_told(said, "joe:***@", 1)


@pytest.mark.parametrize("error", errors.ERRORS)
def test_what_is_said_in_one_line(world: World, error: str) -> None:
    world.check(some(errors.ERRORS[error], list(errors.ERRORS).index(error)))


def test_what_is_typed_wrong(world: World) -> None:
    world.check(some(errors.TYPED_WRONG, 0), errors.USAGE)


def test_a_disk_that_is_full(world: World) -> None:
    says = "the output cannot be written: No space left on device"
    world.check(some([(f"{line} > /dev/full", says) for line in errors.PRINTING], 1))


def test_a_reader_who_goes(world: World) -> None:
    """`| head`: they end without a word."""
    rows = some([(line, "") for line in errors.PRINTING], 0)
    lines = [f"{COMMAND} {line} | true; exit ${{{{PIPESTATUS[0]}}}}" for line, _ in rows]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        ended = pool.map(world.typed, lines)
    found = {line: (each.returncode, each.stderr) for line, each in zip(lines, ended, strict=True)}
    assert found == dict.fromkeys(lines, (1, b""))


def test_what_lint_says_is_what_it_prints(world: World) -> None:
    """What is wrong with files is no failure of the command that is asked what is wrong."""
    for line, says in some(errors.LINT, 0):
        said = world.typed(f"{COMMAND} {line}")
        assert (said.returncode, said.stderr) == (1, b"")
        assert says in said.stdout.decode()


def test_one_bad_file_and_none_is_changed(world: World) -> None:
    files = world.files()
    said = world.typed(f"{COMMAND} fbp format rough.fbp nowhere.fbp")
    assert (said.returncode, said.stdout) == (1, b"")
    assert b"nowhere.fbp" in said.stderr
    assert world.files() == files


def test_names_that_are_no_text(world: World) -> None:
    world.check(
        [(f"send --queue {os.fsdecode(bytes([0x71, 0xFF]))} 1 --broker {{mosquitto}}", "q")]
    )
