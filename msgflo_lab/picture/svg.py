"""A scene as a static picture: one self-contained SVG, without scripts or references to outside.

Pure layer. For exports, for front ends that cannot run ours, and for tests. Light or dark as the
reader prefers. Every text is escaped, and what XML cannot hold is replaced.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from itertools import pairwise

from ..network import EdgeTraffic, RoleState
from ..report import count_of, rate_of, summary
from .boxes import Box, BoxIndex, overlap
from .display import (
    PLAIN_TITLE,
    Circle,
    Detail,
    Glyph,
    Line,
    Polygon,
    Rect,
    Shape,
    Text,
    display,
    sign,
)  # fmt: skip
from .geometry import WIDE
from .icons import about, icon, icon_name
from .palette import css
from .routes import quads, sampled
from .scene import Card, Scene, SceneEdge
from .text import Face, fitted, width

MARGIN = 24
CAPTION = 40
"""Height of the line with name and totals."""
WAITING = ("pending", "stopped")
"""States of edges on which nothing passes for the moment."""
MOST_PILLS = 40
"""With more edges than this no rates are written."""
MOST_COMPACT = 300
"""With more cards than this each is only an outline and its role."""
FULL_ZOOM = 0.6
"""A picture that shrinks more than this to fit the window is drawn with large roles instead."""
PILL_HEIGHT = 18
SIGN_ROOM = 14
SMALL_SIGN = 0.72
"""How large the sign of a remark is in a pill."""
_NOT_XML = re.compile("[^\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def clean(text: str) -> str:
    """The text on one line, with U+FFFD for every character that XML 1.0 cannot hold."""
    return _NOT_XML.sub("\ufffd", re.sub(r"[\t\n\r]+", " ", text))


def _escaped(text: str) -> str:
    return escape(clean(text), quote=True)


def _n(value: float) -> str:
    """A number, short."""
    rounded = round(value, 1)
    return str(int(rounded)) if rounded == int(rounded) else str(rounded)


def _ns(values: Iterable[float]) -> str:
    return " ".join(_n(value) for value in values)


class _Pen:
    """Writes shapes and remembers which styles and icons they need."""

    def __init__(self, scope: str) -> None:
        self.scope = scope
        self.styles: set[str] = set()
        self.icons: set[str] = set()

    def use(self, style: str) -> str:
        self.styles.update(style.split())
        return f'class="{style}"'

    def shape(self, shape: Shape) -> str:
        """One shape as an element."""
        style = self.use(shape.style) if not isinstance(shape, Glyph) else ""
        match shape:
            case Rect(x, y, w, h, r, _):
                at = f'x="{_n(x)}" y="{_n(y)}" ' if x or y else ""
                return f'<rect {at}width="{_n(w)}" height="{_n(h)}" rx="{_n(r)}" {style}/>'
            case Circle(x, y, r, _):
                return f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(r)}" {style}/>'
            case Polygon(points, _):
                return f'<polygon points="{_ns(points)}" {style}/>'
            case Line(points, _):
                return f'<polyline points="{_ns(points)}" {style} fill="none"/>'
            case Text(x, y, text, _, size):
                larger = f' style="font-size:{_n(size)}px"' if size else ""
                return f'<text x="{_n(x)}" y="{_n(y)}" {style}{larger}>{_escaped(text)}</text>'
            case Glyph(name, x, y, size, look):
                return self._glyph(name, x, y, size, look)

    def _glyph(self, name: str, x: float, y: float, size: float, look: str) -> str:
        known = icon_name(name)
        if known is None:
            return ""
        self.icons.add(known)
        box = f'x="{_n(x)}" y="{_n(y)}" width="{_n(size)}" height="{_n(size)}"'
        return f'<use href="#{self.scope}-{known}" {box} {self.use(look)}/>'

    def head(self) -> str:
        """Style sheet and icons, to be called last."""
        symbols = []
        for name in sorted(self.icons):
            found = icon(name)
            if found is not None:
                box = f"0 0 {_n(found.w)} {_n(found.h)}"
                symbols.append(
                    f'<symbol id="{self.scope}-{name}" viewBox="{box}">'
                    f'<path d="{_escaped(found.d)}"/></symbol>'
                )
        sheet = f"<style>{css(self.scope, frozenset(self.styles))}</style>"
        if not symbols:
            return sheet
        return f"{sheet}<metadata>{_escaped(about())}</metadata><defs>{''.join(symbols)}</defs>"


def path_data(path: Sequence[float]) -> str:
    """A path in SVG's notation: M and Q, or M and L if it is one straight line."""
    start = f"M{_n(path[0])} {_n(path[1])}"
    if len({path[i] for i in range(1, len(path), 2)}) == 1:
        return f"{start}H{_n(path[-2])}"
    curves = quads(tuple(path))
    if not curves:
        return f"{start}L{_n(path[-2])} {_n(path[-1])}"
    return start + "".join(f"Q{_ns((*control, *end))}" for _, control, end in curves)


