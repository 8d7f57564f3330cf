"""From a network to a scene, and from one scene to the next.

Pure layer: no clock, no I/O. `compose` is a function; a `Composer` remembers what its front ends
have been sent and says what to send next. The messages are those of `scene`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from ..diagnosis import Marks
from ..graph import Edge
from ..network import EdgeView, NetworkView, RoleView
from .boxes import Box, BoxIndex, overlap
from .cards import Ports, card_of
from .geometry import Shape, ports_of, shape
from .layout import EdgeKey, Layout, full, without_lanes
from .routes import OUT_OF_PORT, Runs, extent, route
from .scene import Card, Scene, SceneEdge
from .settle import dense_anew, is_anew, settled

Message = dict[str, Any]
FARTHEST = 1_000_000
"""A position farther from the origin than this is ignored."""
_REACH = 8
"""A card that has moved this near to a path makes us look at the path again."""


class _Facts(msgspec.Struct):
    """A network, cleaned: each role and each edge once, edges only between roles that are there."""

    roles: dict[str, RoleView]
    edges: dict[EdgeKey, EdgeView]
    ports: dict[str, Ports]
    linked: dict[str, set[str]]


def _facts(view: NetworkView) -> _Facts:
    roles: dict[str, RoleView] = {}
    for role in view.roles:
        roles.setdefault(role.role, role)
    edges: dict[EdgeKey, EdgeView] = {}
    for edge in view.edges:
        if edge.source in roles and edge.target in roles:
            edges.setdefault(edge.key, edge)
    linked: dict[str, set[str]] = {role: set() for role in roles}
    for edge in edges.values():
        linked[edge.source].add("o" + edge.outport)
        linked[edge.target].add("i" + edge.inport)
    return _Facts(roles, edges, ports_of(roles.values(), edges.values()), linked)


def _known(facts: _Facts, layout: Layout) -> _Facts:
    """What a layout that was handed to us was made for, as far as one can tell."""
    edges = {
        key: edge
        for key, edge in facts.edges.items()
        if key[0] in layout.places and key[2] in layout.places
    }
    return _Facts({}, edges, {}, {})


def _shapes_of(facts: _Facts, dense: int) -> dict[str, Shape]:
    """The shapes of all roles' cards."""
    return {
        name: shape(
            role,
            dense_width=dense or None,
            inports=facts.ports[name][0],
            outports=facts.ports[name][1],
        )
        for name, role in facts.roles.items()
    }


def _positions(facts: _Facts) -> dict[str, tuple[float, float]]:
    return {
        name: role.position
        for name, role in facts.roles.items()
        if role.position is not None and _is_sane(*role.position)
    }


def _is_sane(x: float, y: float) -> bool:
    """False for infinity, not-a-number, and places that nobody finds again."""
    return abs(x) <= FARTHEST and abs(y) <= FARTHEST


class _Tracer:
    """Traces the edges of a layout, with regard to the paths that stay."""

    def __init__(self, layout: Layout, shapes: Mapping[str, Shape], fresh: bool) -> None:
        self.layout = layout
        self.fresh = fresh
        self.shapes = shapes
        self.index = BoxIndex()
        for role, place in layout.places.items():
            self.index.put(role, place.box)
        self.runs = Runs()

    def path(self, edge: EdgeView) -> tuple[float, ...]:
        """The path of one edge."""
        source, target = self.layout.places[edge.source], self.layout.places[edge.target]
        start = (
            source.x + source.w + OUT_OF_PORT,
            source.y + self.shapes[edge.source].outports[edge.outport],
        )
        end = (target.x - OUT_OF_PORT, target.y + self.shapes[edge.target].inports[edge.inport])
        lane = self.layout.lanes.get(edge.key)
        ends = (edge.source, edge.target)
        path = route(start, end, ends, self.index, self.runs, lane, trusted=self.fresh)
        self.runs.add(path)
        return path


def compose(view: NetworkView, layout: Layout | None = None) -> Scene:
    """The scene of a network.

    Args:
        view: The network.
        layout: Where things are; roles without a place are added. None: lay everything out anew,
            roles that have a position go there.
    """
    composer = Composer(layout)
    composer.update(view)
    return composer.current


