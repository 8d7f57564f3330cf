"""A behaviour at work: which call a message leads to, and where the results go.

A `Handler` is one life of a behaviour (running the cell again makes a new one). It knows the latest
value of every inport. Synchronous code runs on the participant's own thread, asynchronous code on
the runtime's loop. Results may be a value, an iterator of values and `("port", value)` pairs, or
an awaitable of either.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from functools import partial
from typing import Any

from ..errors import UnknownName
from ..names import PortName
from .behaviour import Behaviour
from .failure import contained
from .output import OutputLog, current
from .worker import Worker

Send = Callable[[PortName, Any], Awaitable[None]]
"""Publishes a value on an outport; runs on the loop."""


class Handler:
    """One life of a behaviour. All methods run on the loop."""

    def __init__(
        self,
        behaviour: Behaviour,
        send: Send,
        name: str,
        output: OutputLog,
        failed: Callable[[BaseException], None],
    ) -> None:
        """`failed` is told what goes wrong where no caller hears of it."""
        self.behaviour = behaviour
        self._send = send
        self._failed = failed

        def enter() -> None:
            current.set(output)

        # A stream occupies its thread for as long as it runs; messages need one beside it.
        self._worker, self._streamer = (Worker(f"msgflo {name}", enter=enter) for _ in range(2))
        self._closed = False
        self._latest: dict[PortName, Any] = {}
        self._loop = asyncio.get_running_loop()
        self._outports = [port.name for port in behaviour.outports]
        self._required = behaviour.required
        # A source reads its settings at its next run; it does not run because one came.
        self._reacts = behaviour.every is None and not behaviour.streams
        self._object: Any = None
        self._process: Any = None
        self._run: Any = None
        self._steps: Iterator[Any] | AsyncIterator[Any] | None = None
        self._on_loop = _is_async(behaviour.code)
        self._unawaited: set[asyncio.Future[None]] = set()

    def adopt(self, before: Handler) -> None:
        """Go on with the values that the handler before this one had received.

        A setting whose default was changed in the code starts anew with the new default.
        """
        old, new = before.behaviour, self.behaviour
        names = {port.name for port in new.inports}
        for port, value in before._latest.items():
            if port in names and _same(old.settings.get(port), new.settings.get(port)):
                self._latest[port] = value

    @property
    def runs_on_loop(self) -> bool:
        """True for `async` code: it runs on the lab's loop, and must not block."""
        return self._on_loop

    async def open(self) -> None:
        """Make the object, where the behaviour is a class. Its `__init__` may raise anything."""
        if self.behaviour.is_object:
            self._object = await self._worker.run(self.behaviour.code)
            with contextlib.suppress(AttributeError):  # a class with __slots__ goes without
                self._object.send = self._send_from_anywhere
            self._process = getattr(self._object, "process", None)
            self._run = getattr(self._object, "run", None)
            self._on_loop = self._process is not None and _is_async(self._process)

    def close(self) -> None:
        """Begin nothing more. A generator that runs in a thread ends at its next `yield`."""
        self._closed = True
        self._worker.stop()
        self._streamer.stop()

    async def join(self, patience: float) -> bool:
        """After `close`: wait at most so many seconds for the threads to end. True if they have."""
        return await self._worker.join(patience) and await self._streamer.join(patience)

    async def process(self, port: PortName, value: Any) -> None:
        """One message has come. Returns when everything it led to has been sent."""
        if self._process is not None:
            await self._carry_out(partial(self._process, str(port), value), self._on_loop)
            return
        self._latest[port] = value
        if self._reacts and self._is_complete():
            await self._carry_out(self._call(), self._on_loop)

    async def tick(self) -> bool:
        """One run of a timed source. False once a generator has come to its end."""
        call: Callable[[], Any]
        if not self.behaviour.is_object:
            if not self._is_complete():
                return True
            call = self._call()
        elif self._run is not None:
            call = self._run
        else:
            call = partial(self._process, "", None)
        if inspect.isgeneratorfunction(call) or inspect.isasyncgenfunction(call):
            self._steps = self._steps or call()
            return await self._step(self._steps)
        await self._carry_out(call, _is_async(call))
        return True

    async def stream(self) -> None:
        """Run a source that has no timer, from its start to its end."""
        call = self._call() if self._run is None else self._run
        await self._carry_out(call, _is_async(call), self._streamer)

    def _call(self) -> Callable[[], Any]:
        values = {**self.behaviour.settings, **self._latest}
        names = self.behaviour.parameters
        arguments = {names[port]: value for port, value in values.items() if port in names}
        return partial(self.behaviour.code, **arguments)

    def _is_complete(self) -> bool:
        return all(port in self._latest for port in self._required)

    async def _carry_out(
        self, call: Callable[[], Any], on_loop: bool, worker: Worker | None = None
    ) -> None:
        if on_loop:
            result = call()
        else:
            result = await (worker or self._worker).run(partial(self._drain, call))
        if inspect.isawaitable(result):
            result = await contained(result)
        if isinstance(result, AsyncIterator):
            while (item := await contained(anext(result, _END))) is not _END:
                await self._emit(item)
        elif result is not None:
            await self._send(self._main_outport(), result)

    def _drain(self, call: Callable[[], Any]) -> Any:
        """In the worker: call, and send what a generator yields as it yields it."""
        result = call()
        if not inspect.isgenerator(result):
            return result
        for item in result:
            if self._closed:
                result.close()
                break
            asyncio.run_coroutine_threadsafe(self._emit(item), self._loop).result()
        return None

    async def _step(self, steps: Iterator[Any] | AsyncIterator[Any]) -> bool:
        try:
            if isinstance(steps, AsyncIterator):
                item = await contained(anext(steps, _END))
            else:
                item = await self._worker.run(partial(next, steps, _END))
        except Exception:
            self._steps = None  # a generator that raised is over; the next tick begins it anew
            raise
        if item is _END:
            return False
        await self._emit(item)
        return True

    async def _emit(self, item: Any) -> None:
        """Send one yielded item: a pair names its outport, anything else goes to the main one."""
        if item is None:
            return
        if isinstance(item, tuple) and len(item) == 2 and item[0] in self._outports:
            await self._send(item[0], item[1])
        else:
            await self._send(self._main_outport(), item)

    def _main_outport(self) -> PortName:
        plain = [port for port in self._outports if port != "error"]
        if not plain:
            raise UnknownName("outport", "out", known=self._outports)
        return PortName("out") if "out" in plain else plain[0]

    def _send_from_anywhere(self, port: str, value: Any) -> Awaitable[None]:
        """What `self.send` of an object is: blocks in its thread, is to be awaited on the loop."""
        try:
            here: asyncio.AbstractEventLoop | None = asyncio.get_running_loop()
        except RuntimeError:
            here = None
        sending = _as_coroutine(self._send(PortName(port), value))
        if here is self._loop:
            sent = _Sending(asyncio.ensure_future(sending), self._failed)
            self._unawaited.add(sent.task)  # a loop forgets a task that nobody refers to
            sent.task.add_done_callback(self._unawaited.discard)
            return sent
        elsewhere = asyncio.run_coroutine_threadsafe(sending, self._loop)
        if here is not None:  # the handler runs a loop of its own
            return asyncio.wrap_future(elsewhere)
        elsewhere.result()
        return _Done()


_END = object()


class _Sending:
    """A message on its way. If nobody awaits it, its failure is told to the participant."""

    def __init__(self, task: asyncio.Future[None], failed: Callable[[BaseException], None]) -> None:
        self.task = task
        self._failed = failed
        self._is_awaited = False
        task.add_done_callback(self._done)

    def __await__(self) -> Generator[Any, None, None]:
        self._is_awaited = True
        return self.task.__await__()

    def _done(self, task: asyncio.Future[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None and not self._is_awaited:
            self._failed(error)


class _Done:
    """What awaiting something that is finished already is."""

    def __await__(self) -> Generator[Any, None, None]:
        return
        yield


async def _as_coroutine(awaitable: Awaitable[None]) -> None:
    await awaitable


def _is_async(code: Callable[..., Any]) -> bool:
    if not inspect.isroutine(code) and not isinstance(code, partial):
        code = type(code).__call__  # an object that can be called
    return inspect.iscoroutinefunction(code) or inspect.isasyncgenfunction(code)


def _same(before: Any, after: Any) -> bool:
    try:
        return bool(before == after)
    except Exception:  # an array's == is no truth value; then only identity is certain
        return before is after
