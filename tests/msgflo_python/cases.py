"""What is sent to each program, and what comes out of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

ROLE = "role"
"""Stands for the role that it is given."""
Sent = tuple[str, Any]
"""A queue, and a value; bytes are sent as they are."""


@dataclass(frozen=True)
class Case:
    """A program and what it does.

    Attributes:
        sends: In this order.
        expected: What comes out, in this order for each queue.
        in_turn: The same on AMQP, where `process` is not begun while it sleeps.
        roles: Of its participants.
        in_steps: On AMQP, each message leads to another one, and the next is sent when that is
            there. (The broker keeps no order between queues; the link of MQTT does.)
        options: Further arguments; with them, or with `script`, it is run by `msgflo-python`.
    """

    sends: Sequence[Sent]
    expected: Sequence[Sent]
    in_turn: Sequence[Sent] | None = None
    roles: Sequence[str] = ("role",)
    script: bool = False
    in_steps: bool = False
    options: Sequence[str] = ()


@dataclass(frozen=True)
class _Door:
    lab: str = "/house/door/lab/isopen"
    front: str = "/house/door/front/isopen"
    led: str = "house/lamp/led"
    both: dict[str, Any] = field(
        default_factory=lambda: {"animate": "onoff", "on": 250, "off": 200, "said": "Tür"}
    )


_DOOR = _Door()
_VALUES: list[Any] = [None, 0, 1.5, "ü\n", [1, {"a": []}], {"b": False}]


def _about(payload: bytes, *, error: bool) -> dict[str, Any]:
    return {"hex": payload.hex(), "is_bytes": error, "is_error": error, "same": not error}


CASES = {
    "repeat": Case(
        [("role/in", value) for value in _VALUES],
        [("role/out", value) for value in _VALUES],
        script=True,
    ),
    "power": Case(
        [("role/in", watts) for watts in (100, 9000, 8999, 12000)],
        [
            ("role/out", "Power consumption over 9000: 9000"),
            ("role/out", "Power consumption over 9000: 12000"),
        ],
    ),
    "doors": Case(
        [(_DOOR.front, True), (_DOOR.lab, True), (_DOOR.front, False), (_DOOR.lab, False)],
        [(_DOOR.led, False), (_DOOR.led, _DOOR.both), (_DOOR.led, 250), (_DOOR.led, False)],
        in_steps=True,
    ),
    "clock": Case(
        [("role/start", 3)],
        [("role/tick", 0), ("role/tick", 1), ("role/tick", 2), ("role/over", True)],
    ),
    "counter": Case(
        [("role/in", "x"), ("role/in", {}), ("role.RESET", True), ("role/in", 0)],
        [("role/count", 1), ("role/count", 2), ("role/resets", 2), ("role/count", 1)],
        in_steps=True,
    ),
    "binary": Case(
        [("role/in", b"\xff\xd8\x00\x01"), ("role/in", b"plain text"), ("role/in", b"{}")],
        [
            ("role/out", _about(b"\xff\xd8\x00\x01", error=True)),
            ("role/out", _about(b"plain text", error=True)),
            ("role/out", _about(b"{}", error=False)),
        ],
    ),
    "validator": Case(
        [("role/in", number) for number in (2, 3, 4)],
        [("role/good", 2), ("role/error", "3 is odd"), ("role/good", 4)],
    ),
    "house": Case(
        [("role/front/open", 0.4), ("role/back/open", 0.1), ("role/watch/front", True)],
        [
            ("role/front/isopen", True),
            ("role/back/isopen", True),
            ("role/watch/out", "front is open"),
            ("role/back/isopen", False),
            ("role/front/isopen", False),
        ],
        roles=("role/front", "role/back", "role/watch"),
    ),
    "delay": Case(
        [("role/in", 1.0), ("role/in", 0), ("role/in", 0.3)],
        [("role/out", 0), ("role/out", 0.3), ("role/out", 1.0)],
    ),
    "pair": Case(
        [("role/right", 1), ("role/left", "a"), ("role/left", "b")],
        [("role/out", ["a", 1]), ("role/alone", "b")],
    ),
    "settings": Case(
        [("role/in", 2), ("role/in", 3)],
        [("role/out", [3.0, "x"]), ("role/out", [4.5, "x"])],
        options=("-i", json.dumps({"factor": 1.5, "names": ["x"]})),
    ),
    "clumsy": Case(
        [("role/in", {"by": 4}), ("role/in", {"by": 0}), ("role/in", {}), ("role/in", {"by": 8})],
        [("role/out", 25.0), ("role/out", 12.5)],
    ),
    "forgetful": Case(
        [("role/in", number) for number in (1, 0, 1)],
        [("role/out", [1, True]), ("role/out", [0, False]), ("role/out", [1, True])],
    ),
    "sleepy": Case(
        [("role/in", 1.0), ("role/in", 0), ("role/in", 0.2)],
        [("role/out", 0), ("role/out", 0.2), ("role/out", 1.0)],
        in_turn=[("role/out", 1.0), ("role/out", 0), ("role/out", 0.2)],
    ),
    "patched": Case(
        [("role/times", 2)],
        [("role/led", True), ("role/led", False), ("role/led", True), ("role/led", False)],
    ),
    "background": Case(
        [("role/one/in", 1), ("role/two/in", 2)],
        [("role/one/out", ["one", 1]), ("role/two/out", ["two", 2])],
        roles=("role/one", "role/two"),
    ),
    "order": Case(
        [
            ("role/factor", 3),
            ("role/in", 2),
            ("role/offset", 4),
            ("role/in", 2),
            ("role/factor", 5),
        ],
        [
            ("role/out", "factor is 3"),
            ("role/out", "6"),
            ("role/out", "offset is 4"),
            ("role/out", "10"),
            ("role/out", "factor is 5"),
        ],
        in_steps=True,
    ),
    "jobs": Case(
        [
            ("role/job", {"name": "long", "seconds": 0.3}),
            ("role/job", {"name": "bad", "seconds": "x"}),
            ("role/job", {"name": "short", "seconds": 0}),
        ],
        [
            ("role/result", {"job": "long", "left": True}),
            ("role/error", {"error": "TypeError", "job": {"name": "bad", "seconds": "x"}}),
            ("role/result", {"job": "short", "left": True}),
        ],
    ),
    "thermostat": Case(
        [("role/kitchen", 20.9), ("role/stüberl", 19), ("role/kitchen", 21)],
        [
            ("role/kitchen-heat", True),
            ("role/stüberl-heat", False),
            ("role/kitchen-heat", False),
        ],
    ),
    "lights": Case(
        [("role/desk/set", 40), ("role/ceiling/set", "300"), ("role/desk/set", "dark")],
        [("role/desk/is", 40), ("role/ceiling/is", 100)],
        roles=("role/desk", "role/ceiling"),
    ),
    "ticker": Case(
        [("role/next", 6)],
        [("role/number", number) for number in (0, 1, 1, 2, 3, 5)],
    ),
    "family": Case(
        [("role/in", "ü"), ("role/in", 21)],
        [("role/out", "üü"), ("role/seen", 1), ("role/out", 42), ("role/seen", 2)],
    ),
    "old": Case(
        [
            ("role/in", {"b": None, "a": "ä"}),
            ("role/in", b"\xfftext"),
            ("role/raw", b'{"a": 1}'),
        ],
        [
            ("role/out", "a=ä, b=None"),
            ("role/length", 5),
            ("role/out", "no JSON: \ufffdtext"),
            ("role/out", '{"a": 1}'),
            ("role/length", 8),
        ],
        in_steps=True,
    ),
    "odd": Case(
        [("role/in", name) for name in ("nan", "error", "keys", "surrogate", "base", "big", "huge")]
        + [("role/in", name) for name in ("bytes", "timeout", "set", "circle", "deep")],
        [
            ("role/out", value)
            for value in (
                [float("nan"), float("-inf")],
                {1: True, None: [2, 3]},
                "\ud800",
                10**30,
                "x" * 1_000_000,
                ["bytes", "TypeError"],
                ["set", "TypeError"],
                ["circle", "ValueError"],
                ["deep", "RecursionError"],
            )
        ],
    ),
    "patience": Case(
        [("role/in", 0.01), ("role/in", 100)],
        [("role/out", "done in time"), ("role/out", "0.8 seconds, dead: True")],
        script=True,
    ),
}
