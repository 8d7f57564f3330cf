"""Cases on a runtime: what passes, what fails and why; and none leaves anything to the next."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from msgflo_lab import Lab
from msgflo_lab.fbpspec import Outcome, Verdict, suites_of
from msgflo_lab.runtime.components import component_of
from msgflo_lab.trial import Bench, Place
from tests.runtime.helpers import eventually

let_go = threading.Event()


def slow(in_: Any) -> Any:
    """Answers when it may; anything else at once."""
    if in_ == "late":
        assert let_go.wait(20)
    return in_


def silent(in_: Any) -> None:
    """Says nothing."""


def broken(in_: Any) -> Any:
    raise ValueError(f"cannot do {in_}")


def both(in_: Any) -> Iterator[tuple[str, Any]]:
    yield "out", in_
    yield "more", in_


def named(motorSpeed: float) -> float:  # noqa: N803
    return motorSpeed


COMPONENTS = {"Slow": slow, "Silent": silent, "Broken": broken, "Both": both, "x/Named": named}


def prepare(lab: Lab) -> None:
    for name, code in COMPONENTS.items():
        lab.library.put(component_of(name, code))


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with Bench(Place(prepare=prepare)) as bench:
        yield bench


def run(bench: Bench, text: str) -> list[Outcome]:
    return list(bench.run(suites_of(text, "file")))


def verdicts(outcomes: list[Outcome]) -> list[str]:
    return [each.verdict.value for each in outcomes]


def case(inputs: str, expect: str, **more: object) -> str:
    said = "".join(f", {key}: {value}" for key, value in more.items())
    return f"- {{name: a case, assertion: is so, inputs: {inputs}, expect: {expect}{said}}}\n"


ONE = case("{in: 1}", "{out: {equals: 1}}")


def test_what_came_is_told_with_the_verdict(bench: Bench) -> None:
    text = "topic: core/Repeat\ncases:\n" + ONE + case("{in: 2}", "{out: {equals: 3}}")
    passed, failed = run(bench, text)
    assert (passed.verdict, passed.why, passed.received) == (Verdict.PASSED, "", ({"out": 1},))
    assert (failed.verdict, failed.why) == (Verdict.FAILED, "expected 2 to equal 3")
    assert failed.received == ({"out": 2},)


def test_state_goes_on_within_a_suite_and_ends_with_it(bench: Bench) -> None:
    count = "topic: core/Count\ncases:\n" + "".join(
        case("{in: x}", f"{{count: {{equals: {n}}}}}") for n in (1, 2)
    )
    assert verdicts(run(bench, f"{count}---\n{count}")) == ["passed"] * 4
    (suite,) = suites_of(count)
    alone = [bench.run_alone(suite, each) for each in suite.cases]
    assert verdicts(alone) == ["passed", "failed"]


def test_the_same_node_is_another_component_in_the_next_suite(bench: Bench) -> None:
    text = f"topic: core/Count\n---\ntopic: core/Repeat\ncases:\n{ONE}"
    text += "---\ntopic: core/Count\ncases:\n" + case("{in: x}", "{count: {equals: 1}}")
    assert verdicts(run(bench, text)) == ["passed", "passed"]


def test_what_comes_too_late_is_not_taken_for_what_is_next(bench: Bench) -> None:
    let_go.clear()
    text = "topic: Slow\ncases:\n" + case("{in: late}", "{out: {equals: late}}", timeout=50)
    (suite,) = suites_of(text + ONE)
    outcomes = bench.run([suite])
    late = next(outcomes)
    assert late.why == "No data received on port out (within 0.05 s)"
    let_go.set()
    assert [each.verdict for each in outcomes] == [Verdict.PASSED]


def test_what_goes_wrong_in_a_component(bench: Bench) -> None:
    text = "topic: Broken\ncases:\n" + ONE + case("{in: 2}", "{error: {type: object}}") + ONE
    first, expected, third = run(bench, text)
    assert (first.verdict, first.why) == (Verdict.FAILED, "ValueError: cannot do 1")
    assert expected.verdict is Verdict.PASSED
    assert third.verdict is Verdict.FAILED
    (outcome,) = run(bench, f"{FIXTURE}{ONE}")  # its errors have no edge
    assert (outcome.verdict, outcome.why) == (Verdict.FAILED, "ValueError: cannot do 1")


FIXTURE = """\
topic: Broken
fixture:
  type: fbp
  data: |
    INPORT=a.IN:IN
    OUTPORT=a.OUT:OUT
    a(Broken)
