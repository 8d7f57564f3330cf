"""A network that begins with its participants, after them, or before its broker."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from msgflo_lab import Lab
from msgflo_lab.cli.health import Health
from msgflo_lab.healthy import VARIABLE as HEALTH
from msgflo_lab.healthy import trouble_of
from msgflo_lab.patience import VARIABLE as WAIT
from tests.brokers import Mosquitto
from tests.cli.program import COMMAND, environment, run, running, started
from tests.exported.wire import wire
from tests.runtime.helpers import eventually

GRAPH = """\
far(y) # @lab {"add": {"metadata": {"queues": {"inports": {"in": "home/far"}}}}}
front(x) OUT -> IN back(x) OUT -> IN far
"""
FRONT = "import msgflo_lab\nmsgflo_lab.run(lambda: 'hello', 'front', every=0.1)\n"
BACK = "import msgflo_lab\nmsgflo_lab.run(lambda in_: print(in_, flush=True), 'back')\n"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    broker = Mosquitto(tmp_path)
    yield broker
    broker.kill()


def test_who_never_announces_himself_is_bound_all_the_same(
    broker: Mosquitto, tmp_path: Path
) -> None:
    """MsgFlo's participants in other languages do so every 27 s; MQTT needs but names."""
    broker.start()
    (tmp_path / "main.fbp").write_text(GRAPH)
    others = ("--ignore", "front,back,far", "--broker", broker.url)
    with wire(broker.url) as far, wire(broker.url) as back, wire(broker.url) as front:
        far.listen("home/far")
        back.listen("back.IN")
        file = tmp_path / "health"
        env = environment(**{HEALTH: str(file)})
        with running("run", "main.fbp", *others, cwd=tmp_path, env=env) as program:
            assert " on " in program.line()
            eventually(lambda: not trouble_of(str(file)))
            front.send("front.OUT", b"1")
            front.send("back.OUT", b"2")
            eventually(back.heard)
            eventually(far.heard)
            assert (back.heard(), far.heard()) == ([b"1"], [b"2"])


@pytest.mark.parametrize(
    ("patience", "says"), [(60.0, "nothing of the graph is bound yet"), (0.0, "")]
)
def test_a_network_of_which_nothing_is_bound_is_not_well_for_a_while(
    mosquitto: Mosquitto,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    patience: float,
    says: str,
) -> None:
    """If nobody comes, that is no fault of the network's."""
    monkeypatch.setattr("msgflo_lab.cli.health.PATIENCE", patience)
    monkeypatch.setenv(HEALTH, str(tmp_path / "health"))
    health = Health()
    with Lab() as lab:

        def told() -> str:
            health.look(lab)
            return trouble_of(str(tmp_path / "health"))

        lab.start(mosquitto.url)
        lab.connect("early_a.out", "early_b.in")
        eventually(lambda: told() == says)
        for role in ("early_a", "early_b"):
            lab.add(lambda in_: in_, role)
        eventually(lambda: not told())


def test_all_begin_before_their_broker(broker: Mosquitto, tmp_path: Path) -> None:
    (tmp_path / "main.fbp").write_text("front(x) OUT -> IN back(x)\n")
    env = environment(**{WAIT: "forever", "MSGFLO_BROKER": broker.url})
    network = (COMMAND, "run", "main.fbp", "--ignore", "front,back")
    commands = [network, (sys.executable, "-c", FRONT), (sys.executable, "-c", BACK)]
    with ExitStack() as stack:
        programs = [stack.enter_context(started(*each, env=env, cwd=tmp_path)) for each in commands]
        for each in programs:
            assert "; I wait for the broker" in each.complaint()
        broker.start()
        programs[-1].until("hello")


@pytest.mark.parametrize(
    "command",
    [(str(COMMAND), "run", "main.fbp"), (sys.executable, "-c", BACK)],
    ids=["network", "participant"],
)
def test_who_is_told_to_end_waits_no_longer(
    command: tuple[str, ...], broker: Mosquitto, tmp_path: Path
) -> None:
    (tmp_path / "main.fbp").write_text("a(core/Repeat)\n")
    file = tmp_path / "health"
    # Whoever is looked after by health checks waits, and tells them.
    env = environment(**{HEALTH: str(file), "MSGFLO_BROKER": broker.url})
    with started(*command, env=env, cwd=tmp_path) as program:
        assert "; I wait for the broker" in program.complaint()
        eventually(lambda: trouble_of(str(file)))
        assert trouble_of(str(file), alive=True) == ""
        status, out, _ = program.end(signal.SIGTERM)
    assert (status, out) in ((0, ""), (128 + signal.SIGTERM, ""))


def test_a_wrong_address_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "main.fbp").write_text("a(core/Repeat)\n")
    done = run("run", "main.fbp", "--broker", "mqtt://127.0.0.1:1", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    done = run("run", "main.fbp", "--wait", "0.1", "--broker", "mqtt://127.0.0.1:1", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 2)
    assert "; I wait for the broker, for 0.1 s at most\n" in done.stderr
    done = run("run", "main.fbp", "--wait", "long", cwd=tmp_path)
    assert done.stderr == "msgflo-lab: --wait is seconds, or `forever`, and not `long`\n"
