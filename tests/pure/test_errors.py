"""What people read when something is wrong."""

from __future__ import annotations

import inspect

import pytest

from msgflo_lab import errors
from msgflo_lab.errors import MsgFloLabError, PayloadTooLarge, UnknownName, UnsupportedScheme

EVERY = [
    each
    for each in vars(errors).values()
    if inspect.isclass(each) and issubclass(each, MsgFloLabError)
]


def test_all_are_exported_and_in_the_tree_of_the_docstring() -> None:
    assert {each.__name__ for each in EVERY} == set(errors.__all__)
    tree = (errors.__doc__ or "").split("\n\n")[1]
    for each in EVERY:
        assert each.__name__ in tree


@pytest.mark.parametrize("each", EVERY)
def test_builtins_are_inherited_as_the_docstring_says(each: type[MsgFloLabError]) -> None:
    line = next(
        line
        for line in (errors.__doc__ or "").splitlines()
        if line.strip(" ├└─│").split(" ")[0] == each.__name__
    )
    for base in (ValueError, LookupError, RuntimeError, ConnectionError, TimeoutError):
        assert issubclass(each, base) == (f"({base.__name__})" in line)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (
            UnknownName("outport", "ouy", where="thermo", known=["out", "error"]),
            "no outport `ouy` on `thermo`; it has: out, error",
        ),
        (
            UnknownName("role", "thermos", known=["thermo", "display"]),
            "no role `thermos`; there are: thermo, display (did you mean `thermo`?)",
        ),
        (UnknownName("role", "x"), "no role `x`; there are: nothing"),
        (
            UnknownName("inport", "a\nb", where="c\0", known=["d\x1b"]),
            r"no inport `a\nb` on `c\u0000`; it has: d\u001b",
        ),
        (
            UnsupportedScheme("amqp", ["direct", "mqtt"]),
            "unsupported scheme `amqp`; there are: direct, mqtt. Another package can add one "
            "through the entry point group `msgflo_lab.transports`",
        ),
        (
            PayloadTooLarge(2_000, 1_000, "MAX"),
            "payload of 2,000 bytes is above MAX = 1,000",
        ),
    ],
)
def test_the_sentence(error: MsgFloLabError, text: str) -> None:
    assert str(error) == text


def test_many_and_long_names_stay_one_readable_line() -> None:
    known = [f"{'long' * 100}{number}" for number in range(10_000)]
    text = str(UnknownName("role", "x" * 5_000, known=known))
    assert len(text) < 1_000
    assert text.endswith("and 9992 more")
