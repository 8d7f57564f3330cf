"""What the tests of the picture share: random networks and what must hold for every scene."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from msgflo_lab.picture.boxes import BoxIndex
from msgflo_lab.picture.routes import blockers
from msgflo_lab.picture.scene import Scene


def _index(scene: Scene) -> BoxIndex:
    index = BoxIndex()
    for card in scene.cards:
        index.put(card.id, (card.x, card.y, card.x + card.w, card.y + card.h))
    return index


def _overlapping(scene: Scene) -> list[str]:
    index = _index(scene)
    return [name for name, box in index.boxes.items() if not index.free(box, name)]


def _hidden(scene: Scene) -> list[tuple[str, str]]:
    index = _index(scene)
    return [
        (edge.source, edge.target)
        for edge in scene.edges
        if blockers(edge.path, index, edge.source, edge.target)
    ]


@pytest.fixture(scope="session")
def overlapping() -> Callable[[Scene], list[str]]:
    """Gives the cards that overlap another one."""
    return _overlapping


@pytest.fixture(scope="session")
def hidden() -> Callable[[Scene], list[tuple[str, str]]]:
    """Gives the edges that run behind a foreign card."""
    return _hidden
