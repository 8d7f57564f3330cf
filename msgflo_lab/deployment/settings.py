"""`.env.example`: what somebody has to set, and what it is for. Pure.

One file for Compose (`.env`), for systemd (`EnvironmentFile`) and for Kubernetes
(`--from-env-file`).
"""

from __future__ import annotations

import re

from ..names import shown
from .brokers import PASSWORD
from .model import BROKER_VARIABLE, Broker, Deployment, Secret

FILE = ".env.example"
_LINE = re.compile(r"^(?:# )?(?P<name>[A-Za-z_][A-Za-z0-9_]*)=(?P<value>.*)$", re.MULTILINE)

_HEADER = """\
# What {name} is told by its environment. Copy it to .env, which nobody else gets to see: it is for
# no repository, and no image. One NAME=value a line, without quotes.
"""
_PASSWORD = """\
# With Compose, which starts a broker of its own: the password that it is to have. Choose one, of
# letters and digits; the user is called msgflo.
{variable}=
"""
_ADDRESS = """\
# Everywhere else: the broker's address, {example}
# In a user or password, write `/` as %2F, `?` as %3F, `#` as %23, `@` as %40.
{variable}=
"""
_EXAMPLES = {
    Broker.MQTT: "mqtt://USER:PASSWORD@HOST or mqtts://...",
    Broker.AMQP: "amqp://USER:PASSWORD@HOST/VHOST or amqps://...",
}


def settings(deployment: Deployment) -> dict[str, str]:
    """The file: path to text."""
    example = _EXAMPLES[deployment.broker]
    parts = [
        _HEADER.format(name=deployment.label),
        _PASSWORD.format(variable=PASSWORD),
        _ADDRESS.format(example=example, variable=BROKER_VARIABLE),
    ]
    for each in deployment.secrets:
        parts.append(_setting(each))
    return {FILE: "\n".join(parts)}


def examples_in(text: str) -> dict[str, str]:
    """The way back: what variables may be set to, by name; of those that may be left out, too."""
    return {found["name"]: found["value"] for found in _LINE.finditer(text) if found["value"]}


def _setting(secret: Secret) -> str:
    """One that may be left out is a comment: set to nothing, it would be set."""
    meaning, line = shown(secret.meaning, 200), f"{secret.variable}={secret.example}"
    if secret.is_optional:
        return f"# May be left out. {meaning}".rstrip() + f"\n# {line}\n"
    return f"# {meaning}\n{line}\n"
