"""Kubernetes: a Deployment for each program, and the graph as a ConfigMap. Pure.

    kubernetes/kustomization.yaml      what belongs together; `kubectl apply -k kubernetes`
    kubernetes/deployment-LABEL.yaml   one program
    kubernetes/graph.fbp               the graph, of which kustomize makes the ConfigMap

The broker is there already: its address is in a Secret, with everything else that is one.
"""

from __future__ import annotations

from typing import Any

from ..errors import MsgFloLabError
from .image import FOLDER as PROJECT
from .image import USER
from .model import BROKER_VARIABLE, GRACE, Deployment, Secret, Service
from .settings import UNQUOTED
from .yaml import Note, dumps

FOLDER = "kubernetes"
MAX_GRAPH = 1_000_000
"""Bytes of a graph; a ConfigMap holds no more than a MiB."""

_HEADER = """\
{name} on Kubernetes, on a broker that is there already.

  cp .env.example .env                  # and fill it in, the broker's address above all
  kubectl create namespace {name}
  {unquoted} |
    kubectl --namespace {name} create secret generic {secret} --from-env-file=/dev/stdin
                                        # quotes would be a part of the value to it
  docker build --tag REGISTRY/{image}:1 . && docker push REGISTRY/{image}:1
                                        # and name it below, under `images`
  kubectl --namespace {name} apply -k kubernetes
  kubectl --namespace {name} get pods

Written by msgflo-lab. For changes of your own, make an overlay that has this as its base."""


def kubernetes(deployment: Deployment, graph: str) -> dict[str, str]:
    """The files: path to text.

    Args:
        graph: The graph's text.

    Raises:
        MsgFloLabError: No ConfigMap can hold it.
    """
    if len(graph.encode(errors="replace")) > MAX_GRAPH:
        raise MsgFloLabError(f"the graph is too long for a ConfigMap, above {MAX_GRAPH:,} bytes")
    found = {
        f"{FOLDER}/{_file(each)}": _deployment(deployment, each) for each in deployment.services
    }
    found[f"{FOLDER}/{graph_file(deployment)}"] = graph
    found[f"{FOLDER}/kustomization.yaml"] = _kustomization(deployment)
    return found


def secret_name(deployment: Deployment) -> str:
    """The Secret that has all the variables; nobody but its owner writes it."""
    return f"{deployment.label}-secrets"


def labels(deployment: Deployment, service: Service) -> dict[str, str]:
    """What the pods of a service are found by."""
    return {
        "app.kubernetes.io/name": service.label,
        "app.kubernetes.io/part-of": deployment.label,
    }


def graph_file(deployment: Deployment) -> str:
    """What the graph is called in the ConfigMap, whose keys take letters and digits only."""
    return "graph.json" if deployment.graph.endswith(".json") else "graph.fbp"


def _file(service: Service) -> str:
    return f"deployment-{service.label}.yaml"


def _graph_name(deployment: Deployment) -> str:
    return f"{deployment.label}-graph"


def _kustomization(deployment: Deployment) -> str:
    image = {
        "name": deployment.label,
        "newName": deployment.label,
        "newTag": "latest",
    }
    document = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": sorted(_file(each) for each in deployment.services),
        "configMapGenerator": Note(
            "It is called after what is in it, so that a new graph starts the network anew.",
            [{"name": _graph_name(deployment), "files": [graph_file(deployment)]}],
        ),
        "images": Note("Where the image is: `newName: REGISTRY/NAME`, and its tag.", [image]),
    }
    name, secret = deployment.label, secret_name(deployment)
    header = _HEADER.format(name=name, secret=secret, image=name, unquoted=UNQUOTED)
    return dumps(document, header)


def _deployment(deployment: Deployment, service: Service) -> str:
    name = deployment.called(service)
    marks = labels(deployment, service)
    about = deployment.about_instances(service)
    replicas = Note(about, service.instances) if about else service.instances
    spec: dict[str, Any] = {"replicas": replicas, "selector": {"matchLabels": marks}}
    if service.is_network:
        spec["strategy"] = Note(
            "Two that carry one graph out would undo each other's work.", {"type": "Recreate"}
        )
    spec["template"] = {"metadata": {"labels": marks}, "spec": _pod(deployment, service)}
    document = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "labels": marks},
        "spec": spec,
    }
    return dumps(document, f"{deployment.label}: {service.purpose}")


def _pod(deployment: Deployment, service: Service) -> dict[str, Any]:
    volumes: list[dict[str, Any]] = [{"name": "tmp", "emptyDir": {}}]
    if service.is_network:
        volumes.append({"name": "graph", "configMap": {"name": _graph_name(deployment)}})
    return {
        "automountServiceAccountToken": False,
        "terminationGracePeriodSeconds": Note(
            "It finishes the message in hand, and is not killed meanwhile.", GRACE
        ),
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER,
            "runAsGroup": USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [_container(deployment, service)],
        "volumes": volumes,
    }


def _container(deployment: Deployment, service: Service) -> dict[str, Any]:
    mounts = [{"name": "tmp", "mountPath": "/tmp"}]
    if service.is_network:
        mounts.append(
            {
                "name": "graph",
                "mountPath": f"{PROJECT}/{deployment.graph}",
                "subPath": graph_file(deployment),
            }
        )
    memory = f"{service.resources.memory}Mi"
    container: dict[str, Any] = {
        "name": "program",
        "image": deployment.label,
        "command": tuple(map(_literal, service.command)),
        "env": Note(
            f"Of the Secret {secret_name(deployment)}: kustomization.yaml says how to make it.",
            _environment(deployment, service),
        ),
        "resources": {
            "requests": {"cpu": f"{round(service.resources.cpus * 1000)}m", "memory": memory},
            "limits": {"memory": memory},
        },
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ("ALL",)},
        },
        **_probes(service),
        "volumeMounts": mounts,
    }
    return container


def _environment(deployment: Deployment, service: Service) -> list[dict[str, Any]]:
    secret = secret_name(deployment)
    given: list[dict[str, Any]] = []
    for each in (Secret(BROKER_VARIABLE), *deployment.secrets_of(service)):
        where: dict[str, Any] = {"name": secret, "key": each.variable}
        if each.is_optional:
            where["optional"] = True
        given.append({"name": each.variable, "valueFrom": {"secretKeyRef": where}})
    own = service.environment.items()
    return [*given, *({"name": name, "value": _literal(value)} for name, value in own)]


def _probes(service: Service) -> dict[str, Any]:
    probes: dict[str, Any] = {}
    if service.alive:
        command = {"exec": {"command": service.alive}, "timeoutSeconds": 10}
        probes["startupProbe"] = {**command, "periodSeconds": 5, "failureThreshold": 24}
        probes["livenessProbe"] = Note(
            "It is at work, with a broker or without one: to start it anew would bring no broker.",
            {**command, "periodSeconds": 30, "failureThreshold": 3},
        )
    if service.ready:
        probes["readinessProbe"] = Note(
            "It is announced, and its link is up.",
            {"exec": {"command": service.ready}, "timeoutSeconds": 10, "periodSeconds": 15},
        )
    return probes


def _literal(text: str) -> str:
    """A text of which Kubernetes replaces nothing."""
    return text.replace("$", "$$")
