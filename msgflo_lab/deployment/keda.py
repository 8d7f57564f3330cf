"""KEDA: so many workers as there is work, by the length of their queue. Pure.

    keda/kustomization.yaml        `kubectl apply -k keda`, in place of `kubernetes`
    keda/scaledobject-LABEL.yaml   one role's workers
    keda/authentication.yaml       where KEDA has the broker's address from

It has a trigger for RabbitMQ, and none for MQTT: brokers for MQTT do not tell how much waits.
"""

from __future__ import annotations

from typing import Any

from ..names import shown
from .kubernetes import FOLDER as BASE
from .kubernetes import secret_name
from .model import BROKER_VARIABLE, Broker, Deployment, Service
from .scale import Scale
from .yaml import Note, dumps

FOLDER = "keda"

_API = "keda.sh/v1alpha1"
_HEADER = """\
{name}, scaled by how much waits: in place of kubernetes/, whose files it takes over.
It needs KEDA in the cluster: https://keda.sh/docs/latest/deploy/

  kubectl --namespace {name} apply -k keda
  kubectl --namespace {name} get scaledobjects"""
_NO_TRIGGER = """\
Nothing to scale here: KEDA has no trigger for MQTT, whose brokers do not tell how much waits.
So many workers run as the files in kubernetes/ say under `replicas`."""
_AHEAD = """\
A worker takes some messages ahead, and KEDA counts only those that nobody has taken. Give the
broker's address the option `?prefetch=1` where single messages take long."""


def keda(deployment: Deployment) -> dict[str, str]:
    """The files; none where nothing says how many workers there may be."""
    wanted = [each for each in deployment.services if _scale_of(each) is not None]
    if not wanted:
        return {}
    known = [each for each in wanted if is_counted(deployment, each)]
    found = {f"{FOLDER}/{_file(each)}": _object(deployment, each) for each in known}
    if known:
        found[f"{FOLDER}/authentication.yaml"] = _authentication(deployment)
    found[f"{FOLDER}/kustomization.yaml"] = _kustomization(deployment, wanted, known)
    return found


def is_counted(deployment: Deployment, service: Service) -> bool:
    """Whether KEDA can count what waits for a service."""
    scale = _scale_of(service)
    return deployment.broker is Broker.AMQP and scale is not None and bool(scale.queue)


def _scale_of(service: Service) -> Scale | None:
    return None if service.is_network else service.scale


def _file(service: Service) -> str:
    return f"scaledobject-{service.label}.yaml"


def _authentication_name(deployment: Deployment) -> str:
    return f"{deployment.label}-broker"


def _kustomization(deployment: Deployment, wanted: list[Service], known: list[Service]) -> str:
    document: dict[str, Any] = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [f"../{BASE}"],
    }
    header = _HEADER.format(name=deployment.label)
    if deployment.broker is Broker.MQTT:
        header += f"\n\n{_NO_TRIGGER}"
    else:
        for each in wanted:
            if each not in known:
                header += (
                    f"\n\nNot scaled: {shown(each.name)}, since nobody knows its queue. Say it in"
                    '\nits node\'s metadata: {"scale": {"queue": ...}}'
                )
    if known:
        document["resources"] += ["authentication.yaml", *sorted(map(_file, known))]
        document["patches"] = Note(
            "How many there are is KEDA's to say: whoever applies this again leaves it alone.",
            [_patch(deployment, each) for each in known],
        )
    return dumps(document, header)


def _patch(deployment: Deployment, service: Service) -> dict[str, Any]:
    return {
        "target": {"kind": "Deployment", "name": deployment.called(service)},
        "patch": '[{"op": "remove", "path": "/spec/replicas"}]',
    }


def _authentication(deployment: Deployment) -> str:
    where = {"parameter": "host", "name": secret_name(deployment), "key": BROKER_VARIABLE}
    document = {
        "apiVersion": _API,
        "kind": "TriggerAuthentication",
        "metadata": {"name": _authentication_name(deployment)},
        "spec": {"secretTargetRef": [where]},
    }
    return dumps(document, "Where KEDA has the broker's address from: the Secret of the programs.")


def _object(deployment: Deployment, service: Service) -> str:
    scale = service.scale
    assert scale is not None
    name = deployment.called(service)
    trigger = {
        "type": "rabbitmq",
        "metadata": {
            "protocol": "amqp",
            "queueName": scale.queue,
            "mode": "QueueLength",
            "value": Note(
                f"Messages that may wait for each worker: {scale.processing:g} s each, and done "
                f"within {scale.aim:.3g} s.",
                str(scale.jobs_per_worker),
            ),
        },
        "authenticationRef": {"name": _authentication_name(deployment)},
    }
    document = {
        "apiVersion": _API,
        "kind": "ScaledObject",
        "metadata": {"name": name},
        "spec": {
            "scaleTargetRef": {"name": name},
            "minReplicaCount": scale.minimum,
            "maxReplicaCount": scale.maximum,
            "pollingInterval": Note("Seconds between two looks.", 30),
            "cooldownPeriod": Note("Seconds without work before the last one ends.", 120),
            "triggers": Note(_AHEAD, [trigger]),
        },
    }
    return dumps(document, f"{deployment.label}: {service.purpose}")
