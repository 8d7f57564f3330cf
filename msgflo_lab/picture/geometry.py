"""How large a card is and where its ports sit: the one specification.

Pure layer. Everything lies on a grid of 8 model pixels, so edges that can be straight are.

    y 0    ┌──────────────────────┐
           │ [icon] role       ×3 │   header, 48 high
           │        component     │
    y 48   ├──────────────────────┤
    y 64   ▷ inport       outport ○   first port row
    y 88   ◆ inport [literal]     │   then one every 24
           └──────────────────────┘   24 below the last

An outport shares the row of an inport that has an initial packet only if name, literal and name fit
side by side. A card without ports is its header.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from ..network import EdgeView, PortView, RoleView
from .text import Face, width

GRID = 8
WIDE, HIGH = 950, 420
"""The window the picture is made for, in pixels: a notebook's cell."""
ROOM_WIDE, ROOM_HIGH = WIDE - 40, HIGH - 40
"""What a front end that leaves a margin on all sides has for a picture that it shows whole."""
HEADER = 48
FIRST_PORT = 64
PORT_PITCH = 24
PADDING = 24
MIN_WIDTH, MAX_WIDTH, WIDTH_STEP = 160, 256, 16
DENSE_MIN_WIDTH, DENSE_MAX_WIDTH = 112, 144
DENSE_ABOVE = 24
"""With more participants than this, a picture laid out anew is dense."""
LITERAL_MAX = 112
"""Widest field of an initial packet."""
SHARED_ROW_MAX = 192
TEXT_X = 44
"""Left edge of role and component."""
PILL_ROOM = 34
"""What the workers' pill takes beside the role."""
TITLE_SIZE, SMALL_SIZE = 13.0, 11.0


class Spacing(msgspec.Struct, frozen=True):
    """Distances between the things of a picture, in model pixels, all multiples of 8.

    Attributes:
        column: Between two columns of a full layout.
        tight: The same where the picture would be too wide otherwise.
        insert: The least on either side of a card that is put between two others.
        row: Between two cards of a column.
        lane: Between a card and an edge that passes it.
        lanes: Between two edges that pass side by side.
        part: Between unconnected parts of the picture.
    """

    column: int = 88
    tight: int = 48
    insert: int = 48
    row: int = 32
    lane: int = 24
    lanes: int = 16
    part: int = 56


ROOMY = Spacing()
DENSE = Spacing(column=48, insert=32, row=16, lane=16, lanes=8, part=32)


class Shape(msgspec.Struct, frozen=True):
    """Size of a card and heights of its ports, relative to its upper left corner."""

    w: int
    h: int
    inports: Mapping[str, int] = {}
    outports: Mapping[str, int] = {}


def zoom(wide: float, high: float) -> float:
    """How large a picture of this size is shown, 1 being its natural size."""
    return min(1.0, ROOM_WIDE / max(1.0, wide), ROOM_HIGH / max(1.0, high))


def snapped(value: float) -> int:
    """The nearest point of the grid; halves go up."""
    return int((value + GRID / 2) // GRID) * GRID


def literal_width(literal: str) -> float:
    """Width of an initial packet's field, in model pixels."""
    return min(LITERAL_MAX, max(32.0, width(literal, SMALL_SIZE, Face.MONO) + 12))


def _name(port: PortView) -> float:
    return width(port.id, SMALL_SIZE)


def _left(port: PortView) -> float:
    """What an inport takes of its row."""
    field = 8 + literal_width(port.literal) if port.literal is not None else 0.0
    return 16 + _name(port) + field


def _rows(inports: Sequence[PortView], outports: Sequence[PortView], room: float) -> list[int]:
    """The row of every outport; inports have row 0, 1, 2, ..."""
    rows: list[int] = []
    row = 0
    for port in outports:
        while row < len(inports) and inports[row].literal is not None:
            if _left(inports[row]) + 20 + _name(port) + 16 <= room:
                break
            row += 1
        rows.append(row)
        row += 1
    return rows


def _width(
    role: RoleView, inports: Sequence[PortView], outports: Sequence[PortView], rows: Sequence[int]
) -> int:
    pill = PILL_ROOM if role.workers > 1 else 0
    least = TEXT_X + width(role.role, TITLE_SIZE, Face.BOLD) + 16 + pill
    least = max(least, TEXT_X + min(140.0, width(role.component, SMALL_SIZE)) + 16)
    right = {row: _name(port) for row, port in zip(rows, outports, strict=True)}
    for row, port in enumerate(inports):
        least = max(least, _left(port) + (20 + right.pop(row) + 16 if row in right else 12))
    least = max(least, max(right.values(), default=0.0) + 32)
    stepped = -int(-least // WIDTH_STEP) * WIDTH_STEP
    return min(MAX_WIDTH, max(MIN_WIDTH, stepped))


def shape(
    role: RoleView,
    *,
    dense_width: int | None = None,
    inports: Sequence[PortView] | None = None,
    outports: Sequence[PortView] | None = None,
) -> Shape:
    """Size and ports of a role's card. No state (error, stale, absent) changes them.

    Args:
        role: What the card shows.
        dense_width: The one width of all cards of a dense picture, None for a roomy one.
        inports: The ports to show if they differ from the role's own (see `ports_of`).
        outports: Likewise.
    """
    inports = role.inports if inports is None else inports
    outports = role.outports if outports is None else outports
    room = SHARED_ROW_MAX if dense_width is None else dense_width
    rows = _rows(inports, outports, room)
    w = dense_width if dense_width is not None else _width(role, inports, outports, rows)
    count = max(len(inports), rows[-1] + 1 if rows else 0)
    if dense_width is not None:
        count = max(count, 2)
    h = FIRST_PORT + PORT_PITCH * (count - 1) + PADDING if count else HEADER
    return Shape(
        w=w,
        h=h,
        inports={port.id: FIRST_PORT + PORT_PITCH * row for row, port in enumerate(inports)},
        outports={
            port.id: FIRST_PORT + PORT_PITCH * row for row, port in zip(rows, outports, strict=True)
        },
    )


def dense_width(roles: Iterable[str]) -> int:
    """The width of all cards of a dense picture: the longest role at the size it has when small."""
    longest = max((width(role, 21.0, Face.BOLD) for role in roles), default=0.0)
    return min(DENSE_MAX_WIDTH, max(DENSE_MIN_WIDTH, -int(-(longest + 24) // GRID) * GRID))


def ports_of(
    roles: Iterable[RoleView], edges: Iterable[EdgeView]
) -> dict[str, tuple[tuple[PortView, ...], tuple[PortView, ...]]]:
    """Inports and outports of every role's card: its own, then those that only an edge mentions.

    A name that is announced twice is shown once.
    """
    own = {
        role.role: (
            {port.id: port for port in reversed(role.inports)},
            {port.id: port for port in reversed(role.outports)},
        )
        for role in roles
    }
    found = {
        role: (dict(reversed(ins.items())), dict(reversed(outs.items())))
        for role, (ins, outs) in own.items()
    }
    for edge in edges:
        if edge.source in found and edge.target in found:
            if edge.outport not in found[edge.source][1]:
                found[edge.source][1][edge.outport] = PortView(edge.outport, known=False)
            if edge.inport not in found[edge.target][0]:
                found[edge.target][0][edge.inport] = PortView(edge.inport, known=False)
    return {
        role: (tuple(ins.values()), tuple(outs.values())) for role, (ins, outs) in found.items()
    }
