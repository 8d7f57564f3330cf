"""The broker that Compose starts beside the participants. Pure.

Its password is a variable of whoever starts it, and no file has it: Mosquitto, which wants a file,
makes one in its own memory when it starts.
"""

from __future__ import annotations

from typing import Any

from .model import Broker
from .yaml import Note

USER = "msgflo"
PASSWORD = "MSGFLO_BROKER_PASSWORD"
"""The environment variable of its password."""
PASSWORD_GIVEN = f"${{{PASSWORD}:?set it in .env}}"
"""Compose's words for it."""

_OPEN = (
    "From this machine only. For devices of your network, leave 127.0.0.1: away; their\n"
    "password then crosses it in the open: see the broker's documentation on TLS."
)
_EVERY = {"interval": "10s", "timeout": "10s", "retries": 5, "start_period": "30s"}

MOSQUITTO = """\
# Mosquitto, as docker-compose.yml starts it. All options: https://mosquitto.org/man/mosquitto-conf-5.html
listener 1883
allow_anonymous false
# It is made at the start, of the password in the environment.
password_file /tmp/passwords

# Retained messages and waiting ones outlive a restart.
persistence true
persistence_location /mosquitto/data/

# For each participant that is slow or away; what comes on top of so many is dropped.
max_queued_messages 10000
"""

_START = (
    f'umask 077 && mosquitto_passwd -b -c /tmp/passwords {USER} "$${PASSWORD}"'
    " && exec mosquitto -c /mosquitto/config/mosquitto.conf"
)
_ASK = f'mosquitto_pub -u {USER} -P "$${PASSWORD}" -t health -q 1 -n'

_SERVICES: dict[Broker, dict[str, Any]] = {
    Broker.MQTT: {
        "image": "eclipse-mosquitto:2",
        "user": "1883:1883",
        "restart": "unless-stopped",
        "read_only": True,
        "tmpfs": ("/tmp",),
        "cap_drop": ("ALL",),
        "security_opt": ("no-new-privileges:true",),
        "command": ("sh", "-c", _START),
        "environment": {PASSWORD: PASSWORD_GIVEN},
        "ports": Note(_OPEN, ["127.0.0.1:1883:1883"]),
        "volumes": [
            "./mosquitto.conf:/mosquitto/config/mosquitto.conf:ro",
            "broker:/mosquitto/data",
        ],
        "healthcheck": {"test": ("CMD-SHELL", _ASK), **_EVERY},
    },
    Broker.AMQP: {
        "image": "rabbitmq:4-management",
        "hostname": Note("What it keeps belongs to a host of this name.", "broker"),
        "restart": "unless-stopped",
        "environment": {"RABBITMQ_DEFAULT_USER": USER, "RABBITMQ_DEFAULT_PASS": PASSWORD_GIVEN},
        "ports": Note(
            _OPEN + "\n15672 is its page for people.",
            ["127.0.0.1:5672:5672", "127.0.0.1:15672:15672"],
        ),
        "volumes": ["broker:/var/lib/rabbitmq"],
        "stop_grace_period": "60s",
        "healthcheck": {
            "test": ("CMD", "rabbitmq-diagnostics", "-q", "check_port_connectivity"),
            **_EVERY,
            "timeout": "30s",
        },
    },
}

_PORTS = {Broker.MQTT: 1883, Broker.AMQP: 5672}


def service(broker: Broker) -> dict[str, Any]:
    """It, as a service of Compose."""
    return _SERVICES[broker]


def address(broker: Broker) -> str:
    """Where the others find it, with Compose's words for the password."""
    return f"{broker.value}://{USER}:{PASSWORD_GIVEN}@broker:{_PORTS[broker]}"


def files(broker: Broker) -> dict[str, str]:
    """What it needs beside the Compose file: path to text."""
    return {"mosquitto.conf": MOSQUITTO} if broker is Broker.MQTT else {}
