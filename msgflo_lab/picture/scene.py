"""The scene: the network with sizes, places and paths, ready to be drawn.

Pure layer. Everything that must be the same wherever the picture is drawn is computed once, in
Python: sizes, port offsets, places, edge paths. The front end and the static SVG both only draw a
scene, so they cannot drift apart.

All lengths are *model pixels*, x to the right, y downwards. A card's `x`, `y` is its upper left
corner. A port's `y` is relative to its card; inports sit at x = 0, outports at x = card.w.

An edge's path is a chain of quadratic curves in model pixels: `[x0, y0, cx1, cy1, ..., x1, y1]`,
first and last pair are the ends, everything between is a control point. Between two successive
control points lies an (unstored) joint at their midpoint, which is what cytoscape calls an
*unbundled bezier*. No control point lies within 2 px of an end (cytoscape would drop the edge).
A path of two points is a straight line. A path begins and ends 3 px outside of its cards.

A card's header is 48 high; a card without ports is only its header. Ports sit at y = 64, 88, ...

Messages from the kernel to the front end (custom messages of the widget, JSON):

`{"kind": "scene", "revision": r, "name": str, "cards": [Card], "edges": [Edge]}`
    Everything. Answers `hello`; replaces what the view had.
`{"kind": "patch", "base": r, "revision": r2, "cards": [Card], "edges": [Edge],
  "gone_cards": [id], "gone_edges": [n]}`
    Added and changed cards and edges, whole. A front end whose revision is not `base` says `hello`.
    Order of the cards and edges of a view is order of first appearance.
`{"kind": "traffic", "edges": [n, count, rate, n, count, rate, ...]}`
    Flat. Edges whose traffic changed since the last message; at most 30 such messages a second.
    `count` is the total since the edge was bound, `rate` messages a second. What the front end
    pulses is the growth of `count`. An unknown n is ignored.
`{"kind": "said", "text": str, "error": bool}`
    A short line for the person in front of *this* picture, e.g. why an edit was refused.

Messages from the front end to the kernel:

`{"kind": "hello"}`                                   send me the scene and all traffic
`{"kind": "move", "cards": {id: [x, y], ...}}`        the user has dragged these; they are pinned
`{"kind": "connect", "source": id, "outport": str, "target": id, "inport": str}`
`{"kind": "disconnect", "edge": n}`
`{"kind": "tidy"}`                                    lay everything out anew, unpin all
"""

from __future__ import annotations

import msgspec


class ScenePort(msgspec.Struct, frozen=True, omit_defaults=True):
    """A port on a card.

    Attributes:
        id: Its name, any text.
        y: Height of its centre, relative to the card's upper edge.
        linked: True if an edge ends here.
        literal: Text of the initial packet, to be shown in a field beside the name, or None.
    """

    id: str
    y: float
    linked: bool = False
    literal: str | None = None


class Card(msgspec.Struct, frozen=True, omit_defaults=True):
    """One role, as a card.

    Attributes:
        id: The role; any text, shown as the title.
        subtitle: Second line: the component, the error, `silent for 42 s`, `not here yet`.
        icon: A Font Awesome 4 name without `fa-`, or "".
        state: `running`, `stale`, `absent` or `error`.
        workers: Live participants of the role; above 1 the card is drawn as a stack.
        errors: Shown in the badge when state is `error`.
        local: Written in this notebook.
        pinned: The user has placed it.
        remark: What is probably not meant so, in lines; "" where nothing is.
    """

    id: str
    x: float
    y: float
    w: float
    h: float
    subtitle: str = ""
    icon: str = ""
    state: str = "running"
    workers: int = 1
    errors: int = 0
    local: bool = False
    pinned: bool = False
    remark: str = ""
    inports: tuple[ScenePort, ...] = ()
    outports: tuple[ScenePort, ...] = ()


class SceneEdge(msgspec.Struct, frozen=True, omit_defaults=True):
    """One edge.

    Attributes:
        n: A small number that identifies the edge in this picture for ever; never reused.
        state: `bound`, `pending`, `shared` or `stopped`.
        dead: It leads dead letters on: dots instead of a line, and told by count, not by rate.
        path: See the module's docstring.
        remark: As for cards.
    """

    n: int
    source: str
    outport: str
    target: str
    inport: str
    path: tuple[float, ...]
    state: str = "bound"
    dead: bool = False
    remark: str = ""


class Scene(msgspec.Struct, frozen=True):
    """A whole picture."""

    name: str = ""
    cards: tuple[Card, ...] = ()
    edges: tuple[SceneEdge, ...] = ()
