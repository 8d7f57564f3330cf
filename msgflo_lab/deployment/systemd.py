"""systemd: a unit for each program, and a target that wants them all. Pure.

    systemd/NAME.target             all of them
    systemd/NAME-LABEL.service      one program
    systemd/NAME-LABEL@.service     one of which there are several: NAME-LABEL@1, @2, ...

For one machine, such as a Raspberry Pi. Follows systemd.service(5), systemd.exec(5) and, for the
quotes, systemd.syntax(7); Debian 11 and its Raspberry Pi OS are new enough.
"""

from __future__ import annotations

import re

from .model import BROKER_VARIABLE, GRACE, Deployment, Service
from .yaml import comment

FOLDER = "systemd"

_TARGET = """\
# {name} on one machine, on a broker that is there already:
#
#   sudo install -d /opt/{name}
#   sudo cp -r * /opt/{name}      # not .env, and not .venv, which works nowhere else
#   sudo python3 -m venv /opt/{name}/.venv
#   sudo /opt/{name}/.venv/bin/pip install -r /opt/{name}/requirements.txt{node}
#   sudo install -m 600 .env.example /etc/{name}.env    # and fill it in
#   sudo cp systemd/* /etc/systemd/system/
#   sudo systemctl daemon-reload
#   sudo systemctl enable --now {name}.target
#
#   systemctl list-dependencies {name}.target           # who runs
#   journalctl --follow --unit '{name}-*'               # what they print
#
# Written by msgflo-lab. Changes of your own: `sudo systemctl edit UNIT`.

[Unit]
Description={name}, a network of MsgFlo
{wants}

[Install]
WantedBy=multi-user.target
"""

_NODE = """
#   sudo npm install --omit=dev --prefix /opt/{name}"""

_SERVICE = """\
{comment}
[Unit]
Description={name}: {purpose}.
Wants=network-online.target
After=network-online.target
PartOf={name}.target
# The broker may come later, and go for long: it tries on for ever.
StartLimitIntervalSec=0

[Service]
WorkingDirectory=/opt/{name}
# {broker} and whatever else is a secret; .env.example lists it.
EnvironmentFile=/etc/{name}.env
{others}Environment=PATH=/opt/{name}/.venv/bin:/opt/{name}/node_modules/.bin:/usr/local/bin:/usr/bin:/bin
Environment=PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
{environment}ExecStart=/usr/bin/env {command}
Restart=on-failure
RestartSec=5
# It finishes the message in hand, and is not killed meanwhile.
TimeoutStopSec={grace}
MemoryMax={memory}M

# A user of its own, who may read, and write to /tmp only. StateDirectory={name} gives it
# /var/lib/{name} for what it has to keep.
DynamicUser=yes
PrivateTmp=yes
ProtectSystem=strict
ProtectHome=yes
# With hardware at this machine (GPIO, a serial port): PrivateDevices=no, and its group, such as
# SupplementaryGroups=gpio or dialout.
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
NoNewPrivileges=yes
CapabilityBoundingSet=
SystemCallArchitectures=native
SystemCallFilter=@system-service
UMask=0077
"""

_UNPLAIN = re.compile(r'["\\\x00-\x1f\x7f-\x9f\u2028\u2029]')


def systemd(deployment: Deployment) -> dict[str, str]:
    """The files: path to text."""
    name = deployment.label
    units = [unit for each in deployment.services for unit in _units(deployment, each)]
    wants = "\n".join(f"Wants={each}" for each in units)
    node = _NODE.format(name=name) if deployment.needs_node else ""
    found = {f"{FOLDER}/{name}.target": _TARGET.format(name=name, wants=wants, node=node)}
    for each in deployment.services:
        found[f"{FOLDER}/{_unit(deployment, each)}"] = _service(deployment, each)
    return found


def quoted(text: str, *, is_command: bool = True) -> str:
    """A text as one word of a unit, of which systemd replaces nothing.

    Args:
        is_command: It stands in ExecStart, where a `$` means a variable.
    """
    text = _UNPLAIN.sub(_escaped, text).replace("%", "%%")
    return f'"{text.replace("$", "$$") if is_command else text}"'


def _escaped(found: re.Match[str]) -> str:
    mark = found[0]
    if mark in '"\\':
        return f"\\{mark}"
    return f"\\u{ord(mark):04x}"


def _unit(deployment: Deployment, service: Service) -> str:
    return f"{deployment.called(service)}{'@' if service.instances > 1 else ''}.service"


def _units(deployment: Deployment, service: Service) -> list[str]:
    """What is started of it."""
    name = deployment.called(service)
    if service.instances == 1:
        return [f"{name}.service"]
    return [f"{name}@{number}.service" for number in range(1, service.instances + 1)]


def _service(deployment: Deployment, service: Service) -> str:
    own = [
        f"Environment={quoted(f'{name}={value}', is_command=False)}\n"
        for name, value in service.environment.items()
    ]
    return _SERVICE.format(
        comment=comment(f"{service.purpose}\n{deployment.about_instances(service)}"),
        name=deployment.label,
        purpose=service.purpose.replace("%", "%%"),
        broker=BROKER_VARIABLE,
        others=_others(deployment, service),
        environment="".join(own),
        command=" ".join(map(_word, service.command)),
        grace=GRACE,
        memory=service.resources.memory,
    )


def _others(deployment: Deployment, service: Service) -> str:
    """The file is one for all: what this one does not read is taken away again."""
    own = deployment.secrets_of(service)
    names = [each.variable for each in deployment.secrets if each not in own]
    return f"UnsetEnvironment={' '.join(names)}\n" if names else ""


def _word(text: str) -> str:
    return text if re.fullmatch(r"[A-Za-z0-9_./:@=,+-]+", text) else quoted(text)
