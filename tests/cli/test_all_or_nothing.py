"""`msgflo-lab setup`, where something is in the way: nothing is set up, and it says what it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from msgflo_lab import Lab
from tests.brokers import RabbitMQ
from tests.cli.program import run

GRAPH = """web(demo/Web) OUT -> JOB work(demo/Work) OUT -> IN done(demo/Done)
web OUT -> IN zoo(demo/Done)
"""


@pytest.fixture
def there(vhost: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """Somebody for each role; nobody has bound them."""
    monkeypatch.setenv("MSGFLO_DISCOVERY_PERIOD", "1")
    with Lab("there") as lab:
        lab.start(vhost)

        def web(in_: int) -> int:
            return in_

        def work(job: int) -> int:
            return job

        for role, code in {"web": web, "work": work, "done": web, "zoo": web}.items():
            lab.add(code, role)
        yield lab


@pytest.fixture
def joe(rabbitmq: RabbitMQ, vhost: str) -> Iterator[str]:
    """The address for somebody who may do everything but write to the queue of the zoo."""
    rights = {"configure": ".*", "write": "^(?!zoo).*", "read": ".*"}
    rabbitmq.api("PUT", "/users/joe", {"password": "pw", "tags": "management"})
    rabbitmq.api("PUT", f"/permissions/{vhost.rpartition('/')[2]}/joe", rights)
    where = vhost.replace("://", "://joe:pw@")
    yield f"{where}?management=http://127.0.0.1:{rabbitmq.management}"
    rabbitmq.api("DELETE", "/users/joe")


def bound(rabbitmq: RabbitMQ, vhost: str) -> set[tuple[str, str]]:
    """What is bound there, from one role to another."""
    found = rabbitmq.api("GET", f"/bindings/{vhost.rpartition('/')[2]}")
    assert isinstance(found, list)
    return {
        (each["source"], each["destination"])
        for each in found
        if each["source"] and each["source"].split(".")[0] != each["destination"].split(".")[0]
        if "." in each["source"] and "." in each["destination"]
    }


def test_a_binding_that_is_refused_undoes_those_before(
    there: Lab, joe: str, rabbitmq: RabbitMQ, vhost: str, tmp_path: Path
) -> None:
    assert there.is_running
    file = tmp_path / "net.fbp"
    file.write_text(GRAPH)
    said = run("setup", str(file), "--broker", joe)
    assert (said.returncode, said.stdout) == (1, "")
    begin = "msgflo-lab: nothing is set up: the broker refuses `web.OUT -> zoo.IN`: "
    assert said.stderr.startswith(begin)
    assert "refused" in said.stderr
    assert said.stderr.count("\n") == 1
    assert not bound(rabbitmq, vhost), unquote(vhost)


def test_what_was_there_before_stays(
    there: Lab, joe: str, rabbitmq: RabbitMQ, vhost: str, tmp_path: Path
) -> None:
    assert there.is_running
    file = tmp_path / "net.fbp"
    file.write_text(GRAPH.splitlines()[0])
    assert run("setup", str(file), "--broker", joe).returncode == 0
    before = bound(rabbitmq, vhost)
    assert before
    file.write_text(GRAPH)
    assert run("setup", str(file), "--broker", joe).returncode == 1
    assert bound(rabbitmq, vhost) == before


def test_an_inport_that_is_called_otherwise(there: Lab, vhost: str, tmp_path: Path) -> None:
    assert there.is_running
    file = tmp_path / "net.fbp"
    file.write_text(GRAPH.replace("JOB work", "JOBS work"))
    said = run("setup", str(file), "--broker", vhost, "--timeout", "2")
    assert (said.returncode, said.stdout) == (1, "")
    assert "nobody has declared `work.JOBS` (`work` has no inport `jobs`; it has: job);" in (
        said.stderr
    )
    assert said.stderr.count("\n") == 1


def test_a_queue_that_is_called_otherwise(there: Lab, vhost: str, tmp_path: Path) -> None:
    there.rename("done", "end")  # whose queue keeps its name
    file = tmp_path / "net.fbp"
    file.write_text(GRAPH.replace("done(", "end("))
    said = run("setup", str(file), "--broker", vhost, "--timeout", "2")
    assert "nobody has declared `end.IN` (`end` calls it done.IN);" in said.stderr
