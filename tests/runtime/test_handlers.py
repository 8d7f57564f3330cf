"""What can be a participant, and what its handler gets and gives."""

# ruff: noqa: ARG005, RUF012

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from msgflo_lab import Lab, Participant
from msgflo_lab.errors import InvalidDefinition, InvalidName
from msgflo_lab.runtime.behaviour import behaviour_of
from msgflo_lab.runtime.participant import LocalParticipant
from tests.runtime.helpers import Sink, eventually, role


def wired(
    lab: Lab, code: Callable[..., Any], name: str = "f", out: str = "out", **how: Any
) -> Sink:
    """Run the code as `f`, with its outport bound to a sink."""
    sink = Sink(lab)
    lab.add(code, name, **how)
    lab.connect(f"{name}.{out}", sink.port)
    return sink


def test_one_parameter(lab: Lab) -> None:
    sink = wired(lab, lambda x: x * 2)
    for value in (1, "a", [1], 0.5):
        lab.send("f.x", value)
    assert sink.wait(4) == [2, "aa", [1, 1], 1.0]


def test_several_parameters_run_with_the_latest_of_each(lab: Lab) -> None:
    def f(a: int, b: int, in_: int) -> list[int]:
        return [a, b, in_]

    sink = wired(lab, f)
    assert [port.id for port in role(lab, "f").inports] == ["a", "b", "in"]
    lab.send("f.a", 1)
    lab.send("f.b", 2)
    lab.inspect("f.b", 1, wait=5)
    assert not sink.got
    lab.send("f.in", 3)
    sink.wait(1)
    lab.send("f.a", 10)
    assert sink.wait(2) == [[1, 2, 3], [10, 2, 3]]


def test_a_setting_has_its_default_until_it_is_sent_to(lab: Lab) -> None:
    def f(x: float, factor: float = 2) -> float:
        return x * factor

    sink = wired(lab, f)
    lab.send("f.x", 1)
    sink.wait(1)
    lab.send("f.factor", 10)
    sink.wait(2)
    lab.send("f.x", 3)
    assert sink.wait(3) == [2, 10, 30]

    def f2(x: float, factor: float = 2) -> float:
        return -x * factor

    lab.add(f2, "f")
    lab.send("f.x", 4)
    assert sink.wait(4)[-1] == -40, "the code is new, what was set stays"

    def f3(x: float, factor: float = 5) -> float:
        return x * factor

    lab.add(f3, "f")
    lab.send("f.x", 1)
    assert sink.wait(5)[-1] == 5, "a default changed in the code counts"


