"""A behaviour at work: which call a message leads to, and what is sent of it.

A `Handler` is one life of a behaviour (running the cell again makes a new one). It gets jobs on the
lab's loop and does them in its own thread, on a loop of its own if its code is `async`; whatever it
sends goes into the participant's `Outlet`. Results may be a value, an iterator of values and
`("port", value)` pairs, or an awaitable of either.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextvars import copy_context
from functools import partial
from typing import Any

from ..errors import NotRunning, UnknownName
from ..message import decode, encode
from ..names import PortName
from .behaviour import Behaviour
from .current import CurrentMessage, here
from .failure import carried, contained
from .fairness import TimeSlice
from .jobs import Job, Outlet, Room, Sending, current_job
from .lanes import Lane, LoopLane, ThreadLane
from .measured import Measured
from .object import Interruptible
from .output import OutputLog, current

_NO_PORT = PortName("")
_PLAIN = frozenset({bool, bytes, dict, float, int, list, str, tuple})
"""Types of results that are sent as they are, without a further look."""


class Handler:
    """One life of a behaviour. Public methods are for the lab's loop, except `send`.

    Attributes:
        is_over: A timed source that is a generator has come to its end.
    """

    def __init__(
        self, behaviour: Behaviour, outlet: Outlet, name: str, output: OutputLog, measured: Measured
    ) -> None:
        """`measured` counts jobs, if anybody wants to know."""
        self.behaviour = behaviour
        self.is_over = False
        self._outlet = outlet
        self._name = name
        self._output = output
        self._measured = measured
        measured.expect(port.name for port in behaviour.inports)
        self._timing = measured.jobs
        self._closed = False
        self._outports = [port.name for port in behaviour.outports]
        self._main_outport = _main(self._outports)
        # A source reads its settings at its next run; it does not run because one came.
        self._reacts = behaviour.every is None and not behaviour.streams
        self._latest: dict[PortName, Any] = {}
        self._arguments: dict[str, Any] = {
            behaviour.parameters[port]: value for port, value in behaviour.settings.items()
        }
        self._missing = set(behaviour.required)
        self._process: Callable[[str, Any], Any] | None = None
        self._run: Callable[[], Any] | None = None
        self._interrupt: Callable[[], object] | None = None
        self._steps: Iterator[Any] | AsyncIterator[Any] | None = None
        main, run = behaviour.code, behaviour.code
        if behaviour.is_object:
            main = getattr(behaviour.code, "process", main)
            run = getattr(behaviour.code, "run", main)
        self._lane = self._new_lane(main)
        # A plain stream occupies its thread for as long as it runs; messages need one beside it.
        is_shared = not behaviour.streams or (_is_async(main) and _is_async(run))
        self._streaming = self._lane if is_shared else self._new_lane(run)

    def adopt(self, before: Handler) -> None:
        """Go on with the values that the handler before this one had received.

        A setting whose default was changed in the code starts anew with the new default.
        """
        old, new = before.behaviour, self.behaviour
        for port, value in before._latest.items():
            if port in new.parameters and _same(old.settings.get(port), new.settings.get(port)):
                self._receive(port, value)

    async def open(self) -> None:
        """Make the object, where the behaviour is a class. Its `__init__` may raise anything.

        Somebody has to read the outlet meanwhile.
        """
        if self.behaviour.is_object:
            done = asyncio.get_running_loop().create_future()
            self._lane.put(Job(_NO_PORT, act=self._make, done=done))
            await done

    def put(self, job: Job) -> None:
        """Do a job. It comes out of the outlet after everything that it has sent."""
        self._lane.put(job)

    @property
    def has_more(self) -> bool:
        """Whether jobs are at hand that have not been begun. In any thread."""
        return self._lane.has_more

    def take_back(self) -> list[Job]:
        """The jobs that have not been begun, in order; they will not be done here."""
        return self._lane.take_back()

    @property
    def job(self) -> Job | None:
        """What it is doing now, but for streams: those never end."""
        job = self._lane.job
        return None if job is None or job.beside else job

    @property
    def is_alive(self) -> bool:
        """True if a thread of it runs."""
        return self._lane.is_alive or self._streaming.is_alive

    def interrupt(self) -> None:
        """Somebody waits for the end of what it is doing; some code can be made to end."""
        if self._interrupt is not None:
            self._interrupt()

    def tick(self) -> Job:
        """One run of a timed source, to be put. `is_over` tells then if its generator has ended."""
        return Job(_NO_PORT, act=self._tick, done=asyncio.get_running_loop().create_future())

    def initial(self, port: PortName, value: Any) -> Job:
        """A value that an inport has from the beginning, to be put: as a message, but of nobody."""
        return Job(port, act=partial(self._take, port, value))

    def stream(self) -> None:
        """Run a source that has no timer, from its start to its end."""
        self._streaming.put(Job(_NO_PORT, act=self._stream, beside=True))

    def close(self) -> None:
        """Begin nothing more. A generator that runs in a thread ends at its next `yield`."""
        self._closed = True
        self._lane.stop()
        self._streaming.stop()

    async def join(self, patience: float) -> bool:
        """After `close`: wait at most so many seconds for the threads to end. True if they have."""
        return await self._lane.join(patience) and await self._streaming.join(patience)

    def _new_lane(self, code: Callable[..., Any]) -> Lane:
        name = f"msgflo {self._name}"
        if _is_async(code):
            return LoopLane(name, self._work_on_loop, self._thread)
        return ThreadLane(name, self._work, self._thread)

    # -- in the handler's thread ---------------------------------------------------------------

    @contextlib.contextmanager
    def _thread(self) -> Iterator[None]:
        current.set(self._output)
        with asyncio.Runner() as _here.runner:
            yield

    def _work(self, job: Job) -> None:
        current_job.set(job)
        began = _now() if self._timing.since else 0.0
        try:
            result = self._begin(job)
            if result is not None:
                self._hand_out(result)
        except BaseException as error:
            self._failed(job, error)
        if began and job.delivery is not None:
            self._measured.took(job, _now() - began)
        self._outlet.put(job)

    async def _work_on_loop(self, job: Job) -> None:
        current_job.set(job)
        began = _now() if self._timing.since else 0.0
        try:
            result = self._begin(job)
            if result is not None:
                await self._hand_out_on_loop(result)
        except BaseException as error:
            if _is_cancelled(error):
                raise
            self._failed(job, error)
        if began and job.delivery is not None:
            self._measured.took(job, _now() - began)
        self._outlet.put(job)

    def _begin(self, job: Job) -> Any:
        if job.act is not None:
            here.set(None)
            return job.act()
        delivery = job.delivery
        assert delivery is not None
        here.set(CurrentMessage(job, delivery, self._outlet))
        return self._take(job.port, decode(delivery.payload))

    def _take(self, port: PortName, value: Any) -> Any:
        if self._process is not None:
            return self._process(str(port), value)
        self._receive(port, value)
        if self._reacts and not self._missing:
            return self.behaviour.code(**self._arguments)
        return None

    def _failed(self, job: Job, error: BaseException) -> None:
        # What becomes of code that is over already is nobody's business any more.
        if not self._closed:
            job.error = carried(error)

    def _receive(self, port: PortName, value: Any) -> None:
        self._latest[port] = value
        self._arguments[self.behaviour.parameters[port]] = value
        self._missing.discard(port)

    def _make(self) -> None:
        made = self.behaviour.code()
        with contextlib.suppress(AttributeError):  # a class with __slots__ goes without
            made.send = self.send
        self._process = getattr(made, "process", None)
        self._run = getattr(made, "run", None)
        if isinstance(made, Interruptible):
            self._interrupt = made.interrupt

    def _tick(self) -> Any:
        call: Callable[[], Any]
        if self._run is not None:
            call = self._run
        elif self._process is not None:
            call = partial(self._process, "", None)
        elif self._missing:
            return None
        else:
            call = partial(self.behaviour.code, **self._arguments)
        if not (inspect.isgeneratorfunction(call) or inspect.isasyncgenfunction(call)):
            return call()
        self._steps = self._steps or call()
        if isinstance(self._steps, AsyncIterator):
            return self._step_on_loop(self._steps)
        with self._stepping():
            self._step(next(self._steps, _END))
        return None

    async def _step_on_loop(self, steps: AsyncIterator[Any]) -> None:
        with self._stepping():
            self._step(await contained(anext(steps, _END)))

    @contextlib.contextmanager
    def _stepping(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self._steps = None  # a generator that raised is over; the next tick begins it anew
            raise

    def _step(self, item: Any) -> None:
        if item is _END:
            self.is_over = True
        else:
            self._emit(item)

    def _stream(self) -> Any:
        return self._run() if self._run is not None else self.behaviour.code(**self._arguments)

    def _hand_out(self, result: Any) -> None:
        if type(result) in _PLAIN:
            self._send(self._main_outport, result)
        elif inspect.isgenerator(result):
            with contextlib.closing(result):
                for item in result:
                    if self._closed:
                        break
                    self._emit(item)
                    self._outlet.wait()
        elif inspect.isawaitable(result) or isinstance(result, AsyncIterator):
            _here.runner.run(self._hand_out_on_loop(result), context=copy_context())
        else:
            self._send(self._main_outport, result)

    async def _hand_out_on_loop(self, result: Any) -> None:
        if inspect.isawaitable(result):
            result = await contained(result)
        if isinstance(result, AsyncIterator):
            fairly = TimeSlice()
            while (item := await contained(anext(result, _END))) is not _END:
                self._emit(item)
                await Room(self._outlet)
                await fairly.give_way()
        elif inspect.isgenerator(result):
            for item in result:
                self._emit(item)
                await Room(self._outlet)
        elif result is not None:
            self._send(self._main_outport, result)

    def _emit(self, item: Any) -> None:
        """Send one yielded item: a pair names its outport, anything else goes to the main one."""
        if item is None:
            return
        if type(item) is tuple and len(item) == 2 and item[0] in self._outports:
            self._send(item[0], item[1])
        else:
            self._send(self._main_outport, item)

    def _send(self, port: str | None, value: Any) -> None:
        if port not in self._outports:
            raise UnknownName("outport", port or "out", where=self._name, known=self._outports)
        if self._closed:
            raise NotRunning(f"this code of `{self._name}` has been replaced or stopped")
        job = current_job.get()
        if self._timing.told and job is not None and not job.outport:
            job.outport = port
        self._outlet.put(Sending(job, PortName(port), encode(value)))

    def send(self, port: str, value: Any) -> Awaitable[None]:
        """What `self.send` of an object is, for any thread.

        In a plain function it returns when there is room for more; on a loop it is to be awaited.

        Raises:
            UnknownName: There is no such outport.
            InvalidMessage: The value cannot be sent.
            NotRunning: The participant was stopped, or has other code now.
        """
        self._send(port, value)
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            self._outlet.wait()
        return Room(self._outlet)


_now = time.perf_counter
_END = object()
_here = threading.local()
"""`runner` runs what plain code returns unfinished, such as a coroutine, in the lane's thread."""


def _main(outports: list[PortName]) -> PortName | None:
    """Where a result goes that names no outport."""
    plain = [port for port in outports if port != "error"]
    return PortName("out") if "out" in plain else next(iter(plain), None)


def _is_async(code: Callable[..., Any]) -> bool:
    if not inspect.isroutine(code) and not isinstance(code, partial):
        code = type(code).__call__  # an object that can be called
    return inspect.iscoroutinefunction(code) or inspect.isasyncgenfunction(code)


def _is_cancelled(error: BaseException) -> bool:
    """True if it is our own task that is being cancelled; a handler may raise the same."""
    task = asyncio.current_task()
    return isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling() > 0


def _same(before: Any, after: Any) -> bool:
    try:
        return bool(before == after)
    except Exception:  # an array's == is no truth value; then only identity is certain
        return before is after
