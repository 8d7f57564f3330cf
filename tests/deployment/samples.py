"""Deployments for the tests: one as people have them, and as strange as they may come."""

from __future__ import annotations

from io import StringIO
from typing import Any

import yaml as yaml_1_1
from hypothesis import strategies as st
from ruamel.yaml import YAML

from msgflo_lab.deployment import ALIVE, READY, Broker, Deployment, Scale, Secret, Service
from msgflo_lab.names import Role
from tests.pure.strategies import STRANGE

GRAPH = "'5' -> IN work(Work) OUT -> IN fan(Fan)\n"
PROGRAM = ("python3", "-P", "-m", "msgflo_lab.program", "--component=Work", "--")


def greenhouse(broker: Broker = Broker.AMQP) -> Deployment:
    """A network, workers, one who is counted and one who cannot be, and a program of Node.js."""
    return Deployment(
        "greenhouse",
        "graphs/main.fbp",
        broker,
        (
            Service(
                "network",
                ("msgflo-lab", "run", "graphs/main.fbp", "--library", "."),
                (Role("filter"),),
                is_network=True,
                ready=READY,
                alive=ALIVE,
            ),
            Service(
                "work",
                (*PROGRAM, "components/work.py", "work"),
                (Role("work"),),
                Scale(2, 8, processing=3, queue="work.IN"),
                environment={"GREETING": "50% of $HOME"},
                ready=READY,
                alive=ALIVE,
            ),
            Service("late", (*PROGRAM, "late.py", "late"), (Role("late"),), Scale(0, 3)),
            Service("Fan 1", ("msgflo-nodejs", "fan.js", "Fan 1"), (Role("Fan 1"),)),
        ),
        secrets=(Secret("WEATHER_TOKEN", "The weather service's, from its page."),),
        needs_node=True,
    )


def for_roles(*roles: str, broker: Broker = Broker.MQTT) -> Deployment:
    """One that has a program for each role, which is given it as its last argument."""
    services = tuple(Service(each, ("play", each), (Role(each),)) for each in roles)
    return Deployment("lab", "main.fbp", broker, services)


ODD = [
    *(each for each in STRANGE if "\0" not in each),
    "$HOME", "${HOME}", "$(HOME)", "$$", "%h", "%%", "\\", "\\n", "a\\", "'", "it's \"so\"", "`id`",
    "; rm", ";", "-x", "--", "=", "a=b", "#x", "!x", "&a", "*a", "{a}", "[a]", "a: b", "a #b", "|",
    ">", "?", "@x", "~", "yes", "NO", "null", "1e3", "0x1f", "0777", "1_000", "12:30:45", "3.5",
    "2001-01-01", "<<", "Work", "work", "WORK", "wörk", "worK", "broker", "network",
    "kustomization", "a-0123456789", "0123456789", "x" * 200, "日本" * 50, "\r\n", "\x85",
    "\u2028", "\ufeff", "\x7f",
]  # fmt: skip
"""Roles that something between us and the program might change."""

roles = st.one_of(
    st.sampled_from(ODD),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12),
    st.text("aA-_.0 $%\\'\"", min_size=1, max_size=6),
)


def read(text: str) -> Any:
    """A document, which readers of YAML 1.1 and of 1.2 agree on."""
    found = YAML(typ="safe", pure=True).load(StringIO(text))
    assert yaml_1_1.safe_load(text) == found
    return found
