"""Runs the cases of suites on a runtime.

As fbp-spec does: the fixture is a graph of the runtime, what a case sends are packets to its
inports, and it waits until data has come on as many outports as it expects something of.
"""

from __future__ import annotations

import asyncio
import secrets
import string
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..errors import InvalidSuite, MsgFloLabError
from ..fbpspec import (
    Case,
    Outcome,
    Step,
    Suite,
    Verdict,
    alone,
    failure_of,
    graph_for,
    is_complete,
    is_unexpected_error,
    missing,
    synthesised,
)
from ..graph import Graph, edit_into
from ..names import nearest, shown
from ..protocol.changes import told
from .client import Client, Heard, Refusal, Unreachable
from .limits import PRINTED, START_TIMEOUT
from .recorder import Recorder

NEEDS = ("protocol:graph", "protocol:network", "protocol:runtime")
"""What a runtime has to grant, as in fbp-spec."""
_LETTERS = string.ascii_letters + string.digits


class _Failed(Exception):
    """A case has failed, before all of it was carried out."""


class Runner:
    """On one loop. One fixture at a time, always in the same graph, which is empty in between.

    A case begins when what the one before has led to is over, as far as the runtime tells. After
    one that has failed by its timeout, the fixture is set up anew: what comes too late is not taken
    for what the next one waits for.
    """

    def __init__(
        self,
        client: Client,
        *,
        recorder: Recorder | None = None,
        start_timeout: float = START_TIMEOUT,
    ) -> None:
        """Create it.

        Args:
            recorder: Keeps a flowtrace of each case, if there is one.
            start_timeout: Seconds until a node has to be there, or a program to say its ports.
        """
        self._client = client
        self._recorder = recorder
        self._start_timeout = start_timeout
        self._id = f"fixture.{''.join(secrets.choice(_LETTERS) for _ in range(10))}"
        self._components: list[Mapping[str, Any]] = []
        self._graph = Graph()
        self._is_up = False
        self._is_stale = False
        self._problem = ""
        self._printed: deque[str] = deque(maxlen=PRINTED)

    async def set_up(self, suite: Suite, problem: str = "") -> None:
        """Let the runtime run the fixture of a suite. What goes wrong, all its cases fail of.

        Args:
            problem: What has gone wrong already.
        """
        self._problem, self._is_stale = problem, False
        self._printed.clear()
        if problem:
            return
        try:
            if suite.fixture is not None:
                await self._put(graph_for(suite))
            else:
                await self._put_topic(suite)
        except MsgFloLabError as error:
            self._problem = error.problem if isinstance(error, InvalidSuite) else str(error)

    async def tear_down(self) -> None:
        """End the fixture. What goes wrong is of no concern: nobody needs it any more."""
        was_up, self._is_up = self._is_up, False
        try:
            if was_up:
                await self._client.ask("network", "stop", {"graph": self._id})
            if was_up or self._graph.nodes:
                await self._clear()
        except (Refusal, Unreachable):
            return

    async def run(self, suite: Suite, case: Case) -> Outcome:
        """Run one case on the fixture that is set up."""
        began = time.monotonic()
        if reason := suite.reason(case):
            return Outcome(suite=suite, case=case, verdict=Verdict.SKIPPED, why=reason)
        if case.mismatch:  # none of it is carried out
            return Outcome(suite=suite, case=case, verdict=Verdict.FAILED, why=case.mismatch)
        if self._is_stale:
            await self.set_up(suite)
        received: list[dict[str, Any]] = []
        why = self._problem or await self._why_failed(case, received)
        if why and self._is_up:
            await self._hear_the_rest()
        outcome = Outcome(
            suite=suite,
            case=case,
            verdict=Verdict.FAILED if why else Verdict.PASSED,
            why=why,
            received=tuple(received),
            printed=tuple(self._printed),
            seconds=time.monotonic() - began,
        )
        if self._recorder is None or not self._is_up:
            return outcome
        return replace(outcome, trace=self._recorder.write(case.name))

    async def _why_failed(self, case: Case, received: list[dict[str, Any]]) -> str:
        left = case.timeout
        try:
            await self._settle()
            self._drain()
            self._forget()
            for step in case.steps:
                received.append({})
                await self._send(step)
                began = time.monotonic()
                async with asyncio.timeout(left):
                    await self._receive(step, received[-1])
                left -= time.monotonic() - began
        except TimeoutError:
            self._is_stale = True
            return f"{missing(step, received[-1])} (within {case.timeout:g} s)"
        except (_Failed, Refusal, Unreachable) as error:
            return str(error)
        return failure_of(case, received)

    async def _send(self, step: Step) -> None:
        """Send what a step sends, once all that was before it is over.

        That may take as long as a node needs to begin, and is no part of the time of the case.
        """
        await self._settle()
        self._drain()
        for port, value in step.inputs.items():
            packet = {"port": port, "event": "data", "graph": self._id, "payload": value}
            if self._recorder is not None:
                self._recorder.add("runtime", "packet", packet)
            await self._client.ask("runtime", "packet", packet, timeout=self._start_timeout)

    async def _receive(self, step: Step, received: dict[str, Any]) -> None:
        """Hear what comes of a step, until there is as much as it expects. Raises _Failed."""
        if not step.expect:
            await self._settle()
        while self._client.heard if not step.expect else not is_complete(step, received):
            heard = await self._client.next()
            self._note(heard)
            self._take(step, heard, received)

    def _take(self, step: Step, heard: Heard, received: dict[str, Any]) -> None:
        """What a message means for a step. Raises _Failed."""
        about = heard.about
        if about.get("graph", self._id) != self._id:
            return
        kind = (heard.protocol, heard.command)
        if kind in (("network", "error"), ("network", "processerror")):
            raise _Failed(_reason(about.get("error") or about.get("message")))
        if kind == ("runtime", "packet") and about.get("event") == "data":
            port, value = str(about.get("port")), about.get("payload")
            if is_unexpected_error(step, port):
                raise _Failed(_reason(value))
            received[port] = value

    def _note(self, heard: Heard) -> None:
        """Keep it for whoever wants to know why."""
        if (heard.protocol, heard.command) == ("network", "output"):
            self._printed.append(str(heard.about.get("message", "")))
        if self._recorder is not None:
            self._recorder.add(*heard)

    async def _hear_the_rest(self) -> None:
        """What was printed on the way to a failure."""
        try:
            await self._settle()
        except (Refusal, Unreachable):
            return
        self._drain()

    def _forget(self) -> None:
        """What has been heard so far, was of the case before."""
        self._printed.clear()
        if self._recorder is not None:
            self._recorder.forget()

    def _drain(self) -> None:
        while self._client.heard:
            self._note(self._client.heard.popleft())

    async def _settle(self) -> None:
        """Wait until the runtime has told all that it knows, and is not at work for a moment."""
        try:
            await self._client.ask("network", "getstatus", {"graph": self._id})
        except Refusal:
            await self._client.ask("runtime", "getruntime", {})

    async def _put(self, graph: Graph) -> None:
        """Let the runtime run a graph, in place of the one before."""
        if self._is_up:
            await self._client.ask("network", "stop", {"graph": self._id})
        await self._clear()
        await self._edit(graph)
        await self._client.ask("network", "start", {"graph": self._id})
        self._is_up = True

    async def _edit(self, graph: Graph) -> None:
        before, self._graph = self._graph, graph
        for message in told(edit_into(before, graph)[1], self._id, graph, before):
            await self._client.ask(*message)
        if self._recorder is not None:
            self._recorder.begin(self._id, graph)

    async def _put_topic(self, suite: Suite) -> None:
        """Let it run the topic of a suite alone.

        The ports of a program are known once it has run: then it runs, and gets its ports.

        Raises:
            InvalidSuite: There is no such component, or it cannot be tested so.
        """
        component = await self._component(suite)
        name, is_known = str(component["name"]), any(_ports(component))
        if not is_known:
            await self._put(alone(name))
            component = await self._introduced(component)
        graph = synthesised(suite, name, *_ports(component))
        await (self._put(graph) if is_known else self._edit(graph))

    async def _clear(self) -> None:
        said = {"id": self._id, "name": self._id, "main": False}
        self._graph = Graph()
        await self._client.ask("graph", "clear", said)

    async def _component(self, suite: Suite) -> Mapping[str, Any]:
        """What the runtime knows of the topic of a suite. Raises InvalidSuite."""
        found = self._known(suite.topic)
        if found is None:
            self._components = await self._client.components()
            found = self._known(suite.topic)
        if found is not None:
            return found
        guess = nearest(suite.topic, [str(each.get("name")) for each in self._components])
        hint = f" (did you mean `{shown(guess)}`?)" if guess else ""
        problem = f"Could not find component for topic: {shown(suite.topic)}{hint}"
        raise InvalidSuite(problem, suite.file, suite.line)

    def _known(self, topic: str) -> Mapping[str, Any] | None:
        named = {str(each.get("name")): each for each in self._components}
        # A graph may leave the namespace out, and so may a topic.
        short = [name for name in named if name.rpartition("/")[2] == topic]
        return named.get(topic) or (named[short[0]] if len(short) == 1 else None)

    async def _introduced(self, component: Mapping[str, Any]) -> Mapping[str, Any]:
        """Wait until a component says its ports, as far as it does in time."""
        try:
            async with asyncio.timeout(self._start_timeout):
                while True:
                    heard = await self._client.next()
                    self._note(heard)
                    is_it = heard.about.get("name") == component["name"]
                    if is_it and (heard.protocol, heard.command) == ("component", "component"):
                        self._components.append(heard.about)
                        return heard.about
        except TimeoutError:
            return component


def _ports(component: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    into, out = (component.get(side, ()) for side in ("inPorts", "outPorts"))
    return [str(port["id"]) for port in into], [str(port["id"]) for port in out]


def _reason(said: Any) -> str:
    """What an error says, be it text or an object."""
    message = said.get("message") if isinstance(said, Mapping) else said
    return str(message if message else said or "the runtime gives no reason")