class Composer:
    """Follows one network and says what its front ends need to know.

    Not thread-safe; every method returns at once. Two composers that are given the same calls in
    the same order say the same. It remembers as much as the last view holds, no history.
    """

    def __init__(self, layout: Layout | None = None) -> None:
        self.revision = 0
        self.current = Scene()
        self.layout = layout or Layout()
        self._view: NetworkView | None = None
        self._marks = Marks()
        self._facts = _Facts({}, {}, {}, {})
        self._shapes: dict[str, Shape] = {}
        self._cards: dict[str, Card] = {}
        self._edges: dict[EdgeKey, SceneEdge] = {}
        self._seen: dict[str, tuple[float, float]] = {}
        self._next = 1
        self._fresh = False

    # --- what the outside asks ------------------------------------------------------------------

    def number(self, key: EdgeKey) -> int | None:
        """The number of an edge of the scene, None if it has none."""
        found = self._edges.get(key)
        return found.n if found else None

    def key(self, n: int) -> EdgeKey | None:
        """The edge that has this number, None if it is gone or never was."""
        return next((key for key, edge in self._edges.items() if edge.n == n), None)

    def scene(self) -> Message:
        """The whole scene as a message."""
        return {
            "kind": "scene",
            "revision": self.revision,
            "name": self.current.name,
            "cards": [msgspec.to_builtins(card) for card in self.current.cards],
            "edges": [msgspec.to_builtins(edge) for edge in self.current.edges],
        }

    # --- what the outside tells -----------------------------------------------------------------

    def update(self, view: NetworkView, marks: Marks | None = None) -> Message | None:
        """Takes over a new view of the network.

        Args:
            marks: What is to be said of roles and edges; as before, if it is not given.

        Returns:
            None if the picture stays as it is, else a patch; a whole scene the first time and
            when the network's name has changed.
        """
        is_marked = marks is not None and marks != self._marks
        if not is_marked and (view is self._view or view == self._view):
            return None
        self._marks = marks if marks is not None else self._marks
        first, self._view = self._view is None, view
        facts = _facts(view)
        before = _known(facts, self.layout) if first else self._facts
        self._facts = facts
        positions = _positions(facts)
        pins = {name: xy for name, xy in positions.items() if self._seen.get(name) != xy}
        self._seen = positions
        if pins or first or not _alike(before, facts):
            self._lay(before, pins)
        renamed = view.name != self.current.name
        patch = self._refresh(set(before.roles) - set(facts.roles))
        return self.scene() if first or (renamed and patch is not None) else patch

    def move(self, cards: Mapping[str, tuple[float, float]]) -> Message | None:
        """The user has put these cards here (upper left corners): they are pinned.

        Unknown cards and impossible places are ignored. Nothing else moves.
        """
        places = dict(self.layout.places)
        for role, (x, y) in cards.items():
            if role in places and _is_sane(x, y):
                places[role] = msgspec.structs.replace(places[role], x=x, y=y, pinned=True)
        self.layout = without_lanes(msgspec.structs.replace(self.layout, places=places), cards)
        return self._refresh(set())

    def tidy(self) -> Message | None:
        """Lays everything out anew and unpins all, also what the view has positions for."""
        self._lay(self._facts, {}, tidy=True)
        return self._refresh(set())

    # --- how -------------------------------------------------------------------------------------

    def _lay(
        self, before: _Facts, pins: Mapping[str, tuple[float, float]], *, tidy: bool = False
    ) -> None:
        facts = self._facts
        anew = tidy or is_anew(self.layout, facts.roles)
        dense = dense_anew(facts.roles) if anew else self.layout.dense
        self._shapes = _shapes_of(facts, dense)
        edges = list(facts.edges.values())
        if tidy:
            self.layout = full(self._shapes, edges, dense=dense)
        else:
            self.layout = settled(
                self.layout,
                self._shapes,
                edges,
                edges_before=before.edges,
                pins=pins,
                paths={key: edge.path for key, edge in self._edges.items() if key in facts.edges},
            )

        self._fresh = anew and not any(place.pinned for place in self.layout.places.values())

    def _refresh(self, gone: set[str]) -> Message | None:
        """Makes the new scene and the patch that leads to it."""
        cards: dict[str, Card] = {}
        changed: list[Card] = []
        for name in self._ordered(self._cards, self._facts.roles):
            role, old = self._facts.roles[name], self._cards.get(name)
            card = card_of(
                role,
                self._facts.ports[name],
                self._shapes[name],
                self.layout.places[name],
                self._facts.linked[name],
                self._marks.roles.get(role.role, ""),
            )
            cards[name] = old if old == card else card
            if old != card:
                changed.append(card)
        moved = _moved(self._cards, cards)
        self._cards = cards
        edges, lost = self._trace(moved)
        self._fresh = False
        name = self._view.name if self._view else ""
        if not (changed or gone or edges or lost or name != self.current.name):
            return None
        self.current = Scene(name, tuple(cards.values()), tuple(self._edges.values()))
        base, self.revision = self.revision, self.revision + 1
        return {
            "kind": "patch",
            "base": base,
            "revision": self.revision,
            "cards": msgspec.to_builtins(changed),
            "edges": msgspec.to_builtins(edges),
            "gone_cards": sorted(gone),
            "gone_edges": lost,
        }

    @staticmethod
    def _ordered(old: Mapping[Any, Any], new: Mapping[Any, Any]) -> list[Any]:
        """What stays, in its old order, then what is new."""
        return [key for key in old if key in new] + [key for key in new if key not in old]

    def _trace(self, moved: list[Box]) -> tuple[list[SceneEdge], list[int]]:
        """Traces new edges and those near moved cards; returns the changed and the gone ones."""
        facts = self._facts
        lost = [edge.n for key, edge in self._edges.items() if key not in facts.edges]
        tracer: _Tracer | None = None
        kept: dict[EdgeKey, SceneEdge] = {}
        stale: list[EdgeKey] = []
        order = self._ordered(self._edges, facts.edges)
        for key in order:
            old = self._edges.get(key)
            if old is None or (moved and _near(old.path, moved)):
                stale.append(key)
            else:
                kept[key] = old
        changed: dict[EdgeKey, SceneEdge] = {}
        if stale:
            tracer = _Tracer(self.layout, self._shapes, self._fresh)
            for edge in kept.values():
                tracer.runs.add(edge.path)
        for key in stale:
            assert tracer is not None
            view, old = facts.edges[key], self._edges.get(key)
            path = tracer.path(view)
            if old is None:
                old = SceneEdge(self._next, *key, path=path)
                self._next += 1
                changed[key] = kept[key] = old
            elif path != old.path:
                changed[key] = kept[key] = msgspec.structs.replace(old, path=path)
            else:
                kept[key] = old
        for key, edge in kept.items():
            state, dead = facts.edges[key].state.value, facts.edges[key].dead
            remark = self._marks.edges.get(Edge(*facts.edges[key].key), "")
            if (edge.state, edge.dead, edge.remark) != (state, dead, remark):
                edge = msgspec.structs.replace(edge, state=state, dead=dead, remark=remark)
                changed[key] = kept[key] = edge
        self._edges = {key: kept[key] for key in order}
        return [self._edges[key] for key in order if key in changed], lost


