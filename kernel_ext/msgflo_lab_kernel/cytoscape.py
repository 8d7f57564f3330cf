"""A still picture for notebooks that are built around ipycytoscape (extra `[ipycytoscape]`)."""

from __future__ import annotations

from typing import Any

from msgflo_lab.errors import MsgFloLabError
from msgflo_lab.lab import Lab
from msgflo_lab.network import EdgeState, NetworkView
from msgflo_lab.picture.composer import compose

STYLE = [
    {
        "selector": "node",
        "style": {
            "shape": "round-rectangle",
            "width": "data(w)",
            "height": "data(h)",
            "label": "data(label)",
            "text-valign": "center",
            "font-size": 13,
            "background-color": "#ffffff",
            "border-width": 1,
            "border-color": "#d5d5d5",
        },
    },
    {"selector": 'node[state = "error"]', "style": {"border-color": "#d32f2f", "border-width": 2}},
    {"selector": 'node[state = "stale"]', "style": {"border-style": "dashed", "color": "#6d6d6d"}},
    {"selector": 'node[state = "absent"]', "style": {"border-style": "dashed", "color": "#6d6d6d"}},
    {
        "selector": "edge",
        "style": {
            "curve-style": "bezier",
            "target-arrow-shape": "triangle",
            "line-color": "#8d8e8e",
            "target-arrow-color": "#8d8e8e",
            "width": 1.5,
            "label": "data(label)",
            "font-size": 10,
            "text-background-color": "#f8f9fa",
            "text-background-opacity": 1,
        },
    },
    {"selector": 'edge[state = "pending"]', "style": {"line-style": "dashed"}},
]


def to_ipycytoscape(network: Lab | NetworkView) -> Any:
    """The network as it is now, as an `ipycytoscape.CytoscapeWidget`. It does not follow changes.

    Each edge is labelled with its two ports. Positions are those of the living picture's layout.

    Raises:
        MsgFloLabError: ipycytoscape is not installed.
    """
    try:
        import ipycytoscape
    except ImportError:
        raise MsgFloLabError(
            "ipycytoscape is not installed: `pip install 'msgflo-lab[ipycytoscape]'`"
        ) from None
    view = network.network() if isinstance(network, Lab) else network
    widget = ipycytoscape.CytoscapeWidget()
    widget.graph.add_graph_from_json(_elements(view), directed=True)
    widget.set_style(STYLE)
    widget.set_layout(name="preset")
    return widget


def _elements(view: NetworkView) -> dict[str, list[dict[str, Any]]]:
    nodes = [
        {
            "data": {"id": c.id, "label": c.id, "state": c.state, "w": c.w, "h": c.h},
            "position": {"x": c.x + c.w / 2, "y": c.y + c.h / 2},
        }
        for c in compose(view).cards
    ]
    edges = [
        {
            "data": {
                "id": f"edge-{number}",
                "source": edge.source,
                "target": edge.target,
                "label": f"{edge.outport} → {edge.inport}",
                "state": EdgeState(edge.state).value,
            }
        }
        for number, edge in enumerate(view.edges)
    ]
    return {"nodes": nodes, "edges": edges}
