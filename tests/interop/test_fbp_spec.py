"""Suites beside npm's fbp-spec: the same verdicts on the same suites by the same runtime."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from msgflo_lab.fbpspec.predicates import problem_of
from tests.brokers import Mosquitto, need
from tests.cli.program import run, serving

from .conftest import node_package

HERE = Path(__file__).parent
SPEC = HERE.parent / "fbpspec"
SECRET = "s3cret"
thorough = settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))
Ask = Callable[[Any, Any], str | None]


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    """What fbp-spec finds wrong with data; None for nothing."""
    package = node_package("fbp-spec")
    with subprocess.Popen(
        [need("node"), str(HERE / "fbpspec_oracle.js"), str(package)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        to, back = process.stdin, process.stdout

        def answer(expect: Any, data: Any) -> str | None:
            to.write(json.dumps({"expect": expect, "data": data}) + "\n")
            to.flush()
            found: str | None = json.loads(back.readline())["problem"]
            return found

        yield answer
        to.close()


keys = st.sampled_from(["a", "b", "0", "1", "message"])
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 2),
    st.sampled_from([0.5, 1.0, 1e10]),
    st.sampled_from(["", "a", "ab", "1", "true", "null", "string", "object"]),
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=6,
)
# Not asked: `contains` of what is a list or mapping, which fbp-spec compares by identity.
predicates = st.one_of(
    st.tuples(st.just("equals"), values),
    st.tuples(st.sampled_from(["above", "below"]), scalars),
    st.tuples(
        st.just("type"),
        st.sampled_from(["string", "number", "boolean", "object", "array", "null", "Array"]),
    ),
    st.tuples(st.sampled_from(["haveKeys", "includeKeys"]), st.lists(keys, max_size=3) | keys),
    st.tuples(st.just("contains"), scalars),
    st.tuples(st.just("noterror"), st.just(True)),
    st.tuples(st.sampled_from(["equal", "is"]), scalars),
)


def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Lists and mappings. To fbp-spec, `[0]` is also the key "0" of a mapping."""
    names = st.sampled_from(["a", "b", "c"])
    return st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3)


def is_nested(value: Any) -> bool:
    """True for what fbp-spec lets a path look into."""
    return isinstance(value, list | dict)


# Filters are left out: in RFC 9535 `[?@.a]` asks whether it is there, and not whether it is true.
paths = st.sampled_from(["$.a", "$..a", "$.*", "$[0]", "$[*].b", "$.a.b", "$", "a"])


@thorough
@given(st.lists(predicates, min_size=1, max_size=2, unique_by=lambda p: p[0]), values)
def test_predicates(ask: Ask, expected: list[tuple[str, Any]], value: Any) -> None:
    expectation = dict(expected)
    theirs = ask({"out": expectation}, {"out": value})
    assert bool(problem_of(expectation, value)) == (theirs is not None), theirs


@thorough
@given(paths, predicates, st.recursive(scalars, nested, max_leaves=8).filter(is_nested))
def test_paths(ask: Ask, path: str, expected: tuple[str, Any], value: Any) -> None:
    expectation = {"path": path, expected[0]: expected[1]}
    theirs = ask({"out": expectation}, {"out": value})
    assert bool(problem_of(expectation, value)) == (theirs is not None), theirs


Verdicts = list[tuple[str, str]]
_VERDICT = re.compile(r"^ {4}.*?: (✓|✗ Error: |SKIP: )")


