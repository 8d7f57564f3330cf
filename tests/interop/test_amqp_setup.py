"""`msgflo-lab setup` beside msgflo-setup on RabbitMQ, and for participants that are not ours."""

from __future__ import annotations

import json
from pathlib import Path

from tests.brokers import RabbitMQ
from tests.cli.program import run

from .amqp import Management, lab_on, python, received
from .conftest import node_repeat
from .test_amqp_msgflo import GRAPH, MARK, Objects, add_participants, objects, set_up


def test_a_graph_becomes_the_same_objects(rabbitmq: RabbitMQ, tmp_path: Path) -> None:
    made: list[Objects] = []
    for ours in (False, True):
        with rabbitmq.vhost() as url:
            with lab_on(rabbitmq, url) as lab:
                add_participants(lab, [], [])
            if ours:
                (tmp_path / "graph.json").write_text(json.dumps(GRAPH))
                said = run("setup", str(tmp_path / "graph.json"), "--broker", url)
                assert (said.returncode, said.stderr) == (0, "")
            else:
                set_up(url, tmp_path)
            marks = [
                each["arguments"].get(MARK) for each in Management(rabbitmq, url).all("bindings")
            ]
            assert set(marks) == {None}
            made.append(objects(Management(rabbitmq, url)))
    theirs, mine = made
    assert mine["queues"] == theirs["queues"]
    assert mine["exchanges"] == theirs["exchanges"]
    assert mine["bindings"] - theirs["bindings"] == set()
    assert [json.loads(each)[:2] for each in theirs["bindings"] - mine["bindings"]] == [
        ["dead-work.JOB", "dead-work.JOB"]
    ]


def test_participants_of_node_without_any_lab(
    rabbitmq: RabbitMQ, vhost: str, tmp_path: Path
) -> None:
    graph = tmp_path / "net.fbp"
    graph.write_text("one(Repeat) OUT -> IN two(Repeat)\n")
    with node_repeat(vhost, "one"), node_repeat(vhost, "two"), python(vhost) as channel:
        # By convention: it waits until they have declared their queues.
        assert run("setup", str(graph), "--broker", vhost).returncode == 0
        channel.queue_declare("seen")
        channel.queue_bind("seen", "two.OUT")
        sent = run("send", "--queue", "one.IN", "--json", '{"n": 1}', "--broker", vhost)
        assert sent.stderr == ""
        assert received(channel, "seen", 1) == [{"n": 1}]
        where = f"{vhost}?management=http://127.0.0.1:{rabbitmq.management}"
        there = run("graph", "--broker", where, "--wait", "1.5")
        assert there.stdout == "one.out -> two.in\n"
