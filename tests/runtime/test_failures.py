"""Handlers that raise: counted, shown, told on `error`, and nobody else notices."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from msgflo_lab import Lab
from msgflo_lab.errors import UnknownName
from msgflo_lab.network import RoleState
from tests.runtime.helpers import Sink, eventually, role


def inverse(x: float) -> float:
    return 1 / x


def test_an_error_is_counted_shown_for_a_while_and_then_over(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("msgflo_lab.runtime.health.ERROR_SHOWN", 2.0)
    lab.add(inverse)
    sink = Sink(lab)
    lab.connect("inverse.error", sink.port)
    lab.send("inverse.x", 0)
    (failure,) = lab.errors("inverse", wait=5)
    assert failure.summary == "ZeroDivisionError: division by zero"
    assert failure.where == "x"
    assert failure.trace.splitlines()[0] == "Traceback (most recent call last):"
    assert failure.trace.splitlines()[1].endswith("in inverse")
    assert "msgflo_lab" not in failure.trace
    view = role(lab, "inverse")
    assert (view.state, view.errors, view.note) == (RoleState.ERROR, 1, failure.summary)
    assert sink.wait(1) == [{"message": failure.summary, "inport": "x", "role": "inverse"}]
    lab.send("inverse.x", 4)
    assert lab.inspect("inverse.out", 1, wait=5)[0].value == 0.25
    assert role(lab, "inverse").state is RoleState.ERROR
    eventually(lambda: role(lab, "inverse").state is RoleState.RUNNING)
    assert role(lab, "inverse").errors == 1
    assert lab.status().roles[RoleState.ERROR] == 0


def test_an_error_is_over_with_other_code(lab: Lab) -> None:
    lab.add(inverse)
    lab.send("inverse.x", 0)
    assert lab.errors("inverse", wait=5)
    assert role(lab, "inverse").state is RoleState.ERROR
    lab.add(lambda x: x, "inverse")
    assert role(lab, "inverse").state is RoleState.RUNNING


def test_errors_are_bounded_and_the_count_goes_on(lab: Lab) -> None:
    async def bad(x: int) -> None:
        raise ValueError("x" * 100_000)

    lab.add(bad)
    for _ in range(150):
        lab.send("bad.x", 1)
    eventually(lambda: role(lab, "bad").errors == 150)
    failures = lab.errors()
    assert len(failures) == 100
    assert len(failures[0].trace) < 21_000
    assert len(failures[0].summary) <= 2_000


def test_without_an_error_outport(lab: Lab) -> None:
    lab.add(inverse, outports=["out"])
    lab.send("inverse.x", 0)
    lab.send("inverse.x", 2)
    assert [seen.value for seen in lab.inspect("inverse.out", 1, wait=5)] == [0.5]


class Rude(Exception):
    def __str__(self) -> str:
        raise RuntimeError("even that")


RAISED: list[Any] = [
    SystemExit(3),
    KeyboardInterrupt(),
    GeneratorExit(),
    StopIteration(1),
    StopAsyncIteration(),
    asyncio.CancelledError(),
    TimeoutError(),
    Rude(),
    Exception("\ud800\0\n"),
    BaseException("base"),
    ExceptionGroup("several", [ValueError("one"), KeyError("two")]),
]


@pytest.mark.parametrize("error", RAISED, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("kind", ["sync", "async", "generator", "async generator", "class"])
def test_whatever_a_handler_raises_it_goes_on(lab: Lab, error: BaseException, kind: str) -> None:
    def act(x: Any) -> Any:
        if x is None:
            raise error
        return x

    def sync(x: Any) -> Any:
        return act(x)

    async def coroutine(x: Any) -> Any:
        return act(x)

    def generator(x: Any) -> Iterator[Any]:
        yield act(x)

    async def async_generator(x: Any) -> AsyncIterator[Any]:
        yield act(x)

    class Object:
        inports = ("x",)

        def process(self, inport: str, x: Any) -> Any:
            return act(x)

    codes: dict[str, Callable[..., Any]] = {
        "sync": sync,
        "async": coroutine,
        "generator": generator,
        "async generator": async_generator,
        "class": Object,
    }
    sink = Sink(lab)
    lab.add(codes[kind], "f")
    lab.connect("f.out", sink.port)
    lab.send("f.x", None)
    lab.send("f.x", 1)
    assert sink.wait(1) == [1]
    (failure,) = lab.errors("f")
    assert failure.summary.isprintable() or "\0" in failure.summary
    assert failure.trace
    failure.trace.encode()


def test_the_name_of_what_was_raised_is_told(lab: Lab) -> None:
    def leave(x: int) -> None:
        raise SystemExit("bye")

    lab.add(leave)
    lab.send("leave.x", 1)
    (failure,) = lab.errors(wait=5)
    assert failure.summary == "SystemExit: bye"
    assert failure.trace.splitlines()[1].endswith("in leave")


def test_a_result_that_cannot_be_sent(lab: Lab) -> None:
    lab.add(lambda x: {x}.union({object()}), "f")
    lab.send("f.x", 1)
    (failure,) = lab.errors(wait=5)
    assert "a value of type set cannot be sent as JSON" in failure.summary
    assert "Traceback" not in failure.trace.splitlines()[-1]


def test_a_source_that_raises_begins_anew(lab: Lab) -> None:
    def f() -> Iterator[int]:
        yield 1
        raise ValueError("over")

    lab.add(f, every=0.005)
    seen = lab.inspect("f.out", 3, wait=5)
    assert [each.value for each in seen] == [1, 1, 1]
    assert lab.errors("f")[0].where == ""


def test_a_stream_that_raises_is_an_error(lab: Lab) -> None:
    async def f() -> AsyncIterator[int]:
        yield 1
        raise ValueError("over")

    lab.add(f)
    (failure,) = lab.errors("f", wait=5)
    assert failure.summary == "ValueError: over"


def test_a_class_that_cannot_be_made_is_no_participant(lab: Lab) -> None:
    class Bad:
        def __init__(self) -> None:
            raise LookupError("no sensor")

        def process(self, inport: str, message: Any) -> None: ...

    with pytest.raises(LookupError, match="no sensor"):
        lab.add(Bad, "bad")
    assert not lab.network().roles

    class Good:
        def process(self, inport: str, message: Any) -> Any:
            return message

    sink = Sink(lab)
    lab.add(Good, "bad")
    lab.connect("bad.out", sink.port)
    with pytest.raises(LookupError, match="no sensor"):
        lab.add(Bad, "bad")
    lab.send("bad.in", 1)
    assert sink.wait(1) == [1], "the old code stays"


def test_errors_and_output_by_role(lab: Lab) -> None:
    lab.add(inverse)
    assert lab.errors("inverse") == []
    assert lab.output("inverse") == ""
    for ask in (lab.errors, lab.output):
        with pytest.raises(UnknownName, match="no participant of this lab `invers`"):
            ask("invers")
    lab.stop()
    assert lab.errors("inverse") == []
