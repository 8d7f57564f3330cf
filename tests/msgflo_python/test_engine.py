"""What holds of programs under ours: messages, ends, initial packets, links."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from anyio.from_thread import start_blocking_portal

from tests.brokers import Mosquitto, RabbitMQ, free_port
from tests.proxies import proxy

from .conftest import PROGRAMS, running
from .wires import AmqpWire, MqttWire, definition

PYTHON = Path(sys.executable)
SCRIPT = PYTHON.parent / "msgflo-python"

NOTES = """
import gevent, msgflo, sys

class Notes(msgflo.Participant):
    def __init__(self, role):
        msgflo.Participant.__init__(self, {"component": "Notes"}, role)

    def process(self, inport, msg):
        print(inport, msg.data, flush=True)
        self.send("out", msg.data)
        self.ack(msg)
"""
"""Prints what it is given; each test has a main program of its own."""


@pytest.fixture
def mqtt(mosquitto: Mosquitto) -> Iterator[MqttWire]:
    with closing(MqttWire(mosquitto.port)) as wire:
        yield wire


@pytest.fixture
def amqp(vhost: str) -> Iterator[AmqpWire]:
    with closing(AmqpWire(vhost)) as wire:
        yield wire


def line(process: subprocess.Popen[str]) -> str:
    """The next line that it prints."""
    assert process.stdout is not None
    return process.stdout.readline().rstrip("\n")


def written(folder: Path, main: str) -> Path:
    file = folder / "program.py"
    file.write_text(NOTES + main)
    return file


@pytest.mark.parametrize(("name", "bad"), [("validator", 3), ("clumsy", {"by": 0})])
def test_what_is_rejected_or_fails_is_a_dead_letter(
    name: str, bad: object, amqp: AmqpWire, vhost: str
) -> None:
    with running([PYTHON, PROGRAMS / f"{name}.py", "role"], vhost) as process:
        amqp.announcement("role")
        for value in (bad, bad, 4 if name == "validator" else {"by": 4}):
            amqp.send("role/in", json.dumps(value).encode())
        amqp.seen(3 if name == "validator" else 1)
        process.terminate()
        _, errors = process.communicate(timeout=20)
    amqp.holds("dead-role/in", 2)
    amqp.holds("role/in", 0)
    assert ("ZeroDivisionError" in errors) == (name == "clumsy")


def test_what_time_is_up_for_is_a_dead_letter_too(
    amqp: AmqpWire, vhost: str, tmp_path: Path
) -> None:
    main = (
        "class Slow(Notes):\n"
        "    def process(self, inport, msg):\n"
        "        with gevent.Timeout(0.01): gevent.sleep(msg.data)\n"
        "        Notes.process(self, inport, msg)\n"
        "msgflo.main(Slow, 'slow')\n"
    )
    with running([PYTHON, written(tmp_path, main)], vhost) as process:
        amqp.announcement("slow")
        for seconds in (b"60", b"0"):
            amqp.send("slow/in", seconds)
        assert amqp.seen(1) == [("slow/out", b"0")]
        process.terminate()
        process.communicate(timeout=20)
    amqp.holds("dead-slow/in", 1)


def test_what_a_killed_program_had_in_hand_comes_again(amqp: AmqpWire, vhost: str) -> None:
    command = [PYTHON, PROGRAMS / "jobs.py", "role"]
    with running(command, f"{vhost}?prefetch=2") as process:
        amqp.announcement("role")
        for name, seconds in ("brief", 0), ("long", 600), ("after it", 0):
            amqp.send("role/job", json.dumps({"name": name, "seconds": seconds}).encode())
        amqp.seen(1)
        amqp.holds("role/job", 0)  # it has the third: so the broker knows that the first is done
        process.kill()
        process.communicate(timeout=20)
    amqp.holds("role/job", 2)


def test_what_nobody_acknowledges_comes_again_in_the_next_life(amqp: AmqpWire, vhost: str) -> None:
    command = [PYTHON, PROGRAMS / "forgetful.py", "role"]
    with running(command, f"{vhost}?prefetch=3") as process:
        amqp.announcement("role")
        for number in range(5):
            amqp.send("role/in", b"%d" % number)
        assert len(amqp.seen(3)) == 3
        process.terminate()
        _, errors = process.communicate(timeout=20)
    assert "role: 3 messages of inport `in` are neither acknowledged nor rejected" in errors
    with running(command, vhost):  # as many as it can have, without the option
        again = [json.loads(payload)[0] for _, payload in amqp.seen(8)[3:]]
    assert sorted(again) == list(range(5))


def test_with_a_lost_link_what_is_open_comes_again_at_once(
    amqp: AmqpWire, vhost: str, rabbitmq: RabbitMQ
) -> None:
    with start_blocking_portal() as portal, ExitStack() as stack:
        way = stack.enter_context(portal.wrap_async_context_manager(proxy(rabbitmq.port)))
        url = vhost.replace(f":{rabbitmq.port}", f":{way.port}")
        stack.enter_context(running([PYTHON, PROGRAMS / "forgetful.py", "role"], url))
        amqp.announcement("role")
        for number in range(2):
            amqp.send("role/in", b"%d" % number)
        before = amqp.seen(2)
        portal.call(way.cut)
        assert sorted(amqp.seen(4)[2:]) == sorted(before)
        amqp.send("role/in", b"2")
        assert amqp.seen(5)[-1] == ("role/out", b"[2, false]")


def test_told_to_end_it_finishes_what_it_has_in_hand(mosquitto: Mosquitto, mqtt: MqttWire) -> None:
    with running([PYTHON, PROGRAMS / "sleepy.py", "sleepy"], mosquitto.url) as process:
        assert line(process) == "sleepy(Sleepy) running on mqtt://127.0.0.1"
        mqtt.announcement("sleepy")
        for seconds in (b"1", b"0"):
            mqtt.send("sleepy/in", seconds)
        mqtt.seen(1)  # so the other one is being processed
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
        assert [payload for _, payload in mqtt.seen(2)] == [b"0", b"1"]


@pytest.mark.parametrize(
    ("main", "said", "status"),
    [
        ("e = msgflo.run([Notes('r')])\nprint('up', flush=True)\ngevent.wait()", "", -15),
        (
            "w = gevent.event.AsyncResult()\nmsgflo.run(Notes('r'), done_cb=w.set)\n"
            "print('up', flush=True)\nw.wait()\nprint('over')",
            "over\n",
            0,
        ),
    ],
)
def test_the_end_of_a_program_that_has_a_main_of_its_own(
    main: str, said: str, status: int, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    with running([PYTHON, written(tmp_path, main)], mosquitto.url) as process:
        assert line(process) == "up"
        process.terminate()
        output, errors = process.communicate(timeout=20)
    assert (output, errors) == (said, "")
    assert process.returncode == status


def test_what_was_sent_is_on_its_way_when_a_program_ends_by_itself(
    mosquitto: Mosquitto, mqtt: MqttWire, tmp_path: Path
) -> None:
    main = (
        "p = Notes('brief')\ne = msgflo.run([p])\ngevent.sleep(0.1)\n"
        "for n in range(500): p.send('out', n)\n"
    )
    with running([PYTHON, written(tmp_path, main)], mosquitto.url) as process:
        mqtt.announcement("brief")
        assert [payload for _, payload in mqtt.seen(500)] == [b"%d" % n for n in range(500)]
        assert process.wait(20) == 0


def test_after_patching_it_can_wait_for_a_message_in_process(
    mosquitto: Mosquitto, mqtt: MqttWire, tmp_path: Path
) -> None:
    main = (
        "import gevent.event, gevent.monkey\n"
        "gevent.monkey.patch_all()\n"
        "class Asks(Notes):\n"
        "    reply = gevent.event.AsyncResult()\n"
        "    def process(self, inport, msg):\n"
        "        if msg.data == 'ask': self.send('out', self.reply.get())\n"
        "        else: self.reply.set(msg.data)\n"
        "msgflo.main(Asks, 'asks')\n"
    )
    with running([PYTHON, written(tmp_path, main)], mosquitto.url) as process:
        mqtt.announcement("asks")
        for value in (b'"ask"', b'"answer"'):
            mqtt.send("asks/in", value)
        assert mqtt.seen(1) == [("asks/out", b'"answer"')]
        process.terminate()
        assert process.wait(20) == 0


def test_after_patching_it_can_wait_by_python_s_own_means(
    mosquitto: Mosquitto, mqtt: MqttWire, original: Path
) -> None:
    for python, role in (PYTHON, "ours"), (original, "original"):
        with running([python, PROGRAMS / "asks.py", role], mosquitto.url):
            mqtt.announcement(role)
            outport, seen = f"{role}/out", 0
            for port, value, more in (
                ("question", "why?", 1),
                ("question", "how?", 1),
                ("answer", "so", 1),
                ("answer", "thus", 1),
                ("done", "", 2),
            ):
                mqtt.send(f"{role}/{port}", json.dumps(value).encode())
                seen += more
                mqtt.seen(seen, [outport])
            *said, one, other = [json.loads(payload) for _, payload in mqtt.seen(6, [outport])]
        assert said == [["asked", "why?"], ["asked", "how?"], ["why?", "so"], ["how?", "thus"]]
        assert sorted([one, other]) == [["over", "how?"], ["over", "why?"]]


def test_a_program_can_end_its_engine(mosquitto: Mosquitto, tmp_path: Path) -> None:
    main = (
        "p = Notes('r')\ne = msgflo.run([p], done_cb=lambda: print('done'))\n"
        "print(e.connected, e.broker_info.scheme, e.participants == [p])\n"
        "e._client = None\ne._message_pump_greenlet.join()\nprint(e.connected)\np.send('out', 1)"
    )
    with running([PYTHON, written(tmp_path, main)], mosquitto.url) as process:
        output, errors = process.communicate(timeout=20)
    assert (output, errors) == ("True mqtt True\ndone\nFalse\n", "")
    assert process.returncode == 0


def test_initial_packets_come_before_the_announcement_and_with_every_connection(
    tmp_path: Path,
) -> None:
    broker = Mosquitto(tmp_path)
    broker.start()
    iips = '{"in": {"a": [1]}, "other": null}'
    try:
        with closing(MqttWire(broker.port)) as wire:
            command = [PYTHON, SCRIPT, written(tmp_path, ""), "role", "--iips", iips]
            with running(command, broker.url) as process:
                assert {line(process) for _ in range(3)} == {
                    "role(Notes) running on mqtt://127.0.0.1",
                    "in {'a': [1]}",
                    "other None",
                }
                wire.announcement("role")
                queues = [queue for queue, _ in wire.everything]
                assert queues == ["role/out", "role/out", "fbp"]
                broker.restart()
                assert [line(process) for _ in range(2)] == ["in {'a': [1]}", "other None"]
    finally:
        broker.kill()


def test_on_amqp_initial_packets_come_once(amqp: AmqpWire, vhost: str, rabbitmq: RabbitMQ) -> None:
    iips = '{"factor": 10}'
    with running([PYTHON, SCRIPT, PROGRAMS / "settings.py", "role", "-i", iips], vhost):
        said = definition(amqp.announcement("role"))
        assert said["inports"][0]["queue"] == "role/in"
        amqp.send("role/in", b"3")
        assert amqp.seen(1) == [("role/out", b"[30]")]


@pytest.mark.parametrize(
    ("arguments", "broker", "told", "status"),
    [
        (["repeat.py"], "mqtt://127.0.0.1", "Usage: msgflo-python FILE.py ROLE", 1),
        (["nothing.py", "r"], "mqtt://127.0.0.1", "nothing.py: no file of Python", 1),
        (["repeat.py", "r"], "mqtt://127.0.0.1:{port}", "nobody listens on 127.0.0.1:", 1),
        (["repeat.py", "r"], "nope://there", "unsupported scheme `nope`", 1),
        (["repeat.py", "r", "-i", "{{"], "mqtt://127.0.0.1", "--iips is no JSON", 2),
        (["repeat.py", "r", "-i", "[]"], "mqtt://127.0.0.1", "--iips is no object", 2),
    ],
)
def test_what_is_wrong_is_told_in_a_line(
    arguments: list[str], broker: str, told: str, status: int
) -> None:
    url = broker.format(port=free_port())
    with running([PYTHON, SCRIPT, *arguments], url) as process:
        output, errors = process.communicate(timeout=20)
    assert told in errors.splitlines()[-1]
    assert output == ""
    assert process.returncode == status


@pytest.mark.parametrize(
    ("level", "told"),
    [("debug", "DEBUG:msgflo:role sends to out"), ("loud", "MSGFLO_PYTHON_LOGLEVEL is debug, ")],
)
def test_the_level_of_what_is_logged(level: str, told: str, mosquitto: Mosquitto) -> None:
    command = [PYTHON, SCRIPT, "repeat.py", "role", "-i", '{"in": 1}']
    where = {"MSGFLO_PYTHON_LOGLEVEL": level}
    with running(command, mosquitto.url, where) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith(told)


def test_the_first_participant_of_a_file_is_not_the_base_class(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    main = "from msgflo import Participant\nclass Zebra(Notes): ...\nNOTHING = 1\n"
    with running([PYTHON, SCRIPT, written(tmp_path, main), "role"], mosquitto.url) as process:
        assert line(process) == "role(Notes) running on mqtt://127.0.0.1"


def test_a_definition_that_nobody_can_read(mosquitto: Mosquitto, tmp_path: Path) -> None:
    main = "class Bad(Notes):\n    def __init__(self, role):\n"
    main += "        msgflo.Participant.__init__(self, {'label': 'no component'}, role)\n"
    with running([PYTHON, SCRIPT, written(tmp_path, main), "role"], mosquitto.url) as process:
        _, errors = process.communicate(timeout=20)
    assert errors == "`role` (Bad) cannot be announced: `component` is missing\n"


def test_by_itself_a_program_has_the_role_that_it_is_given(mosquitto: Mosquitto) -> None:
    """msgflo-python 0.4.1 takes the name of the program for it, always."""
    for arguments, role in ([], "repeat.py"), (["mine"], "mine"):
        with running([PYTHON, "repeat.py", *arguments], mosquitto.url) as process:
            assert line(process) == f"{role}(Repeat) running on mqtt://127.0.0.1"


@pytest.mark.parametrize("name", ["clock", "sleepy"])
def test_gevent_alone_is_used_where_it_is_installed(
    name: str, original: Path, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    (packages,) = original.parent.parent.glob("lib/python*/site-packages")
    for each in ("gevent", "greenlet", "zope"):
        (tmp_path / each).symlink_to(packages / each)
    role, port = f"{name}-with-gevent", "start" if name == "clock" else "in"
    command = [PYTHON, PROGRAMS / f"{name}.py", role]
    where = {"PYTHONPATH": str(tmp_path)}
    code = "import gevent, msgflo; print(gevent.__file__, msgflo.__file__)"
    probed = subprocess.check_output([PYTHON, "-c", code], env={**os.environ, **where}, text=True)
    assert str(tmp_path) in probed
    assert "stand_in" in probed
    with closing(MqttWire(mosquitto.port)) as wire, running(command, mosquitto.url, where) as it:
        wire.announcement(role)
        for value in (b"0.5", b"0") if name == "sleepy" else (b"1",):
            wire.send(f"{role}/{port}", value)
        seen = [payload for _, payload in wire.seen(2)]
        it.terminate()
        assert it.wait(20) == 0
    assert seen == ([b"0", b"0.5"] if name == "sleepy" else [b"0", b"true"])
