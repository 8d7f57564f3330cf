"""What people write into notebooks, and that it leaves them as it is meant."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from msgflo_lab.deployment.labels import label
from tests.brokers import Mosquitto
from tests.cli.program import started
from tests.exported.conftest import Clean
from tests.exported.notebook import notebook
from tests.exported.wire import wire
from tests.kernel.conftest import Shell
from tests.runtime.helpers import eventually

CELLS = (
    """\
import asyncio
import enum
from dataclasses import dataclass, field

SIZE_é = 3
TABLE = {number: str(number) for number in range(5_000)}


class Kind(enum.Enum):
    WARM = "warm"
    COLD = "cold"


@dataclass
class Reading:
    value: float
    kind: Kind = Kind.WARM
    tags: list[str] = field(default_factory=list)""",
    """\
@lab.participant("room no. 1/2", icon="home")
async def room(number: int):
    await asyncio.sleep(0)
    reading = Reading(number * SIZE_é)
    return {"value": reading.value, "kind": reading.kind.value, "text": TABLE[number]}""",
    """\
def parts(reading):
    for word in sorted(reading):
        yield "out", word


lab.add(parts, "parts")
lab.add(parts, "more parts", label="Of another role")""",
    """\
class Sum:
    inports = ["in", "réset"]

    def __init__(self):
        self.sum = 0

    def process(self, port, value):
        self.sum = 0 if port == "réset" else self.sum + len(value)
        self.send("out", self.sum)


lab.add(Sum, "a.b")""",
    "%%participant tick --every 0.1\ndef tick():\n    return 7",
    """\
lab.connect("tick.out", "room no. 1/2.number")
lab.connect("room no. 1/2.out", "parts.reading")
lab.connect("room no. 1/2.out", "more parts.reading")
lab.connect("parts.out", "a.b.in")""",
)


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    folder = tmp_path / "notebook"
    folder.mkdir()
    with notebook(folder) as shell:
        yield shell


def texts(folder: Path) -> dict[str, str]:
    return {
        str(file.relative_to(folder)): file.read_text()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def test_roles_and_code_of_all_kinds(
    shell: Shell, clean: Clean, house: Mosquitto, tmp_path: Path
) -> None:
    for cell in CELLS:
        shell.run(cell)
    shell.run("%msgflo export project house")
    folder = tmp_path / "notebook" / "house"
    env = clean.variables(MSGFLO_BROKER=house.url)
    with wire(house.url) as ear:
        ear.listen("#")
        command = (clean.program("msgflo-lab"), "run", folder)
        with started(*command, env=env, cwd=tmp_path) as program:
            eventually(lambda: b'{"value":21,"kind":"warm","text":"7"}' in ear.heard())
            eventually(lambda: {b"4", b"8", b"13"} <= set(ear.heard()))
            status, out, errors = program.end(signal.SIGTERM)
    assert (status, errors) == (0, "")
    assert "Traceback" not in out
    names = {file.name for file in (folder / "components").iterdir()}
    assert names == {"room.py", "parts.py", "more_parts.py", "Sum.py", "tick.py"}


def test_twice_the_same_and_while_stopped_all_but_the_tests(shell: Shell, tmp_path: Path) -> None:
    for cell in CELLS[:4]:
        shell.run(cell)
    shell.run("%msgflo start\nlab.send('room no. 1/2.number', 5)")
    shell.run("lab.inspect('room no. 1/2.out', 1, wait=10)")
    folder = tmp_path / "notebook"
    shell.run("%msgflo export project one/house")
    shell.run("%msgflo export project two/house")
    shell.run("%msgflo stop")
    shell.run("%msgflo export project three/house")
    one, two, three = (texts(folder / each / "house") for each in ("one", "two", "three"))
    assert one == two
    assert {name for name in one if not name.startswith("spec/")} == set(three)
    shell.run("%msgflo remove a.b")
    told = shell.run("%msgflo export project one/house --replace")
    unit = label("a.b")
    left = [
        "components/Sum.py",
        "spec/room.yaml",
        f"kubernetes/deployment-{unit}.yaml",
        f"systemd/house-{unit}.service",
    ]
    assert told.endswith(f"there before, and no part of it now: {', '.join(left)}")


def test_a_password_is_in_no_file(shell: Shell, house: Mosquitto, tmp_path: Path) -> None:
    url = house.url.replace("://", "://me:hunter2@")
    shell.run(f"url = {url!r}\nlab.start(url)")
    shell.run("%%participant p\ndef p(x):\n    return x")
    shell.run("%msgflo send p.x 1\nlab.inspect('p.out', 1, wait=10)")
    shell.run("%msgflo export project house\n%msgflo export participant p")
    assert "hunter2" not in "".join(texts(tmp_path / "notebook").values())


def test_what_was_seen_of_the_code_before_is_no_test(shell: Shell, tmp_path: Path) -> None:
    spec = tmp_path / "notebook" / "house" / "spec" / "p.yaml"
    shell.run("%msgflo start\nSTEP = 1")
    shell.run("%%participant p\ndef p(x):\n    return x + STEP")
    shell.run("%msgflo send p.x 5\nlab.inspect('p.out', 1, wait=10)")
    shell.run("STEP = 2")
    shell.run("%msgflo export project house")
    assert not spec.exists()
    shell.run("%msgflo send p.x 6\nlab.inspect('p.out', 2, wait=10)")
    shell.run("%msgflo export project house --replace")
    assert "x: 6" in spec.read_text()
    assert "x: 5" not in spec.read_text()


@pytest.mark.parametrize(
    "body",
    [
        "return dict(current_message().metadata)",
        "return random.random()",
        "return time.time()",
        "return open(x).read()",
        "SEEN.append(x)\n    return len(SEEN)",
    ],
)
def test_what_depends_on_more_than_the_message_has_no_test(
    shell: Shell, tmp_path: Path, body: str
) -> None:
    (tmp_path / "notebook" / "words.txt").write_text("a")
    shell.run("import random, time\nfrom msgflo_lab import current_message\nSEEN = []")
    shell.run(f"%%participant p\ndef p(x):\n    {body}")
    shell.run("%msgflo start\n%msgflo send p.x words.txt\nlab.inspect('p.out', 1, wait=10)")
    shell.run("%msgflo export project house")
    assert not (tmp_path / "notebook" / "house" / "spec").exists()


def test_a_description_of_the_library_needs_nobody_elses_program(
    shell: Shell, tmp_path: Path
) -> None:
    folder = tmp_path / "notebook"
    (folder / "components").mkdir()
    text = "component: a/B\nrole: thing\noutports: {out: {queue: thing/out}}\n"
    (folder / "components" / "thing.yml").write_text(text)
    shell.run("lab.library.load('.')")
    shell.run("%%fbp\nthing(thing) OUT -> IN there(core/Drop)")
    shell.run("%msgflo export project house")
    procfile = (folder / "house" / "Procfile").read_text()
    assert "thing: msgflo-lab register --role thing:components/thing.yml" in procfile


def test_what_fails_in_one_process_is_told(shell: Shell, clean: Clean, tmp_path: Path) -> None:
    shell.run("%%participant tick --every 0.1\ndef tick():\n    raise ValueError('no coal')")
    shell.run("%msgflo export project house")
    command = (clean.program("msgflo-lab"), "run", tmp_path / "notebook" / "house")
    with started(*command, env=clean.variables(), cwd=tmp_path) as program:
        program.until("tick | ValueError: no coal")
        program.end(signal.SIGTERM)
