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
from .output import OutputLog, current
from .worker import Worker

Send = Callable[[PortName, Any], Awaitable[None]]
"""Publishes a value on an outport; runs on the loop."""


class Handler:
    """One life of a behaviour. All methods run on the loop."""

    def __init__(self, behaviour: Behaviour, send: Send, name: str, output: OutputLog) -> None:
        self.behaviour = behaviour
        self._send = send
        # A stream occupies its thread for as long as it runs; messages need one beside it.
        self._worker, self._streamer = (
            Worker(f"msgflo {name}", enter=partial(current.set, output)) for _ in range(2)
        )
        self._closed = False
        self._latest: dict[PortName, Any] = {}
        self._loop = asyncio.get_running_loop()
        self._outports = [port.name for port in behaviour.outports]
        self._object: Any = None
        self._steps: Iterator[Any] | AsyncIterator[Any] | None = None
        self._is_async = _is_async(behaviour.code)

    def adopt(self, before: Handler) -> None:
        """Go on with the values that the handler before this one had received.

        A setting whose default was changed in the code starts anew with the new default.
        """
        old, new = before.behaviour, self.behaviour
        names = {port.name for port in new.inports}
        for port, value in before._latest.items():
            if port in names and _same(old.settings.get(port), new.settings.get(port)):
                self._latest[port] = value

    async def open(self) -> None:
        """Make the object, where the behaviour is a class. Its `__init__` may raise anything."""
        if self.behaviour.is_object:
            self._object = await self._worker.run(self.behaviour.code)
            with contextlib.suppress(AttributeError):  # a class with __slots__ goes without
                self._object.send = self._send_from_anywhere

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
        if self.behaviour.is_object:
            await self._carry_out(partial(self._object.process, str(port), value))
            return
        self._latest[port] = value
        # A source reads its settings at its next run; it does not run because one came.
        if self.behaviour.every is None and not self.behaviour.streams and self._is_complete():
            await self._carry_out(self._call())

    async def tick(self) -> bool:
        """One run of a timed source. False once a generator has come to its end."""
        code = self.behaviour.code
        if inspect.isgeneratorfunction(code):
            self._steps = self._steps or self._call()()
            return await self._step(partial(next, self._steps, _END))
        if inspect.isasyncgenfunction(code):
            self._steps = self._steps or self._call()()
            return await self._step(partial(anext, self._steps, _END))
        if self.behaviour.is_object:
            await self._carry_out(partial(self._object.process, "", None))
        elif self._is_complete():
            await self._carry_out(self._call())
        return True

    async def stream(self) -> None:
        """Run a source that has no timer, from its start to its end."""
        call = self._object.run if self.behaviour.is_object else self._call()
        await self._carry_out(call, self._streamer)

    def _call(self) -> Callable[[], Any]:
        values = {**self.behaviour.settings, **self._latest}
        names = self.behaviour.parameters
        arguments = {names[port]: value for port, value in values.items() if port in names}
        return partial(self.behaviour.code, **arguments)

    def _is_complete(self) -> bool:
        return all(port in self._latest for port in self.behaviour.required)

    async def _carry_out(self, call: Callable[[], Any], worker: Worker | None = None) -> None:
        if self._is_async:
            result = call()
        else:
            result = await (worker or self._worker).run(partial(self._drain, call))
        if inspect.isawaitable(result):
            result = await result
        if isinstance(result, AsyncIterator):
            async for item in result:
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

    async def _step(self, advance: Callable[[], Any]) -> bool:
        try:
            item = await advance() if self._is_async else await self._worker.run(advance)
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
        sending = self._send(PortName(port), value)
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            asyncio.run_coroutine_threadsafe(_as_coroutine(sending), self._loop).result()
            return _Done()
        return asyncio.ensure_future(sending)


_END = object()


class _Done:
    """What awaiting something that is finished already is."""

    def __await__(self) -> Generator[Any, None, None]:
        return
        yield


async def _as_coroutine(awaitable: Awaitable[None]) -> None:
    await awaitable


def _is_async(code: Callable[..., Any]) -> bool:
    if inspect.isclass(code):
        methods = [getattr(code, name, None) for name in ("process", "run")]
        return any(_is_async(method) for method in methods if method is not None)
    return inspect.iscoroutinefunction(code) or inspect.isasyncgenfunction(code)


def _same(before: Any, after: Any) -> bool:
    try:
        return bool(before == after)
    except Exception:  # an array's == is no truth value; then only identity is certain
        return before is after
