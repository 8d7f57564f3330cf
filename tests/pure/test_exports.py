"""The public names of the package."""

from __future__ import annotations

import msgflo_lab


def test_exports() -> None:
    names = ["Lab", "MsgFloLabError", "Participant", "__version__"]
    names += ["component", "current_message", "main", "run"]
    assert sorted(msgflo_lab.__all__) == names


def test_each_is_there() -> None:
    for name in msgflo_lab.__all__:
        assert getattr(msgflo_lab, name) is not None
        assert name in dir(msgflo_lab)


def test_nothing_else() -> None:
    assert not hasattr(msgflo_lab, "Session")
