"""pytest's way to suites: each case is a test of its own, on a fixture of its own.

Loaded by every pytest that finds this package, so that it imports nothing and looks at no file
until somebody asks for suites: `pytest --fbpspec`, or in the configuration

    fbpspec = ["spec/*.yaml"]
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .fbpspec import Case, Outcome, Suite
    from .lab import Lab
    from .trial import Bench

SUFFIXES = (".yaml", ".yml")
OPTIONS = {
    "address": "runtime to run them on, ws://host:port; without one, a lab of this process",
    "secret": "for that runtime",
    "command": "starts that runtime, and ends with the tests",
    "broker": "broker for the lab of this process",
    "library": "package.json or pyproject.toml with components",
    "componentdir": "folder with a file for each component",
    "traces": "folder for a flowtrace of each case; without one, there are none",
}
"""Each is an option, `--fbpspec-NAME`, and a key of the configuration, `fbpspec_NAME`."""
_BENCH = pytest.StashKey["Bench"]()
_PROBLEM = pytest.StashKey[Exception]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Say which options there are."""
    group = parser.getgroup("fbpspec", "data-driven tests of components and graphs (msgflo-lab)")
    group.addoption("--fbpspec", action="store_true", help="collect suites in .yaml and .yml files")
    parser.addini("fbpspec", "patterns of files with suites, as spec/*.yaml", type="args")
    for name, what in OPTIONS.items():
        group.addoption(f"--fbpspec-{name}", metavar="TEXT", help=what)
        parser.addini(f"fbpspec_{name}", what)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A file with suites, if somebody wants it."""
    if file_path.suffix not in SUFFIXES:
        return None
    config = parent.config
    is_meant = any(_fits(file_path, each, config) for each in config.getini("fbpspec"))
    if is_meant or (config.getoption("fbpspec") and _has_suites(file_path)):
        return SuiteFile.from_parent(parent, path=file_path)
    return None


def pytest_unconfigure(config: pytest.Config) -> None:
    """End what was started for the tests."""
    bench = config.stash.get(_BENCH, None)
    if bench is not None:
        del config.stash[_BENCH]
        bench.__exit__(None, None, None)


class SuiteFile(pytest.File):
    """A file with suites."""

    def collect(self) -> Iterator[pytest.Item]:
        """Its cases."""
        from .errors import InvalidSuite
        from .trial import suites_in

        try:
            suites = suites_in([self.path])
        except InvalidSuite as error:
            raise self.CollectError(str(error)) from error
        for suite in suites:
            for notice in suite.notices:
                self.warn(pytest.PytestCollectionWarning(notice))
            for case in suite.cases:
                name = f"{suite.name}: {case.name}"
                yield CaseItem.from_parent(self, name=name, suite=suite, case=case)


class CaseItem(pytest.Item):
    """One case."""

    def __init__(self, *, suite: Suite, case: Case, **details: Any) -> None:
        super().__init__(**details)
        self.suite = suite
        self.case = case
        if reason := suite.reason(case):
            self.add_marker(pytest.mark.skip(reason=reason))

    def runtest(self) -> None:
        """Run it on a fixture of its own."""
        outcome = _bench(self.config).run_alone(self.suite, self.case)
        if outcome.why:
            raise CaseFailed(outcome)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What was sent, and what came of it; no traceback of ours."""
        from .errors import MsgFloLabError
        from .fbpspec import details

        if isinstance(excinfo.value, CaseFailed):
            outcome = excinfo.value.outcome
            return "\n".join([f"{self.case.assertion}: {outcome.why}", *details(outcome)])
        if isinstance(excinfo.value, MsgFloLabError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where it stands."""
        return self.path, self.case.line - 1, self.name


class CaseFailed(Exception):
    """A case has failed.

    Attributes:
        outcome: How.
    """

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        super().__init__(outcome.why)


def _bench(config: pytest.Config) -> Bench:
    """Where cases are run. Started with the first of them, for all.

    Raises:
        MsgFloLabError: It cannot be started; that is not tried again.
    """
    from .errors import MsgFloLabError
    from .trial import Bench, Place
    from .trial.places import IN_PROCESS

    if _PROBLEM in config.stash:
        raise config.stash[_PROBLEM]
    if _BENCH not in config.stash:
        traces = _said(config, "traces")
        place = Place(
            address=_said(config, "address"),
            secret=_said(config, "secret"),
            command=_said(config, "command"),
            broker=_said(config, "broker") or IN_PROCESS,
            prepare=lambda lab: _load(lab, config),
            traces=config.rootpath / traces if traces else None,
        )
        try:
            config.stash[_BENCH] = Bench(place).__enter__()
        except MsgFloLabError as error:
            config.stash[_PROBLEM] = error
            raise
    return config.stash[_BENCH]


def _load(lab: Lab, config: pytest.Config) -> None:
    places = [_said(config, name) for name in ("library", "componentdir")]
    if any(places):
        library, directory = (config.rootpath / each if each else None for each in places)
        lab.library.load(library or config.rootpath, directory)


def _said(config: pytest.Config, name: str) -> str:
    given = config.getoption(f"fbpspec_{name}")
    return str(given if given is not None else config.getini(f"fbpspec_{name}"))


def _fits(file: Path, pattern: str, config: pytest.Config) -> bool:
    """True if a pattern, seen from the configuration's folder, names the file."""
    is_within = file.is_relative_to(config.rootpath)
    return is_within and fnmatch(file.relative_to(config.rootpath).as_posix(), pattern)


def _has_suites(file: Path) -> bool:
    from .fbpspec import is_suite

    try:
        return is_suite(file.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError):
        return False
