"""From documents to suites. What a suite may say is in fbp-spec's schemas (npm `fbp-spec`)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..errors import InvalidSuite
from ..names import listed, shown
from .documents import Items, Map, documents
from .limits import TIMEOUT, TIMEOUT_MOST
from .model import Case, Fixture, Step, Suite
from .predicates import predicates_of

KINDS = ("fbp", "json")
_SUITE = {"name", "topic", "fixture", "cases", "timeout", "skip"}
_CASE = {"name", "assertion", "inputs", "expect", "timeout", "skip"}


def suites_of(text: str, file: str = "<suite>") -> tuple[Suite, ...]:
    """The suites of a text, one for each of its YAML documents.

    Args:
        file: What the text is called in errors and notices.

    Raises:
        InvalidSuite: It is no YAML, or one of the documents is no suite; says the line.
    """
    return tuple(_Reader(file).suite(each) for each in documents(text, file))


def is_suite(text: str) -> bool:
    """True if a text is YAML, and one of its documents looks like a suite."""
    try:
        return any(isinstance(each, Map) and "topic" in each for each in documents(text, ""))
    except InvalidSuite:
        return False


class _Reader:
    def __init__(self, file: str) -> None:
        self._file = file
        self._notices: list[str] = []

    def suite(self, document: Any) -> Suite:
        if not isinstance(document, Map):
            raise self._wrong("a suite is a mapping with `topic` and `cases`", document)
        self._notices = []
        topic = self._text(document, "topic", "a suite")
        cases = document.get("cases")
        if not isinstance(cases, Items | None):
            raise self._wrong("`cases` is a list", document)
        self._unknown(document, _SUITE, "a suite")
        timeout = self._timeout(document, TIMEOUT)
        return Suite(
            name=self._text(document, "name", "a suite", topic),
            topic=topic,
            fixture=self._fixture(document),
            cases=tuple(self._case(each, document, timeout) for each in cases or ()),
            skip=_reason(document),
            file=self._file,
            line=document.line,
            notices=tuple(self._notices),
        )

    def _fixture(self, suite: Map) -> Fixture | None:
        said = suite.get("fixture")
        if said is None:
            return None
        if not isinstance(said, Map):
            raise self._wrong("`fixture` is a mapping with `type` and `data`", suite)
        kind = self._text(said, "type", "a fixture")
        if kind not in KINDS:
            raise self._wrong(
                f"no type of fixture `{shown(kind)}`; there are: {listed(KINDS)}", said
            )
        return Fixture(kind, self._text(said, "data", "a fixture"))

    def _case(self, said: Any, suite: Map, timeout: float) -> Case:
        if not isinstance(said, Map):
            raise self._wrong("a case is a mapping with `name`, `inputs` and `expect`", said, suite)
        self._unknown(said, _CASE, "a case")
        skip = _reason(said)
        steps, mismatch = ((), "") if skip else self._steps(said)
        return Case(
            name=self._text(said, "name", "a case"),
            assertion=self._text(said, "assertion", "a case"),
            steps=steps,
            mismatch=mismatch,
            timeout=self._timeout(said, timeout) / 1000,
            skip=skip,
            line=said.line,
        )

    def _steps(self, case: Map) -> tuple[tuple[Step, ...], str]:
        inputs, expects = self._sequence(case, "inputs"), self._sequence(case, "expect")
        if len(inputs) != len(expects):
            return (), (
                f"Test sequence length mismatch. Got {len(inputs)} inputs and "
                f"{len(expects)} expectations"
            )
        if not any(expects):
            raise self._wrong("`expect` names no port: nothing would be tested", case)
        return tuple(
            Step(dict(given), {port: self._expected(e, port, expect) for port, e in expect.items()})
            for given, expect in zip(inputs, expects, strict=True)
        ), ""

    def _sequence(self, case: Map, key: str) -> list[Map]:
        said = case.get(key)
        if said is None:
            raise self._wrong(f"a case needs `{key}`", case)
        every = said if isinstance(said, Items) else [said]
        found = [each for each in every if isinstance(each, Map)]
        if len(found) < len(every):
            raise self._wrong(f"`{key}` is a mapping by port, or a list of such", said, case)
        return found

    def _expected(self, said: Any, port: str, expect: Map) -> tuple[Any, ...]:
        every = tuple(said) if isinstance(said, Items) else (said,)
        for each in every:
            names = predicates_of(each)
            if len(names) > 1:
                line = each.line if isinstance(each, Map) else expect.line
                self._notices.append(
                    f"{self._file}:{line}: of `{shown(port)}`, only `{names[0]}` is looked at, not "
                    f"{listed(names[1:])}: for several, write a list"
                )
        return every

    def _text(self, said: Map, key: str, what: str, default: str | None = None) -> str:
        value = said.get(key)
        if value is None:
            if default is None:
                raise self._wrong(f"{what} needs `{key}`", said)
            return default
        if isinstance(value, Map | Items):
            raise self._wrong(f"`{key}` of {what} is text", value)
        return value if isinstance(value, str) else json.dumps(value)

    def _timeout(self, said: Map, default: float) -> float:
        value = said.get("timeout", default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._wrong("`timeout` is a number of milliseconds", said)
        if not 0 < value <= TIMEOUT_MOST:
            raise self._wrong(f"`timeout` is from 1 to {TIMEOUT_MOST:,} milliseconds", said)
        return float(value)

    def _unknown(self, said: Map, known: set[str], what: str) -> None:
        for key in said:
            if key not in known:
                self._notices.append(
                    f"{self._file}:{said.line}: {what} has no `{shown(key)}`: it is not looked at"
                )

    def _wrong(self, problem: str, *where: Any) -> InvalidSuite:
        lines = (each.line for each in where if isinstance(each, Map | Items))
        return InvalidSuite(problem, self._file, next(lines, 0))


def _reason(said: Mapping[str, Any]) -> str:
    value = said.get("skip")
    return "" if value in (None, False, "") else "it says so" if value is True else str(value)
