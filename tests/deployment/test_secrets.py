"""No password is in any file; and what a deployment cannot be."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from msgflo_lab import standalone
from msgflo_lab.deployment import Broker, Deployment, Secret, Service, written
from msgflo_lab.deployment.model import BROKER_VARIABLE, GRACE
from msgflo_lab.errors import MsgFloLabError
from tests.deployment.samples import GRAPH, greenhouse, read

PASSWORD = "hunter2hunter2"
ADDRESS = f"amqp://me:{PASSWORD}@broker.example/lab"


@pytest.mark.parametrize("broker", Broker)
def test_nothing_of_the_environment_gets_into_a_file(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("MSGFLO_BROKER", "CLOUDAMQP_URL", "MSGFLO_BROKER_PASSWORD", "WEATHER_TOKEN"):
        monkeypatch.setenv(name, ADDRESS)
    for path, text in written(greenhouse(broker), GRAPH).items():
        assert PASSWORD not in text, path


def with_service(**changes: Any) -> Deployment:
    service = replace(Service("work", ("work",)), **changes)
    return Deployment("lab", "main.fbp", Broker.AMQP, (service,))


@pytest.mark.parametrize(
    ("make", "graph"),
    [
        (lambda: with_service(command=("work", "--broker", ADDRESS)), GRAPH),
        (lambda: with_service(command=("sh", "-c", f"x={ADDRESS} work")), GRAPH),
        (lambda: with_service(environment={"WHERE": ADDRESS}), GRAPH),
        (lambda: with_service(environment={"MSGFLO_BROKER": ADDRESS}), GRAPH),
        (lambda: with_service(environment={"DB_PASSWORD": PASSWORD}), GRAPH),
        (lambda: with_service(name=ADDRESS, roles=(ADDRESS,)), GRAPH),
        (lambda: with_service(), f"'{ADDRESS}' -> URL fetch(Fetch)\n"),
        (lambda: Deployment("a", "g", Broker.MQTT, (), (Secret("A", ADDRESS),)), GRAPH),
        (lambda: Deployment("a", "g", Broker.MQTT, (), requirements=(f"x @ {ADDRESS}",)), GRAPH),
    ],
)
def test_a_password_is_refused_and_not_shown(make: Callable[[], Deployment], graph: str) -> None:
    with pytest.raises(MsgFloLabError) as error:
        written(make(), graph)
    assert PASSWORD not in str(error.value)


@pytest.mark.parametrize(
    ("word", "is_refused"),
    [
        (f"--url=amqp://me:it's{PASSWORD}@host", True),
        (f"redis://:{PASSWORD}@host", True),
        ("amqp://${USER}:${PASSWORD}@host", False),
        ('{"a":"mqtt://host:1883","b":"me@home"}', False),
        ("mqtt://host:1883/a@b", False),
    ],
)
def test_what_is_a_password(word: str, is_refused: bool) -> None:
    deployment = with_service(command=("sh", "-c", word))
    if is_refused:
        with pytest.raises(MsgFloLabError, match="would have a password in its line"):
            written(deployment, GRAPH)
    else:
        written(deployment, GRAPH)


def test_what_may_be_left_out_is_not_there_then() -> None:
    """Set to an empty text, it would be no default any more."""
    given = (Secret("LEVEL", "How loud.", is_optional=True), Secret("HOUSE", example="5 a"))
    found = written(replace(greenhouse(), secrets=given), GRAPH)
    assert "# May be left out. How loud.\n# LEVEL=\n" in found[".env.example"]
    assert "\nHOUSE='5 a'\n" in found[".env.example"]
    for service in read(found["docker-compose.yml"])["services"].values():
        if "MSGFLO_BROKER" in service["environment"]:
            assert service["environment"]["LEVEL"] is None
            assert service["environment"]["HOUSE"] == "${HOUSE:?set it in .env}"
    work = read(found["kubernetes/deployment-work.yaml"])["spec"]["template"]["spec"]
    (container,) = work["containers"]
    keys = {each["name"]: each["valueFrom"]["secretKeyRef"] for each in container["env"][:3]}
    assert keys["LEVEL"]["optional"] is True
    assert "optional" not in keys["HOUSE"]


def test_each_program_is_given_what_it_reads() -> None:
    secrets = (
        Secret("FOR_WORK", readers=("work",)),
        Secret("FOR_NONE", readers=()),
        Secret("FOR_ALL"),
    )
    deployment = replace(greenhouse(), secrets=secrets)
    found = written(deployment, GRAPH)
    given = {}
    for service in deployment.services:
        composed = read(found["docker-compose.yml"])["services"][service.label]["environment"]
        pod = read(found[f"kubernetes/deployment-{service.label}.yaml"])["spec"]["template"]["spec"]
        names = {each["name"] for each in pod["containers"][0]["env"]}
        assert names == composed.keys()
        several = "@" if service.instances > 1 else ""
        unit = found[f"systemd/greenhouse-{service.label}{several}.service"]
        taken = re.findall(r"^UnsetEnvironment=(.*)$", unit, re.M)
        given[service.name] = {each.variable for each in secrets} & names
        assert {*given[service.name], *taken[0].split()} == {each.variable for each in secrets}
    assert given.pop("work") == {"FOR_WORK", "FOR_ALL"}
    assert all(each == {"FOR_ALL"} for each in given.values())


def test_secrets_are_named_where_somebody_sets_them() -> None:
    found = written(greenhouse(), GRAPH)
    settings = found[".env.example"].splitlines()
    names = ["MSGFLO_BROKER_PASSWORD=", "MSGFLO_BROKER=", "WEATHER_TOKEN="]
    assert [line for line in settings if "=" in line and line[0] != "#"] == names
    work = read(found["docker-compose.yml"])["services"]["work"]["environment"]
    assert work["WEATHER_TOKEN"] == "${WEATHER_TOKEN:?set it in .env}"
    assert work["GREETING"] == "50% of $$HOME"
    document = read(found["kubernetes/deployment-work.yaml"])
    [container] = document["spec"]["template"]["spec"]["containers"]
    given = {each["name"]: each.get("valueFrom") for each in container["env"]}
    values = {each["name"]: each.get("value") for each in container["env"]}
    assert values["GREETING"] == "50% of $$HOME"
    unit = found["systemd/greenhouse-work@.service"]
    assert '\nEnvironment="GREETING=50%% of $HOME"\n' in unit
    reference = {"name": "greenhouse-secrets", "key": "MSGFLO_BROKER"}
    assert given["MSGFLO_BROKER"] == {"secretKeyRef": reference}


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: with_service(command=()), "`work` has no command"),
        (lambda: with_service(command=("a=b",)), "`work` cannot be started by `a=b`"),
        (lambda: with_service(command=("a", "\0")), "no program can be given a zero byte"),
        (lambda: with_service(command=("a", "\ud800")), "is no text"),
        (lambda: with_service(environment={"A B": "x"}), "`A B` cannot be an environment variable"),
        (lambda: with_service(environment={"A": "\x1b"}), "a value for A that no environment"),
        (lambda: replace(with_service(), graph="../g.fbp"), "no file within the project's folder"),
        (lambda: replace(with_service(), graph="/g.fbp"), "no file within the project's folder"),
        (
            lambda: replace(with_service(), services=with_service().services * 2),
            "there are two of the program `work`",
        ),
        (
            lambda: replace(with_service(), secrets=(Secret("MSGFLO_BROKER"),)),
            "there are two of the variable `MSGFLO_BROKER`",
        ),
    ],
)
def test_what_cannot_be(make: Callable[[], Deployment], problem: str) -> None:
    with pytest.raises(MsgFloLabError) as error:
        make()
    assert problem in str(error.value)


def test_the_same_text_every_time_and_small_differences() -> None:
    before, again = written(greenhouse(), GRAPH), written(greenhouse(), GRAPH)
    assert before == again
    more = replace(greenhouse(), services=(*greenhouse().services, Service("new", ("new",))))
    after = written(more, GRAPH)
    changed = {path for path in after if after[path] != before.get(path)}
    assert changed == {
        "Procfile",
        "docker-compose.yml",
        "kubernetes/deployment-new.yaml",
        "kubernetes/kustomization.yaml",
        "systemd/greenhouse-new.service",
        "systemd/greenhouse.target",
    }
    for path in changed & before.keys():
        lines = iter(after[path].splitlines())
        assert all(line in lines for line in before[path].splitlines()), path


def test_what_those_above_say_as_well() -> None:
    assert BROKER_VARIABLE == standalone.BROKER
    assert GRACE > standalone.FINISH + standalone.LEAVE
