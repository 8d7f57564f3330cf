"""The still picture for ipycytoscape."""

from __future__ import annotations

import sys

import pytest

from msgflo_lab.errors import MsgFloLabError
from msgflo_lab.lab import Lab
from msgflo_lab_kernel import to_ipycytoscape


def test_nodes_edges_ports_and_states() -> None:
    with Lab() as lab:
        lab.start()
        lab.add(lambda x: x, "one")
        lab.connect("one.out", "absent.in")
        widget = to_ipycytoscape(lab)
    assert [(n.data["id"], n.data["state"]) for n in widget.graph.nodes] == [
        ("one", "running"),
        ("absent", "absent"),
    ]
    (edge,) = widget.graph.edges
    assert (edge.data["source"], edge.data["target"]) == ("one", "absent")
    assert edge.data["label"] == "out → in"
    assert edge.data["state"] == "pending"
    first, second = (n.position["x"] for n in widget.graph.nodes)
    assert first < second


def test_without_ipycytoscape_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ipycytoscape", None)
    with pytest.raises(MsgFloLabError, match=r"pip install 'msgflo-lab\[ipycytoscape\]'"):
        to_ipycytoscape(Lab().network())