def short_path_data(path: Sequence[float]) -> str:
    """The same in fewer characters: every joint being a midpoint, T repeats what Q has begun."""
    curves = quads(tuple(path))
    if len({path[i] for i in range(1, len(path), 2)}) == 1 or not curves:
        return path_data(path)
    (_, control, joint), *others = curves
    points = [*path[:2], *control, *joint, *(value for _, _, end in others for value in end)]
    texts = [f"{value:.3f}".rstrip("0").rstrip(".") for value in points]
    start, first, rest = " ".join(texts[:2]), " ".join(texts[2:6]), " ".join(texts[6:])
    return f"M{start}Q{first}" + (f"T{rest}" if rest else "")


def rate_text(rate: float) -> str:
    """Messages a second, as a pill shows them."""
    return rate_of(rate) if rate > 0 else "idle"


def _tooltip(card: Card) -> str:
    words = [card.id, card.subtitle, card.state if card.state != "running" else ""]
    if card.workers > 1:
        words.append(f"{card.workers} workers")
    if card.errors:
        words.append(f"{card.errors} errors")
    words += card.remark.splitlines()
    return " · ".join(word for word in words if word)


def _card(pen: _Pen, card: Card, detail: Detail, zoom: float) -> str:
    body = "".join(pen.shape(shape) for shape in display(card, detail, zoom))
    title = f"<title>{_escaped(_tooltip(card))}</title>"
    return f'<g transform="translate({_n(card.x)} {_n(card.y)})">{title}{body}</g>'


def _plain_cards(pen: _Pen, cards: Sequence[Card]) -> str:
    """All cards as outlines and roles; those that run share one outline."""
    calm = [card for card in cards if card.state == "running" and not card.remark]
    outline = "".join(f"M{_n(c.x)} {_n(c.y)}h{_n(c.w)}v{_n(c.h)}h{_n(-c.w)}z" for c in calm)
    found = [f'<path {pen.use("card")} d="{outline}"/><g {pen.use("role big")}>']
    for card in calm:
        title = _escaped(fitted(card.id, PLAIN_TITLE, card.w - 16, Face.BOLD))
        at = f'x="{_n(card.x + 8)}" y="{_n(card.y + card.h / 2 + 7)}"'
        found.append(f"<text {at}>{title}</text>")
    found.append("</g>")
    loud = (card for card in cards if card.state != "running" or card.remark)
    found += [_card(pen, card, Detail.PLAIN, 1) for card in loud]
    return "".join(found)


def _edges(
    pen: _Pen, scene: Scene, traffic: Mapping[int, EdgeTraffic], zoom: float, plain: bool
) -> str:
    if plain:
        paths: dict[str, list[str]] = {"edge": [], "edge-pending": [], "edge-dead": []}
        for edge in scene.edges:
            paths[_style(edge)].append(short_path_data(edge.path))
        return "".join(
            f'<path {pen.use(style)} style="stroke-width:3" d="{"".join(data)}"/>'
            for style, data in paths.items()
            if data
        )
    found = []
    wider = f' style="stroke-width:{_n(min(3, 1.3 / zoom))}"' if zoom < FULL_ZOOM else ""
    for edge in scene.edges:
        passed = traffic.get(edge.n, EdgeTraffic())
        title = f"{edge.source} {edge.outport} → {edge.target} {edge.inport}"
        if edge.dead:
            title += " · dead letters"
        if edge.state != "bound":
            title += f" · {edge.state}"
        for line in edge.remark.splitlines():
            title += f" · {line}"
        if passed.count:
            title += f" · {passed.count} messages, {rate_text(passed.rate)}"
        style, live = _style(edge), wider
        if style == "edge-dead":
            live = _larger_dots(zoom) if zoom < FULL_ZOOM else ""
        elif passed.rate > 0 and style == "edge":
            style, live = "edge-live", f' style="stroke-width:{_live(passed.rate)}"'
        found.append(
            f'<path {pen.use(style)}{live} d="{path_data(edge.path)}">'
            f"<title>{_escaped(title)}</title></path>"
        )
    return "".join(found)