def theirs(where: list[str], *suites: Path) -> tuple[Verdicts, int]:
    """What npm's fbp-spec says of each case, and its exit status. It takes one file at a time."""
    program = node_package("fbp-spec") / "bin" / "fbp-spec"
    found: Verdicts = []
    status = 0
    for suite in suites:
        done = subprocess.run(
            [need("node"), str(program), str(suite), *where, "--command-timeout", "15"],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        status = max(status, done.returncode)
        name, count = "", len(found)
        for line in done.stdout.splitlines():
            if verdict := _VERDICT.match(line):
                found.append((name, verdict[1][0]))
            elif line.startswith("  "):
                name = line.strip()
        assert len(found) > count, done.stdout + done.stderr
    return found, status


def ours(where: list[str], *suites: Path) -> tuple[Verdicts, int]:
    """What ours says. Suites that are skipped as a whole, the other one does not mention."""
    said = run("spec", "--json", *where, *map(str, suites))
    assert said.stdout, said.stderr
    signs = {"passed": "✓", "failed": "✗", "skipped": "S"}
    found = [each for each in json.loads(said.stdout) if each["suite"] != "Not yet"]
    return [(each["case"], signs[each["verdict"]]) for each in found], said.returncode


def where(link: str) -> list[str]:
    return ["--address", f"ws://{urlsplit(link).netloc}", "--secret", SECRET]


FAILING = """\
topic: core/Count
cases:
- {name: one, assertion: counted, inputs: {in: x}, expect: {count: {equals: 1}}}
- {name: wrong, assertion: counted, inputs: {in: x}, expect: {count: {equals: 1}}}
- {name: three, assertion: goes on, inputs: {in: x}, expect: {count: {equals: 3}}}
- name: a sequence that is too long
  assertion: is wrong
  inputs: [{in: 1}, {in: 2}]
  expect: {count: {equals: 2}}
- {name: elsewhere, assertion: is wrong, inputs: {in: x}, expect: {cuont: {equals: 5}}}
- {name: no predicate, assertion: is wrong, inputs: {in: x}, expect: {count: {equal: 6}}}
---
topic: core/Function
fixture:
  type: fbp
  data: |
    INPORT=f.IN:IN
    OUTPORT=f.OUT:OUT
    OUTPORT=f.ERROR:ERROR
    '1 / x' -> EXPRESSION f(core/Function)
cases:
- {name: it fails, assertion: an error, inputs: {in: 0}, expect: {out: {equals: 0}}}
- {name: it works, assertion: as before, inputs: {in: 2}, expect: {out: {equals: 0.5}}}
- name: it is to fail
  assertion: an error
  inputs: {in: 0}
  expect: {error: {path: $.message, contains: division}}
- {name: it works again, assertion: as before, inputs: {in: 4}, expect: {out: {equals: 0.25}}}
---
name: the same node as another component
topic: core/Repeat
fixture:
  type: fbp
  data: |
    INPORT=f.IN:IN
    OUTPORT=f.OUT:OUT
    f(core/Repeat)
cases:
- {name: repeated, assertion: is as it was, inputs: {in: 0}, expect: {out: {equals: 0}}}
"""


def test_verdicts_on_a_runtime_of_this_process(tmp_path: Path) -> None:
    failing = tmp_path / "failing.yaml"
    failing.write_text(FAILING)
    examples = node_package("fbp-spec") / "examples"
    names = ("jsonpath", "predicates", "multisuite-failandpass")
    own = [examples / f"{name}.yaml" for name in names]
    with serving("--secret", f"{SECRET}:source") as program:
        for suites in ([failing], own, [SPEC / "suites" / "Repeat.yaml"]):
            expected = theirs(where(program.link), *suites)
            assert ours(where(program.link), *suites) == expected
        # And again: what the others have left behind is in nobody's way.
        assert theirs(where(program.link), failing) == ours(where(program.link), failing)


def test_verdicts_where_components_are_programs(mosquitto: Mosquitto, tmp_path: Path) -> None:
    components = tmp_path / "components"
    components.mkdir()
    for each in (SPEC / "components").glob("*.py"):
        (components / each.name).write_bytes(each.read_bytes())
    (components / "DummyComponent.py").write_text("def dummy(in_):\n    return in_\n")
    sequences = node_package("fbp-spec") / "examples" / "sequences.yaml"
    suites = [*sorted((SPEC / "suites").glob("*.yaml")), sequences]
    place = ["--broker", mosquitto.url, "--componentdir", str(components)]
    with serving("--secret", SECRET, *place) as program:
        # Ours first: ports of programs are known once they have run, and fbp-spec does not wait.
        found = ours(where(program.link), *suites)
        assert found[1] == 2
        assert theirs(where(program.link), *suites) == found


def test_a_trace_is_shown_by_flowtrace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = run("spec", "--trace", str(SPEC / "suites" / "Repeat.yaml"))
    assert said.returncode == 0, said.stderr
    traces = sorted((tmp_path / ".flowtrace").iterdir())
    assert len(traces) == 3
    assert all(str(each.relative_to(tmp_path)) in said.stdout for each in traces)
    program = node_package("flowtrace") / "bin" / "flowtrace-show"
    shown = [
        subprocess.check_output([need("node"), str(program), str(each)], text=True, timeout=20)
        for each in traces
    ]
    assert sorted(each.strip() for each in shown) == [
        'first OUT -> IN second DATA "hei"',
        'first OUT -> IN second DATA [1,{"a":2.5},null]',
        "first OUT -> IN second DATA [null]",
    ]
