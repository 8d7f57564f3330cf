"""Where nodes and exported ports stand in a picture, kept where a new graph does not say it.

Pure layer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import msgspec

from .model import Graph

_PLACE = ("x", "y")


def with_places_of(graph: Graph, before: Graph) -> Graph:
    """The graph with the places that an earlier one has for what both have.

    A place that it gives itself, or a half of one, is its own.
    """
    nodes = dict(graph.nodes)
    for role, node in graph.nodes.items():
        known = before.nodes.get(role)
        if known is not None and (place := _missing(node.metadata, known.metadata)):
            nodes[role] = msgspec.structs.replace(node, metadata={**node.metadata, **place})
    exports = dict(graph.exports)
    for at, export in graph.exports.items():
        exported = before.exports.get(at)
        if exported is not None and (place := _missing(export.metadata, exported.metadata)):
            exports[at] = msgspec.structs.replace(export, metadata={**export.metadata, **place})
    return replace(graph, nodes=MappingProxyType(nodes), exports=MappingProxyType(exports))


def _missing(says: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    if any(key in says for key in _PLACE):
        return {}
    return {key: said[key] for key in _PLACE if key in said}
