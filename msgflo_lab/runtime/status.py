"""How a lab is doing, as one value."""

from __future__ import annotations

from collections import Counter

import msgspec

from ..names import shown
from ..network import NOT_HERE, EdgeState, RoleState, RoleView
from ..transport import Link
from .problems import Problem
from .session import Session


class Status(msgspec.Struct, frozen=True):
    """How a lab is doing.

    Attributes:
        url: Where it is connected, password masked; "" if it is stopped.
        link: `up`, `down` or `stopped`.
        detail: Why the link is down, or how it came back.
        roles: How many roles there are in each state; junctions are none.
        edges: How many edges there are in each state.
        bound: How many bindings there are, also for those who are away.
        local: Roles that run in this process.
        doings: What keeps roles that are to run here from being there, or busy, in words; without
            those that `problems` tell of.
        problems: Announcements that could not be used, refused bindings, ...; the latest last. Each
            is a `Problem`, which knows when it came up.
        keeps: The broker keeps queues, and what is in them, when the lab leaves it.
    """

    name: str
    url: str = ""
    link: str = "stopped"
    detail: str = ""
    roles: dict[RoleState, int] = {}
    edges: dict[EdgeState, int] = {}
    bound: int = 0
    local: tuple[str, ...] = ()
    doings: dict[str, str] = {}
    problems: tuple[str, ...] = ()
    keeps: bool = False

    @classmethod
    def stopped(cls, name: str) -> Status:
        """The status of a lab that does not run."""
        return cls(name)

    @property
    def is_up(self) -> bool:
        """True if the broker can be reached."""
        return self.link == Link.UP.value


def status_of(session: Session, name: str) -> Status:
    """The status of a running session. Runs on its loop."""
    view = session.observer.view()
    roles = dict.fromkeys(RoleState, 0)
    now_so: list[Problem] = []
    for role in view.roles:
        if not role.is_junction:
            roles[role.state] += 1
        elif role.note:
            now_so.append(Problem(f"`{shown(role.role)}`: {role.note}"))
    for left, threads in Counter(session.left).items():
        whose = "its thread is" if threads == 1 else f"{threads} of its threads are"
        text = f"`{shown(left)}` was removed, and its handler does not return: {whose} left"
        now_so.append(Problem(text))
    edges = dict.fromkeys(EdgeState, 0)
    for edge in view.edges:
        edges[edge.state] += 1
    problems = (*session.coordinator.problems, *now_so)
    return Status(
        name=name,
        url=str(session.url),
        link=session.link.value,
        detail=session.link_detail,
        roles=roles,
        edges=edges,
        bound=len(session.coordinator.carrier.bound),
        local=tuple(session.local),
        doings={
            role.role: role.note
            for role in view.roles
            if role.state in (RoleState.ABSENT, RoleState.RUNNING) and not role.is_junction
            if role.note not in ("", NOT_HERE) and not _is_told(problems, role)
        },
        problems=problems,
        keeps=session.observer.traits.keeps,
    )


def _is_told(problems: tuple[str, ...], role: RoleView) -> bool:
    # A note may have been cut short.
    begin = f"`{shown(role.role)}` {role.note[:100]}"
    return any(problem.startswith(begin) for problem in problems)
