"""From a role to its card: what is written on it.

Pure layer. Where it stands and how large it is has been worked out before.
"""

from __future__ import annotations

from ..network import NOT_HERE, PortView, RoleState, RoleView
from .geometry import Shape
from .layout import Place
from .scene import Card, ScenePort

Ports = tuple[tuple[PortView, ...], tuple[PortView, ...]]
"""Of a card: the inports, the outports."""
DEFAULT_NOTES = {RoleState.ABSENT: NOT_HERE, RoleState.STALE: "silent"}


def subtitle(role: RoleView) -> str:
    """A card's second line: the note if there is one, what the state says, or what the role is.

    That is its component, or its label where the component only repeats the role's name.
    """
    if note := role.note.strip():
        return note.splitlines()[0]
    if said := DEFAULT_NOTES.get(role.state):
        return said
    label = role.label.strip().splitlines()[0] if role.label.strip() else ""
    if not role.component or (label and role.component == role.role):
        return label
    return role.component


def card_of(
    role: RoleView, ports: Ports, shaped: Shape, place: Place, linked: set[str], remark: str
) -> Card:
    """The card of a role.

    Args:
        ports: Its inports and outports, as they are drawn.
        linked: Those with an edge; `i` or `o` stands in front of each.
        remark: What is probably not meant so, or "".
    """
    return Card(
        id=role.role,
        x=place.x,
        y=place.y,
        w=shaped.w,
        h=shaped.h,
        subtitle=subtitle(role),
        icon=role.icon,
        state=role.state.value,
        workers=role.workers,
        errors=role.errors,
        local=role.local,
        pinned=place.pinned,
        remark=remark,
        inports=tuple(
            ScenePort(p.id, shaped.inports[p.id], "i" + p.id in linked, p.literal) for p in ports[0]
        ),
        outports=tuple(
            ScenePort(p.id, shaped.outports[p.id], "o" + p.id in linked) for p in ports[1]
        ),
    )
