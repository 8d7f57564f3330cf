"""A card as a list of shapes to draw, from back to front.

Pure layer. Coordinates are relative to the card's upper left corner. A shape's `style` is a name of
`palette.STYLES`. The geometry (where ports and header are) comes with the card.
"""

from __future__ import annotations

from enum import Enum

import msgspec

from .geometry import HEADER, LITERAL_MAX, PILL_ROOM, SMALL_SIZE, TEXT_X, TITLE_SIZE, literal_width
from .scene import Card, ScenePort
from .text import Face, fitted, width

RADIUS = 8
TILE_AT, TILE = 12, 24
GLYPH = 13
NAME_INSET = 14
"""Port names begin this far inside the card."""
LARGE_TITLE_MAX = 26.0
PLAIN_TITLE = 20.0
"""Size of the role on a plain card."""


class Detail(Enum):
    """How much of a card is drawn."""

    FULL = "full"
    COMPACT = "compact"
    """Icon, role in large letters, connected ports, state."""
    PLAIN = "plain"
    """Outline, role, state."""


class Rect(msgspec.Struct, frozen=True):
    """A rectangle with rounded corners."""

    x: float
    y: float
    w: float
    h: float
    r: float
    style: str


class Line(msgspec.Struct, frozen=True):
    """A chain of straight lines: x, y, x, y, ..."""

    points: tuple[float, ...]
    style: str


class Circle(msgspec.Struct, frozen=True):
    """A disc or ring."""

    x: float
    y: float
    r: float
    style: str


class Polygon(msgspec.Struct, frozen=True):
    """A closed shape: x, y, x, y, ..."""

    points: tuple[float, ...]
    style: str


class Glyph(msgspec.Struct, frozen=True):
    """An icon, fitted into a square of `size`."""

    name: str
    x: float
    y: float
    size: float
    style: str


class Text(msgspec.Struct, frozen=True):
    """One line of text, x and y being its anchor on the base line. `size` 0: as the style says."""

    x: float
    y: float
    text: str
    style: str
    size: float = 0


Shape = Rect | Line | Circle | Polygon | Glyph | Text


def _tone(card: Card) -> str:
    """Suffix of the styles that depend on the state."""
    return {"error": "-error", "stale": "-grey", "absent": "-grey"}.get(card.state, "")


def _outline(card: Card) -> list[Shape]:
    w, h = card.w, card.h
    found: list[Shape] = []
    if card.workers > 1:
        found.append(Rect(10, 6, w - 20, h + 2, RADIUS, "card"))
        found.append(Rect(5, 3, w - 10, h + 1, RADIUS, "card"))
    style = f"card-{card.state}" if card.state in ("error", "stale", "absent") else "card"
    found.append(Rect(0, 0, w, h, RADIUS, style))
    return found


def _tile(card: Card, x: float, y: float, size: float) -> list[Shape]:
    tone = _tone(card)
    glyph = size * GLYPH / TILE
    inset = (size - glyph) / 2
    return [
        Rect(x, y, size, size, size / 4, "tile" + tone),
        Glyph(card.icon, x + inset, y + inset, glyph, "icon" + tone),
    ]


def _header(card: Card) -> list[Shape]:
    tone = _tone(card)
    found = _tile(card, TILE_AT, TILE_AT, TILE)
    right = card.w - 12
    if card.workers > 1:
        label = f"×{card.workers}"
        across = min(PILL_ROOM + 12.0, round(width(label, SMALL_SIZE, Face.BOLD) + 12))
        found.append(Rect(right - across, 15, across, 18, 9, "tile"))
        found.append(Text(right - across / 2, 28, label, "count"))
        right -= across + 6
    room = right - TEXT_X
    grey = "-grey" if tone == "-grey" else ""
    title = fitted(card.id, TITLE_SIZE, room, Face.BOLD)
    found.append(Text(TEXT_X, 22 if card.subtitle else 29, title, "role" + grey))
    if card.subtitle:
        found.append(Text(TEXT_X, 37, fitted(card.subtitle, SMALL_SIZE, room), "sub" + tone))
    if card.h > HEADER:
        found.append(Line((1, HEADER + 0.5, card.w - 1, HEADER + 0.5), "rule"))
    return found


def _names(card: Card) -> list[Shape]:
    """Port names and initial packets; where a row is too narrow for both names, both are cut."""
    style = "port-grey" if _tone(card) == "-grey" else "port"
    found: list[Shape] = []
    right = {port.y: port for port in card.outports}
    for port in card.inports:
        other = right.pop(port.y, None)
        room = card.w - 2 * NAME_INSET
        if other is not None:
            cut = _share(port.id, other.id, room - 8) if port.literal is None else room
            name = fitted(other.id, SMALL_SIZE, room - 8 - cut if cut < room else room)
            found.append(Text(card.w - NAME_INSET, port.y + 4, name, style + " end"))
            room = cut
        found += _left(card, port, room, style)
    for port in right.values():
        name = fitted(port.id, SMALL_SIZE, card.w - 2 * NAME_INSET)
        found.append(Text(card.w - NAME_INSET, port.y + 4, name, style + " end"))
    return found


def _share(left: str, right: str, room: float) -> float:
    """How much of a row the left one of two names gets."""
    a, b = width(left, SMALL_SIZE), width(right, SMALL_SIZE)
    if a + b <= room:
        return a
    return max(min(a, room / 2), room - b)


