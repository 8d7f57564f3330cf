"""`docker-compose.yml`: a broker, and beside it all programs, on one machine. Pure.

Follows the Compose specification; `docker compose up` and `podman compose up` read it.
"""

from __future__ import annotations

from typing import Any

from . import brokers
from .image import image
from .model import BROKER_VARIABLE, GRACE, Deployment, Secret, Service
from .yaml import Anchor, Like, Note, dumps

FILE = "docker-compose.yml"

_HEADER = """\
{name}, on one machine, with a broker of its own.

  cp .env.example .env                  # and fill it in: ${{...}} here comes from there
  docker compose up --build --detach    # builds the image, once, and starts everything
  docker compose ps                     # who is healthy
  docker compose logs --follow          # what they print
  docker compose down                   # ends it; what the broker keeps stays

Written by msgflo-lab; `docker compose` merges a docker-compose.override.yml of yours into it."""

_NO_CHECK = (
    "It has no health check: nobody but a program of msgflo-lab's tells whether it is announced.\n"
    "If it ends, it is started again."
)
_BUILDER = (
    "It alone builds the image, for all: several that build one image at a time would be in each\n"
    "other's way."
)
_AFTER_BROKER = {"broker": {"condition": "service_healthy"}}
_CHECK = {"interval": "30s", "timeout": "10s", "retries": 3, "start_period": "60s"}


def compose(deployment: Deployment) -> dict[str, str]:
    """The file, and what it builds and mounts: path to text."""
    environment = Anchor("environment", {BROKER_VARIABLE: brokers.address(deployment.broker)})
    participant = Anchor("participant", _every_participant(deployment))
    services: dict[str, Any] = {"broker": brokers.service(deployment.broker)}
    for each in deployment.services:
        services[each.label] = _service(deployment, each, participant, environment)
    document = {
        "name": deployment.label,
        "x-environment": Note("\nWhat every program of MsgFlo's is told.", environment),
        "x-participant": Note("\nWhat all of them have in common.", participant),
        "services": Note("\nThe broker, and the programs.", services),
        "volumes": Note("\nWhat the broker keeps.", {"broker": {}}),
    }
    text = dumps(document, _HEADER.format(name=deployment.label))
    return {FILE: text, **brokers.files(deployment.broker), **image(deployment)}


def _given(secret: Secret) -> str | None:
    """Where a variable comes from; one without a value is passed on, or left out if nobody set it.

    So the Compose specification says of `environment`; `${NAME-}` would set it to an empty text.
    """
    return None if secret.is_optional else f"${{{secret.variable}:?set it in .env}}"


def _every_participant(deployment: Deployment) -> dict[str, Any]:
    return {
        "image": deployment.label,
        "pull_policy": Note("It is built here: one of that name elsewhere is not meant.", "never"),
        "init": True,
        "restart": "unless-stopped",
        "stop_grace_period": Note(
            "It finishes the message in hand, and is not killed meanwhile.", f"{GRACE}s"
        ),
        "read_only": Note("It may write to /tmp only; `volumes` gives it another place.", True),
        "tmpfs": ("/tmp",),
        "cap_drop": ("ALL",),
        "security_opt": ("no-new-privileges:true",),
        "depends_on": {**_AFTER_BROKER, **_after_builder(deployment)},
    }


def _after_builder(deployment: Deployment) -> dict[str, Any]:
    """What has the others wait for the image, whichever of them are to be started."""
    return {each.label: {"condition": "service_started"} for each in deployment.services[:1]}


def _service(
    deployment: Deployment, service: Service, participant: Anchor, environment: Anchor
) -> Any:
    entries: dict[str, Any] = {}
    if service is deployment.services[0]:
        entries["build"] = Note(_BUILDER, ".")
        entries["pull_policy"] = "build"
        entries["depends_on"] = _AFTER_BROKER
    entries["command"] = _literal(service.command)
    secrets = {each.variable: _given(each) for each in deployment.secrets_of(service)}
    own = {name: value.replace("$", "$$") for name, value in service.environment.items()}
    entries["environment"] = Like(environment, {**secrets, **own})
    memory = {"limits": {"memory": f"{service.resources.memory}M"}}
    about = deployment.about_instances(service)
    replicas = Note(about, service.instances) if about else service.instances
    deploy = {"replicas": replicas, "resources": memory}
    if service.ready:
        entries["deploy"] = deploy
        entries["healthcheck"] = {"test": ("CMD", *_literal(service.ready)), **_CHECK}
    else:
        entries["deploy"] = Note(_NO_CHECK, deploy)
    return Note(f"\n{service.purpose}", Like(participant, entries))


def _literal(command: tuple[str, ...]) -> tuple[str, ...]:
    """A command of which Compose replaces nothing."""
    return tuple(each.replace("$", "$$") for each in command)
