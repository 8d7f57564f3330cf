"""When a program that has ended is started again."""

from __future__ import annotations

import pytest

from msgflo_lab.runtime.restarts import Pauses, Restart, ended_with


def test_pauses_grow_to_a_limit_and_begin_anew_after_a_calm_time() -> None:
    pauses = Pauses((1.0, 5.0), calm=60.0)
    grown = [pauses.after(Restart.ON_FAILURE, 1, 0.1) for _ in range(5)]
    assert grown == [1.0, 2.0, 4.0, 5.0, 5.0]
    assert pauses.after(Restart.ON_FAILURE, 1, 61) == 1.0
    assert pauses.after(Restart.ON_FAILURE, 1, 1) == 2.0


@pytest.mark.parametrize(
    ("policy", "code", "again"),
    [
        (Restart.ON_FAILURE, 0, False),
        (Restart.ON_FAILURE, 1, True),
        (Restart.ON_FAILURE, -9, True),
        (Restart.ON_FAILURE, 127, False),
        (Restart.ALWAYS, 0, True),
        (Restart.ALWAYS, 126, False),
        (Restart.NEVER, 0, False),
        (Restart.NEVER, 1, False),
    ],
)
def test_policies(policy: Restart, code: int, *, again: bool) -> None:
    assert (Pauses().after(policy, code, 1.0) is not None) is again


def test_what_nodes_say() -> None:
    words = [None, "always", "on-failure", "never"]
    assert [Restart.of(word) for word in words] == [
        Restart.ON_FAILURE,
        Restart.ALWAYS,
        Restart.ON_FAILURE,
        Restart.NEVER,
    ]
    assert Restart.of("sometimes") is Restart.of(["always"]) is None


def test_ends_in_words() -> None:
    assert [ended_with(code) for code in (0, 3, -9, -99)] == [
        "0",
        "3",
        "signal SIGKILL",
        "signal 99",
    ]
