"""`.env.example`: what somebody has to set, and what it is for; and `.gitignore`. Pure.

One file for Compose (`.env`), for systemd (`EnvironmentFile`) and for foreman, which all read
single quotes as a shell does: what is between them is meant to the letter. Without them, Compose
puts variables in place of `$`, and each has its own way with spaces, `#` and backslashes. Only
`kubectl create secret --from-env-file` knows no quotes: see `UNQUOTED`.
"""

from __future__ import annotations

import re

from ..names import shown
from .brokers import PASSWORD
from .model import BROKER_VARIABLE, Broker, Deployment, Secret

FILE = ".env.example"
UNQUOTED = r"""sed -E "s/^([A-Za-z0-9_]+)='(.*)'$/\1=\2/" .env"""
"""The command that prints somebody's file without its quotes."""

_LINE = re.compile(r"^(?:# )?(?P<name>[A-Za-z_][A-Za-z0-9_]*)=(?P<value>.*)$", re.MULTILINE)
_PLAIN = re.compile(r"[A-Za-z0-9_./:?@%+,=-]*")
"""What means the same to all without quotes."""
_QUOTABLE = re.compile(r"[^'\x00-\x1f]*(?<!\\)")
"""What means the same to all within quotes; to Compose, a quote behind a backslash is no end."""

_HEADER = """\
# What {name} is told by its environment. Copy it to .env, which nobody else gets to
# see: it is for no repository, and no image. One NAME=value a line. A value with more in it than
# letters, digits and . _ / : ? @ % + , = - is put into single quotes, and is meant to the letter
# then: KEY='pa$wd #1'. There can be no ' in it, and no \\ at its end.
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
_IGNORED = """\
# What is for no repository: above all, no secrets.
.env
.env.*
!.env.example
.venv/
node_modules/
__pycache__/
.ipynb_checkpoints/
"""


def settings(deployment: Deployment) -> dict[str, str]:
    """The files: path to text."""
    example = _EXAMPLES[deployment.broker]
    parts = [
        _HEADER.format(name=deployment.label),
        _PASSWORD.format(variable=PASSWORD),
        _ADDRESS.format(example=example, variable=BROKER_VARIABLE),
    ]
    for each in deployment.secrets:
        parts.append(_setting(each))
    return {FILE: "\n".join(parts), ".gitignore": _IGNORED}


def examples_in(text: str) -> dict[str, str]:
    """The way back: what variables may be set to, by name; of those that may be left out, too."""
    found = ((each["name"], _unquoted(each["value"])) for each in _LINE.finditer(text))
    return {name: value for name, value in found if value}


def _setting(secret: Secret) -> str:
    """One that may be left out is a comment: set to nothing, it would be set."""
    meaning, line = shown(secret.meaning, 200), f"{secret.variable}={_quoted(secret.example)}"
    if secret.is_optional:
        return f"# May be left out. {meaning}".rstrip() + f"\n# {line}\n"
    return f"# {meaning}".rstrip() + f"\n{line}\n"


def _quoted(value: str) -> str:
    """A value as all of them read it; nothing if there is no such text."""
    if _PLAIN.fullmatch(value):
        return value
    return f"'{value}'" if _QUOTABLE.fullmatch(value) else ""


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == "'" else text
