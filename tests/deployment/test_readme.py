"""`README.md` of a project: what somebody is told who has never seen it."""

from __future__ import annotations

import pytest

from msgflo_lab.deployment.model import Broker
from msgflo_lab.deployment.project import Program, Project
from msgflo_lab.deployment.readme import readme
from msgflo_lab.graph import Graph
from msgflo_lab.names import Role


@pytest.mark.parametrize(
    ("program", "is_told"),
    [
        (Program("", "Lamp.js", ("msgflo-nodejs", "components/Lamp.js")), True),
        (Program("import msgflo_lab", "lamp.py"), False),
    ],
)
def test_what_programs_of_node_need_is_said(program: Program, is_told: bool) -> None:
    graph, _ = Graph().add_node(Role("lamp"), "Lamp")
    text = readme(Project("house", graph, {}, "", {"Lamp": program}, Broker.MQTT))
    assert ("`npm install`" in text) is is_told