cases:
"""


def test_as_many_ports_are_waited_for_as_are_expected(bench: Bench) -> None:
    text = "topic: Both\ncases:\n" + case("{in: 1}", "{out: {equals: 1}, more: {equals: 1}}")
    text += case("{in: 1}", "{other: {equals: 1}}") + case("{in: 1}", "{out: {equals: 1}}")
    both_came, other, one = run(bench, text)
    assert both_came.received == ({"out": 1, "more": 1},)
    assert other.why == "No data received on port other; received: out: 1"
    assert one.verdict is Verdict.PASSED


def test_a_step_that_expects_nothing_waits_for_nothing(bench: Bench) -> None:
    text = "topic: core/Kick\ncases:\n"
    text += case("[{data: 5}, {in: x}]", "[{}, {out: {equals: 5}}]")
    assert verdicts(run(bench, text)) == ["passed"]


def test_ports_keep_their_capitals_and_namespaces_may_be_left_out(bench: Bench) -> None:
    text = "topic: Named\ncases:\n" + case("{motorSpeed: 1}", "{out: {equals: 1}}")
    assert verdicts(run(bench, text)) == ["passed"]


def test_what_is_skipped_is_not_set_up(bench: Bench) -> None:
    text = "topic: NotThere\nskip: later\ncases:\n" + ONE
    text += "---\ntopic: NotThere\ncases:\n" + case("{}", "{}", skip="no time")
    assert [(each.verdict, each.why) for each in run(bench, text)] == [
        (Verdict.SKIPPED, "later"),
        (Verdict.SKIPPED, "no time"),
    ]


@pytest.mark.parametrize(
    ("suite", "why"),
    [
        ("topic: core/Repat", "Could not find component for topic: core/Repat (did you mean"),
        ("topic: core/Drop", "Component 'core/Drop' used as fixture has no outports"),
        ("topic: T\nfixture: {type: fbp, data: 'a -> b'}", "the fixture, line 1: "),
        ("topic: T\nfixture: {type: json, data: '{'}", "the fixture is no JSON: "),
        ("topic: T\nfixture: {type: json, data: '[]'}", "not a JSON graph: it should be an object"),
        ("topic: T\nfixture: {type: json, data: '{\"processes\": 3}'}", "not a JSON graph"),
        ("topic: T\nfixture: {type: fbp, data: 'a(core/Repeat)'}", "exports no inport `in`"),
        ("topic: T\nfixture: {type: fbp, data: 'INPORT=a.IN:IN\n\n  a(NotThere)'}", "nobody plays"),
    ],
)
def test_a_fixture_that_cannot_be_fails_its_cases_only(bench: Bench, suite: str, why: str) -> None:
    wrong = case("{in: 1}", "{out: {equals: 1}}", timeout=50)
    outcomes = run(bench, f"{suite}\ncases:\n{wrong}{wrong}---\ntopic: core/Repeat\ncases:\n{ONE}")
    assert verdicts(outcomes) == ["failed", "failed", "passed"]
    assert why in outcomes[0].why
    assert "\n" not in outcomes[0].why


def test_whoever_stops_asking_ends_the_fixture(bench: Bench) -> None:
    (suite,) = suites_of(f"topic: core/Repeat\ncases:\n{ONE}{ONE}")
    outcomes = bench.run([suite, suite])
    next(outcomes)
    del outcomes
    assert verdicts(list(bench.run([suite]))) == ["passed", "passed"]


def test_many_runs_leave_nothing_behind(bench: Bench) -> None:
    (suite,) = suites_of(f"topic: core/Repeat\ncases:\n{ONE}")
    for _ in range(20):
        assert bench.run_alone(suite, suite.cases[0]).verdict is Verdict.PASSED
    lab = bench._lab
    assert lab is not None
    eventually(lambda: lab.network().roles == ())
    assert len(lab._host.workspace.graphs) == 2