def _style(edge: SceneEdge) -> str:
    """How an edge looks at rest. Where nothing can pass yet it does not matter what would."""
    if edge.state in WAITING:
        return "edge-pending"
    return "edge-dead" if edge.dead else "edge"


def _larger_dots(zoom: float) -> str:
    """The dots of dead letters in a picture that is shrunk: they stay dots."""
    across = min(5, 2.2 / zoom)
    return f' style="stroke-width:{_n(across)};stroke-dasharray:1 {_n(2 * across)}"'


def _live(rate: float) -> str:
    """The width of an edge on which messages pass."""
    digits = min(6, len(str(int(rate))))
    return _n(1.5 + min(1.25, 0.5 * (digits - 1) + 0.3))


def _pills(pen: _Pen, scene: Scene, traffic: Mapping[int, EdgeTraffic]) -> str:
    index = BoxIndex()
    for card in scene.cards:
        index.put(card.id, (card.x, card.y, card.x + card.w, card.y + card.h))
    taken: list[Box] = []
    found = []
    for edge in scene.edges:
        if edge.state in WAITING:
            text, style = edge.state, "pill-idle"
        elif edge.dead:
            text, style = "dead letter", "pill-dead"
            if edge.n in traffic:
                text += f" {traffic[edge.n].count:,}".replace(",", "\u2009")
        elif edge.n in traffic:
            rate = traffic[edge.n].rate
            text, style = rate_text(rate), "pill-live" if rate > 0 else "pill-idle"
        elif edge.remark:
            text, style = "", "pill-idle"
        else:
            continue
        room = SIGN_ROOM if edge.remark else 0
        across = round(width(text, 10.5, Face.BOLD)) + 14 + room
        at = _pill_place(edge, scene.edges, across, index, taken)
        if at is not None:
            x, y = at
            shapes: list[Shape] = [Rect(x - across / 2, y - 9, across, PILL_HEIGHT, 9, "pill")]
            if edge.remark:
                shapes += sign(x - across / 2 + (13 if text else across / 2), y - 1, SMALL_SIGN)
            shapes += [Text(x + room / 2, y + 3.8, text, style)] if text else []
            found.append("".join(map(pen.shape, shapes)))
    return "".join(found)


def _pill_place(
    edge: SceneEdge, edges: Sequence[SceneEdge], across: float, index: BoxIndex, taken: list[Box]
) -> tuple[float, float] | None:
    """A place on the path that hides no card and no other pill."""
    out = sum(e.source == edge.source and e.outport == edge.outport for e in edges)
    into = sum(e.target == edge.target and e.inport == edge.inport for e in edges)
    shares = (0.5, 0.62, 0.38, 0.72, 0.28, 0.8, 0.2)
    if out > 1:
        shares = (0.66, 0.74, 0.58, 0.82, 0.5, 0.4, 0.34)
    elif into > 1:
        shares = (0.34, 0.26, 0.42, 0.2, 0.5, 0.6, 0.66)
    points = sampled(edge.path, 8)
    lengths = [0.0]
    for (x0, y0), (x1, y1) in pairwise(points):
        lengths.append(lengths[-1] + abs(complex(x1 - x0, y1 - y0)))
    for share in shares:
        wanted = share * lengths[-1]
        i = next(i for i in range(1, len(points)) if lengths[i] >= wanted)
        u = (wanted - lengths[i - 1]) / ((lengths[i] - lengths[i - 1]) or 1)
        x = points[i - 1][0] + (points[i][0] - points[i - 1][0]) * u
        y = points[i - 1][1] + (points[i][1] - points[i - 1][1]) * u
        box = (x - across / 2 - 4, y - 10, x + across / 2 + 4, y + 10)
        if index.free(box) and not any(overlap(box, other) for other in taken):
            taken.append(box)
            return x, y
    return None