def _left(card: Card, port: ScenePort, room: float, style: str) -> list[Shape]:
    if port.literal is None:
        return [Text(NAME_INSET, port.y + 4, fitted(port.id, SMALL_SIZE, room), style)]
    field = min(literal_width(port.literal), LITERAL_MAX, room * 0.7)
    name = fitted(port.id, SMALL_SIZE, room - field - 8)
    x = round(NAME_INSET + width(name, SMALL_SIZE) + 6)
    field = round(min(field, card.w - 12 - x))
    if field < 20:
        return [Text(NAME_INSET, port.y + 4, name, style)]
    inside = fitted(" ".join(port.literal.split()), SMALL_SIZE, field - 11, Face.MONO)
    return [
        Text(NAME_INSET, port.y + 4, name, style),
        Rect(x, port.y - 9, field, 18, 4, "field"),
        Text(x + 6, port.y + 4, inside, "literal"),
    ]


def _ports(card: Card, scale: float, linked_only: bool) -> list[Shape]:
    tone = "-grey" if _tone(card) == "-grey" else ""
    found: list[Shape] = []
    r = 4.5 * scale
    for port in card.inports:
        if linked_only and not port.linked:
            continue
        y = port.y
        if port.literal is not None:
            found.append(Polygon((0, y - r, r, y, 0, y + r, -r, y), "on" + tone))
        else:
            style = ("on" if port.linked else "off") + tone
            found.append(Polygon((1 - r, y - r, 1 + r, y, 1 - r, y + r), style))
    for port in card.outports:
        if port.linked or not linked_only:
            style = ("on" if port.linked else "off") + tone
            found.append(Circle(card.w, port.y, 4 * scale, style))
    return found


def sign(x: float, y: float, scale: float) -> list[Shape]:
    """The sign of a remark: a triangle, which nothing else is."""
    points = (x, y - 6 * scale, x + 7 * scale, y + 6 * scale, x - 7 * scale, y + 6 * scale)
    return [
        Polygon(points, "remark-rim"),
        Polygon(points, "remark"),
        Text(x, y + 5.5 * scale, "!", "remark-text", 0 if scale == 1 else round(11 * scale, 1)),
    ]


def _badges(card: Card, scale: float) -> list[Shape]:
    """What overlaps the upper edge: at the right corner the state, or else the remark."""
    found = _badge(card, scale)
    if not card.remark:
        return found
    return [*found, *sign(card.w - 6 - (24 * scale if found else 0), 2, scale)]


def _badge(card: Card, scale: float) -> list[Shape]:
    """What a state has besides its look: the errors' count, or a clock."""
    x, y = card.w - 6, 2
    if card.state == "error":
        label = "9+" if card.errors > 9 else str(card.errors) if card.errors > 1 else "!"
        return [
            Circle(x, y, 9 * scale, "badge"),
            Text(x, y + 4 * scale, label, "badge-text", 0 if scale == 1 else 11 * scale),
        ]
    if card.state == "stale":
        return [
            Circle(x, y, 10 * scale, "halo"),
            Circle(x, y, 8 * scale, "clock"),
            Line((x, y - 4.5 * scale, x, y, x + 3.5 * scale, y + 2 * scale), "hands"),
        ]
    return []


def _compact(card: Card, zoom: float) -> list[Shape]:
    tone = "-grey" if _tone(card) == "-grey" else ""
    size = min(LARGE_TITLE_MAX, max(TITLE_SIZE, 10.5 / zoom))
    room = card.w - 24
    across = width(card.id, size, Face.BOLD)
    if across > room:
        size = max(size * 0.82, size * room / across)
    tile = min(card.h * 0.36, size * 1.45)
    top = max(4.0, (card.h - tile - size * 1.2) / 2)
    found = _outline(card)
    if card.h > HEADER:
        found += _tile(card, 12, round(top), round(tile))
        if card.workers > 1:
            y = top + tile / 2 + size * 0.3
            label = Text(12 + tile + size, y, f"×{card.workers}", "count", round(size * 0.8, 1))
            found.append(label)
    base = top + tile + size * 1.12 if card.h > HEADER else card.h / 2 + size * 0.35
    title = fitted(card.id, size, room + 2, Face.BOLD)
    found.append(Text(12, round(base, 1), title, "role" + tone, round(size, 1)))
    return found


def display(card: Card, detail: Detail = Detail.FULL, zoom: float = 1.0) -> list[Shape]:
    """The shapes of a card, from back to front.

    Args:
        card: What to draw.
        detail: How much of it.
        zoom: Screen pixels per model pixel; less makes the writing of a compact card larger.
    """
    if detail is Detail.FULL:
        found = [*_outline(card), *_header(card), *_names(card), *_ports(card, 1, False)]
        return found + _badges(card, 1)
    if detail is Detail.COMPACT:
        scale = min(1.5, 0.8 / zoom)
        larger = min(2.0, max(1.0, 0.85 / zoom))
        return [*_compact(card, zoom), *_ports(card, scale, True), *_badges(card, larger)]
    grey = "-grey" if _tone(card) == "-grey" else ""
    title = fitted(card.id, PLAIN_TITLE, card.w - 16, Face.BOLD)
    style = f"card-{card.state}" if card.state in ("error", "stale", "absent") else "card"
    body: list[Shape] = [
        Rect(0, 0, card.w, card.h, RADIUS, style),
        Text(8, card.h / 2 + 7, title, "role" + grey, PLAIN_TITLE),
    ]
    return body + (_badges(card, 2) if card.state == "error" or card.remark else [])
