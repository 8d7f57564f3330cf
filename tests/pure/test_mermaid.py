"""A graph as Mermaid: every node and edge once, and no name breaks out of its quotation marks."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import given

from msgflo_lab.errors import MsgFloLabError
from msgflo_lab.graph import graph_of
from msgflo_lab.graph.mermaid import mermaid_of

from .fbp_texts import graphs

NODE = re.compile(r'  n\d+(?:\["[^"\n]*"\]|\{\{"[^"\n]*"\}\})')
EDGE = re.compile(r'  n\d+ (?:-->|-\.->)\|"[^"\n]*"\| n\d+')
PACKET = re.compile(r'  i\d+\(\["[^"\n]*"\]\) -->\|"[^"\n]*"\| n\d+')


@given(graphs)
def test_each_line_is_one_thing(data: dict[str, Any]) -> None:
    try:
        graph = graph_of(data)
    except MsgFloLabError:
        return
    head, *lines = mermaid_of(graph).splitlines()
    assert head == "flowchart LR"
    kinds = [next(kind for kind in (NODE, EDGE, PACKET) if kind.fullmatch(line)) for line in lines]
    assert kinds.count(NODE) >= len(graph.nodes)
    assert kinds.count(EDGE) == len(graph.edges)
    assert kinds.count(PACKET) == len(graph.initials)
