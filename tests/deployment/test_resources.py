"""How much memory a program gets, as its node says it."""

from __future__ import annotations

from typing import Any

import pytest

from msgflo_lab.deployment import Resources, resources_of
from msgflo_lab.errors import MsgFloLabError
from msgflo_lab.fbp.text import loads
from msgflo_lab.graph.entries import Node
from msgflo_lab.names import Role


def test_what_is_said_and_what_is_usual() -> None:
    assert resources_of(Node(Role("work"))) == Resources(memory=256)
    assert resources_of(Node(Role("work"), "Work", {"memory": 1024})).memory == 1024
    said = loads("work(Work:memory=512) OUT -> IN b(B)")["processes"]["work"]["metadata"]
    assert resources_of(Node(Role("work"), "Work", said)).memory == 512


@pytest.mark.parametrize("said", [0, -5, 15, 10**9, "1G", "", "9" * 30, True, 1.5, [], "²"])
def test_nonsense(said: Any) -> None:
    with pytest.raises(MsgFloLabError, match="`memory` of `work` is a number of MiB, from 16 to"):
        resources_of(Node(Role("work"), "Work", {"memory": said}))
