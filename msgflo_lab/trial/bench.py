"""Suites, run one case after the other, for callers that are not asynchronous."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from typing import Any, Self

from anyio.from_thread import BlockingPortal, start_blocking_portal

from ..errors import MsgFloLabError
from ..fbpspec import Case, Outcome, Suite
from ..lab import Lab
from .inprocess import adopt
from .places import DEFAULT_ADDRESS, Place, client_of, own_lab, started
from .recorder import Recorder
from .runner import Runner


class Bench:
    """A place where suites are run, while the block runs. By one thread; it has a loop of its own.

    Also where a loop runs already, as in a notebook.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self._stack = contextlib.ExitStack()
        self._lab: Lab | None = None
        self._portal: BlockingPortal
        self._runner: Runner

    def __enter__(self) -> Self:
        """Start the runtime, if it is ours, and connect to it.

        Raises:
            MsgFloLabError: It cannot be started or reached, or does not let us.
        """
        place = self._place
        with contextlib.ExitStack() as stack:
            url, secret = place.address or DEFAULT_ADDRESS, place.secret
            if place.is_own:
                self._lab, url, secret = stack.enter_context(own_lab(place))
            self._portal = stack.enter_context(start_blocking_portal(name="spec"))
            runner = self._portal.wrap_async_context_manager(_runner(place, url, secret))
            self._runner = stack.enter_context(runner)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error: Any) -> None:
        # With an error, what is still under way is given up instead of waited for.
        self._stack.__exit__(*error)

    def run(self, suites: Iterable[Suite]) -> Iterator[Outcome]:
        """Run them, with one fixture for each suite: what it keeps goes on from case to case.

        What was begun is ended also if the rest of the outcomes is not asked for.
        """
        for suite in suites:
            try:
                if suite.is_run:
                    self._set_up(suite)
                for case in suite.cases:
                    yield self._portal.call(self._runner.run, suite, case)
            finally:
                self._portal.call(self._runner.tear_down)

    def run_alone(self, suite: Suite, case: Case) -> Outcome:
        """Run one case on a fixture of its own."""
        try:
            self._set_up(suite)
            return self._portal.call(self._runner.run, suite, case)
        finally:
            self._portal.call(self._runner.tear_down)

    def _set_up(self, suite: Suite) -> None:
        problem = ""
        if self._lab is not None and self._place.is_in_process:
            try:
                adopt(self._lab, suite)
            except MsgFloLabError as error:
                problem = str(error)
        self._portal.call(self._runner.set_up, suite, problem)


@asynccontextmanager
async def _runner(place: Place, url: str, secret: str) -> AsyncIterator[Runner]:
    recorder = Recorder(place.traces) if place.traces is not None else None
    async with started(place) as is_over, client_of(place, url, secret, is_over) as client:
        yield Runner(client, recorder=recorder, start_timeout=place.start_timeout)