def totals(scene: Scene, traffic: Mapping[int, EdgeTraffic] | None = None) -> str:
    """`6 participants · 5 edges · 3.5 msg/s · 1 error · 1 pending`."""
    rate = sum(each.rate for each in (traffic or {}).values())
    played = (c.state for c in scene.cards if not _is_junction(c))
    remarks = sum(bool(c.remark) for c in scene.cards) + sum(bool(e.remark) for e in scene.edges)
    told = summary(played, (e.state for e in scene.edges), rate)
    return f"{told} · {count_of(remarks, 'remark')}" if remarks else told


def _is_junction(card: Card) -> bool:
    """It is there though nobody plays it: no participant."""
    return card.state == RoleState.RUNNING.value and card.workers == 0 and not card.local


def _extent(scene: Scene) -> Box:
    xs: list[float] = []
    ys: list[float] = []
    for card in scene.cards:
        xs += (card.x, card.x + card.w)
        ys += (card.y, card.y + card.h + (8 if card.workers > 1 else 0))
    for edge in scene.edges:
        xs += edge.path[0::2]
        ys += edge.path[1::2]
    if not xs:
        return (0, 0, 240, 0)
    return (min(xs) - MARGIN, min(ys) - MARGIN, max(xs) + MARGIN, max(ys) + MARGIN)


def svg(
    scene: Scene,
    traffic: Mapping[int, EdgeTraffic] | None = None,
    *,
    scope: str = "msgflo-picture",
) -> str:
    """The scene as an SVG document.

    Args:
        scene: What to draw.
        traffic: Messages by the edges' numbers; rates are written on up to 40 edges.
        scope: Class of the root element. All rules and ids of this picture carry it, so that
            pictures on one page do not disturb each other. A CSS name.
    """
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", scope):
        raise ValueError(f"{scope!r} is not a plain CSS class name")
    pen = _Pen(scope)
    drawing, box = _drawing(pen, scene, traffic or {})
    _, _, wide, high = box
    caption = totals(scene, traffic)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{scope}" role="img" '
        f'viewBox="{_ns(box)}" width="{_n(wide)}" height="{_n(high)}" '
        f'style="max-width:100%;height:auto">'
        f"<title>{_escaped(scene.name or 'network')}: {_escaped(caption)}</title>"
        f"{pen.head()}{drawing}</svg>"
    )


def _drawing(
    pen: _Pen, scene: Scene, traffic: Mapping[int, EdgeTraffic]
) -> tuple[str, tuple[float, float, float, float]]:
    """Everything inside the frame, and the frame: left, top, width, height."""
    left, top, right, bottom = _extent(scene)
    name = fitted(clean(scene.name), 14, 400, Face.BOLD)
    caption = totals(scene, traffic)
    lead = width(name, 14, Face.BOLD) + 14 if name else 0.0
    least = lead + width(caption, 12) + 2 * MARGIN
    wide = max(right - left, least)
    left -= (wide - (right - left)) / 2
    zoom = min(1.0, WIDE / wide)
    larger = round(min(wide / least, 8.0, max(1.0, 0.8 / zoom)), 1)
    top -= CAPTION * larger
    high = bottom - top
    detail = Detail.FULL if zoom >= FULL_ZOOM else Detail.COMPACT
    if len(scene.cards) > MOST_COMPACT:
        detail = Detail.PLAIN
    box = f'x="{_n(left)}" y="{_n(top)}" width="{_n(wide)}" height="{_n(high)}"'
    body = [
        f'<rect {pen.use("bg")} {box} rx="8"/>',
        f'<g transform="translate({_n(left + MARGIN)} {_n(top + 28 * larger)}) scale({larger})">'
        + (pen.shape(Text(0, 0, name, "name")) if name else "")
        + pen.shape(Text(lead, 0, caption, "totals"))
        + "</g>",
    ]
    body.append(_edges(pen, scene, traffic, zoom, detail is Detail.PLAIN))
    if detail is Detail.PLAIN:
        body.append(_plain_cards(pen, scene.cards))
    else:
        body += [_card(pen, card, detail, zoom) for card in scene.cards]
    if len(scene.edges) <= MOST_PILLS:
        body.append(_pills(pen, scene, traffic))
    return "".join(body), (left, top, wide, high)
