"""Waiting until a lab's network looks as it should."""

from __future__ import annotations

import threading
from collections.abc import Callable

from msgflo_lab import Lab
from msgflo_lab.network import EdgeState, NetworkView, RoleState, RoleView
from msgflo_lab.runtime.observer import News

DEADLINE = 20.0
"""Seconds for anything that is expected to happen."""


def wait_for(lab: Lab, condition: Callable[[NetworkView], bool], timeout: float = DEADLINE) -> None:
    """Until the lab's network looks so."""
    reached = threading.Event()

    def look(news: News) -> None:
        if news.view is not None and condition(news.view):
            reached.set()

    lab.watch(look)
    try:
        assert reached.wait(timeout), (lab.network(), lab.status())
    finally:
        lab.unwatch(look)


def role_of(view: NetworkView, name: str) -> RoleView | None:
    """A role, if it is there."""
    return next((role for role in view.roles if role.role == name), None)


def is_running(name: str) -> Callable[[NetworkView], bool]:
    """Whether somebody plays the role."""

    def condition(view: NetworkView) -> bool:
        role = role_of(view, name)
        return role is not None and role.state is RoleState.RUNNING

    return condition


def all_bound(view: NetworkView) -> bool:
    """Whether every edge is carried out."""
    return bool(view.edges) and all(edge.state is EdgeState.BOUND for edge in view.edges)