def _alike(one: _Facts, other: _Facts) -> bool:
    """True if both need the same layout: the same roles, ports, names, literals and edges."""
    if one.edges.keys() != other.edges.keys() or one.roles.keys() != other.roles.keys():
        return False
    return all(
        old is new
        or (
            one.ports[name] == other.ports[name]
            and old.component == new.component
            and (old.workers > 1) == (new.workers > 1)
        )
        for (name, old), new in zip(
            one.roles.items(), (other.roles[name] for name in one.roles), strict=True
        )
    )


def _moved(before: Mapping[str, Card], after: Mapping[str, Card]) -> list[Box]:
    """Where cards that appeared, moved, changed size or went away are and were."""
    boxes: list[Box] = []
    for name in {**before, **after}:
        old, new = before.get(name), after.get(name)
        if old is new:
            continue
        if (
            old is not None
            and new is not None
            and (old.x, old.y, old.w, old.h) == (new.x, new.y, new.w, new.h)
            and [p.y for p in old.inports + old.outports]
            == [p.y for p in new.inports + new.outports]
        ):
            continue
        boxes += [(c.x, c.y, c.x + c.w, c.y + c.h) for c in (old, new) if c is not None]
    return boxes


def _near(path: tuple[float, ...], boxes: list[Box]) -> bool:
    x0, y0, x1, y1 = extent(path)
    box = (x0 - _REACH, y0 - _REACH, x1 + _REACH, y1 + _REACH)
    return any(overlap(box, other) for other in boxes)