def test_other_code_shows_before_it_is_announced(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    async def not_yet(_: LocalParticipant) -> None: ...

    def double(x: int) -> int:
        return 2 * x

    lab.add(double)
    assert [port.id for port in role(lab, "double").inports] == ["x"]
    monkeypatch.setattr(LocalParticipant, "announce", not_yet)
    lab.add(lambda y: 2 * y, "double")
    assert [port.id for port in role(lab, "double").inports] == ["y"]


@pytest.mark.parametrize(
    ("returned", "outports", "types"),
    [
        (float, None, ["number", "error"]),
        (bool, "result", ["boolean"]),
        ("str", None, ["string", "error"]),
        (list[int], None, ["array", "error"]),
        (dict[str, int], "a, error", ["object", "error"]),
        (float, "a, b", ["any", "any"]),  # nobody knows which
        (float, {"a": "temperature"}, ["temperature"]),
        (float | None, None, ["any", "error"]),
        (None, None, ["any", "error"]),
        (Sink, None, ["any", "error"]),
    ],
)
def test_the_type_of_the_only_outport_is_what_is_returned(
    returned: Any, outports: Any, types: list[str]
) -> None:
    def f(x: int) -> Any:
        return x

    f.__annotations__["return"] = returned
    found = behaviour_of(f, outports=outports).outports
    assert [port.type for port in found] == types


def test_port_types_are_the_annotations(lab: Lab) -> None:
    def f(
        a: int, b: float, c: str, d: bool, e: list[int], g: dict[str, int], h: Any, i: Any = 1
    ) -> None: ...

    del f.__annotations__["i"]

    lab.add(f)
    types = [port.type for port in role(lab, "f").inports]
    assert types == [
        "int",
        "number",
        "string",
        "boolean",
        "array",
        "object",
        "any",
        "int",
    ]


def test_annotations_that_cannot_be_evaluated_do_no_harm(lab: Lab) -> None:
    def f(x: Any, y: Any) -> None: ...

    f.__annotations__ = {"x": "nowhere.Missing", "y": "1 +"}
    lab.add(f)
    assert [port.type for port in role(lab, "f").inports] == ["any", "any"]


def test_none_is_not_sent_and_falsy_values_are(lab: Lab) -> None:
    sink = wired(lab, lambda x: x)
    values: list[Any] = [None, 0, False, "", [], {}]
    for value in values:
        lab.send("f.x", value)
    lab.send("f.x", "end")
    assert sink.wait(6) == [0, False, "", [], {}, "end"]


def test_bytes_are_sent_as_they_are(lab: Lab) -> None:
    wired(lab, lambda x: bytes([0, 255, x]))
    lab.send("f.x", 7)
    assert lab.inspect("f.out", 1, wait=5)[0].payload == b"\x00\xff\x07"


def test_what_is_not_json_is_text_and_else_bytes(lab: Lab) -> None:
    kinds = wired(lab, lambda x: type(x).__name__)
    for payload in (b'{"a": 1}', "22 °C".encode(), b"\xff\xfe", b""):
        lab.send("f.x", payload)
    assert kinds.wait(4) == ["dict", "str", "bytes", "str"]


def test_a_returned_pair_is_a_value(lab: Lab) -> None:
    sink = wired(lab, lambda x: ("out", x))
    lab.send("f.x", 1)
    assert sink.wait(1) == [["out", 1]]


def test_a_generator_sends_many_and_names_outports(lab: Lab) -> None:
    nowhere = "nowhere"

    def f(x: int) -> Iterator[Any]:
        yield x
        yield "big", x * 100
        yield None
        yield (nowhere, x)
        yield x + 1

    sink = wired(lab, f)
    lab.connect("f.big", sink.port)
    assert [port.id for port in role(lab, "f").outports] == ["out", "big", "error"]
    lab.send("f.x", 1)
    assert sink.wait(4) == [1, 100, ["nowhere", 1], 2]


def test_async_def_and_async_generator(lab: Lab) -> None:
    async def f(x: int) -> int:
        await asyncio.sleep(0)
        return x + 1

    async def g(x: int) -> AsyncIterator[Any]:
        yield x
        await asyncio.sleep(0)
        yield "other", x + 1

    sink = wired(lab, f)
    lab.add(g)
    lab.connect("f.out", "g.x")
    lab.connect("g.out", sink.port)
    lab.connect("g.other", sink.port)
    lab.disconnect("f.out", sink.port)
    lab.send("f.x", 1)
    assert sink.wait(2) == [2, 3]


def test_plain_code_that_returns_something_to_await(lab: Lab) -> None:
    """As a decorator of an `async` function does that is not `async` itself. One loop for all."""
    loops: set[int] = set()

    async def f(x: int) -> int:
        loops.add(id(asyncio.get_running_loop()))
        await asyncio.sleep(0)
        return x + 1

    async def g(x: int) -> AsyncIterator[int]:
        loops.add(id(asyncio.get_running_loop()))
        yield x
        yield x + 10

    sink = wired(lab, lambda x: f(x) if x % 2 else g(x))
    for number in range(4):
        lab.send("f.x", number)
    assert sink.wait(6) == [0, 10, 2, 2, 12, 4]
    assert len(loops) == 1


def test_async_code_has_a_loop_of_its_own_that_lives_on(lab: Lab) -> None:
    class Later:
        send: Any

        async def process(self, inport: str, message: int) -> None:
            self.task = asyncio.create_task(self.later(message))

        async def later(self, message: int) -> None:
            await asyncio.sleep(0)
            await self.send("out", message)

    sink = wired(lab, Later)
    lab.send("f.in", 7)
    assert sink.wait(1) == [7]


def test_other_things_that_can_be_called(lab: Lab) -> None:
    class Adder:
        async def __call__(self, x: int) -> int:
            return x + 1

    sink = wired(lab, Adder(), "adder")
    lab.add(functools.partial(lambda x, y: x * y, y=3), "partial")
    lab.connect("adder.out", "partial.x")
    lab.connect("partial.out", sink.port)
    lab.send("adder.x", 1)
    assert sorted(sink.wait(2)) == [2, 6]


def test_a_class_with_state(lab: Lab) -> None:
    class Counter(Participant):
        """Counts what comes in"""

        inports = {"in": "any", "reset": "bang"}
        icon = "calculator"

        def __init__(self) -> None:
            self.count = 0

        def process(self, inport: str, message: Any) -> int:
            self.count = 0 if inport == "reset" else self.count + 1
            return self.count

    sink = wired(lab, Counter)
    view = role(lab, "f")
    assert (view.component, view.label, view.icon) == (
        "Counter",
        "Counts what comes in",
        "calculator",
    )
    for port in ("in", "in", "reset", "in"):
        lab.send(f"f.{port}", 1)
        sink.wait(len(sink.got) + (lab.inspect(f"f.{port}", 1, wait=5) == []))
    assert sorted(sink.wait(4)) == [0, 1, 1, 2]


def test_a_class_that_sends_by_itself(lab: Lab) -> None:
    class Sync:
        inports = ("in",)
        outports = ("out", "other")
        send: Any

        def process(self, inport: str, message: int) -> int:
            self.send("other", message)
            return message + 1

    class Async(Sync):
        async def process(self, inport: str, message: int) -> int:  # type: ignore[override]
            await self.send("other", message)
            return message + 1

    for code in (Sync, Async):
        sink = wired(lab, code)
        lab.connect("f.other", sink.port)
        lab.send("f.in", 1)
        assert sink.wait(2) == [1, 2]
        lab.remove("f")
        lab.remove("sink")


def test_a_class_whose_process_is_sync_and_run_async_does_not_block_the_loop(lab: Lab) -> None:
    class Mixed:
        async def run(self) -> AsyncIterator[int]:
            for nothing in range(0):
                yield nothing

        def process(self, inport: str, message: Any) -> str:
            import threading

            return threading.current_thread().name

    sink = wired(lab, Mixed)
    lab.send("f.in", 1)
    assert "msgflo f" in sink.wait(1)


def test_a_class_with_run_is_a_source(lab: Lab) -> None:
    class Source(Participant):
        def run(self) -> Iterator[int]:
            yield from range(5)

    Sink(lab)
    lab.connect("source.out", "sink.in")
    sink = Sink(lab)
    lab.add(Source, "source")
    assert role(lab, "source").inports == ()
    assert [seen.value for seen in lab.inspect("source.out", 5, wait=5)] == [0, 1, 2, 3, 4]
    assert sink is not None


@pytest.mark.parametrize("kind", ["function", "async", "generator", "async generator", "class"])
def test_a_timer(lab: Lab, kind: str) -> None:
    ticks = iter(range(1_000_000))

    def function() -> int:
        return next(ticks)

    async def coroutine() -> int:
        return next(ticks)

    def generator() -> Iterator[int]:
        yield from ticks

    async def async_generator() -> AsyncIterator[int]:
        for tick in ticks:
            yield tick

    class Timed:
        def process(self, inport: str, message: Any) -> int:
            assert (inport, message) == ("", None)
            return next(ticks)

    code = {
        "function": function,
        "async": coroutine,
        "generator": generator,
        "async generator": async_generator,
        "class": Timed,
    }[kind]
    sink = wired(lab, code, every=0.005)
    got = sink.wait(5)
    assert got == list(range(got[0], got[0] + len(got)))


def test_a_generator_advances_once_a_tick_and_ends(lab: Lab) -> None:
    def f() -> Iterator[Any]:
        yield 1
        yield "out", 2

    lab.add(f, every=0.01)
    assert [seen.value for seen in lab.inspect("f.out", 2, wait=5)] == [1, 2]
    assert role(lab, "f").errors == 0


def test_a_class_with_run_and_a_timer_advances_once_a_tick(lab: Lab) -> None:
    class Steps:
        every = 0.005

        def run(self) -> Iterator[int]:
            yield from range(3)

    lab.add(Steps, "steps")
    assert [seen.value for seen in lab.inspect("steps.out", 3, wait=5)] == [0, 1, 2]
    assert role(lab, "steps").errors == 0


def test_a_timed_source_takes_its_settings_live(lab: Lab) -> None:
    def f(level: int = 1) -> int:
        return level

    sink = wired(lab, f, every=0.005)
    sink.wait(2)
    lab.send("f.level", 7)
    eventually(lambda: sink.got[-1] == 7)


def test_a_source_without_a_timer(lab: Lab) -> None:
    async def f() -> AsyncIterator[int]:
        for number in range(3):
            yield number

    def g() -> Iterator[int]:
        yield from range(3)

    for code in (f, g):
        lab.add(code)
        name = code.__name__
        assert [seen.value for seen in lab.inspect(f"{name}.out", 3, wait=5)] == [0, 1, 2]


@pytest.mark.parametrize(
    ("code", "how", "text"),
    [
        (lambda: 1, {}, "would never run"),
        (lambda *x: 1, {}, r"the parameter `\*x` cannot be an inport"),
        (lambda **x: 1, {}, r"the parameter `\*\*x` cannot be an inport"),
        (lambda in_, in__: 1, {"outports": ["a", "a"]}, "two outports are called `a`"),
        (lambda x: 1, {"outports": [""]}, "an outport needs a name"),
        (lambda x: 1, {"every": 0}, "at least 0.001"),
        (lambda x: 1, {"every": "1"}, "at least 0.001"),
        (lambda x: 1, {"outports": ["x" * 2_000]}, "cannot be announced"),
        (lambda x: 1, {"label": "\ud800"}, "is no text"),
        (object, {}, "has no method `process"),
        (Participant, {}, "has no method `process"),
        (int, {}, "has no method `process"),
        (5, {}, "a function or a class"),
    ],
)
def test_what_cannot_be_a_participant(lab: Lab, code: Any, how: Any, text: str) -> None:
    with pytest.raises(InvalidDefinition, match=text):
        lab.add(code, "f", **how)
    assert not lab.network().roles


def test_what_cannot_be_a_role(lab: Lab) -> None:
    for name in ("x" * 2_000, "\ud800"):
        with pytest.raises(InvalidDefinition):
            lab.add(lambda x: x, name)
    with pytest.raises(InvalidName):
        lab.connect("nodot", "a.b")


def test_the_decorator(lab: Lab) -> None:
    @lab.participant
    def one(x: int) -> int:
        """Says one"""
        return 1

    @lab.participant("zwei", icon="fa-bolt", label="Two", outports={"result": "number"})
    def two(x: int) -> int:
        return 2

    assert (one(0), two(0)) == (1, 2)
    assert role(lab, "one").label == "Says one"
    view = role(lab, "zwei")
    assert (view.component, view.icon, view.label) == ("two", "bolt", "Two")
    assert [(port.id, port.type) for port in view.outports] == [("result", "number")]
