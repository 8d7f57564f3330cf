"""`gevent.Greenlet` and what gevent itself has, on strands."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Self

from ..errors import MsgFloLabError
from . import strands
from .events import Result, Waitable, wait_for
from .failures import failed
from .limits import GREENLETS
from .workers import work


class GreenletExit(BaseException):
    """Raised in a greenlet that is killed. It counts as its value."""


class TooManyGreenlets(MsgFloLabError, RuntimeError):
    """Greenlets of ours are threads; there may be `GREENLETS`."""


class Greenlet(Result):
    """A function, or a subclass's `_run`, at work beside others."""

    def __init__(self, run: Callable[..., Any] | None = None, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        if run is not None:
            self._run = run  # type: ignore[method-assign]
        self.args, self.kwargs = args, kwargs
        self.turns = strands.turns_of_new()
        self._strand: strands.Strand | None = None

    def _run(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError("a Greenlet needs a function, or a `_run` of its own")

    @classmethod
    def spawn(cls, *args: Any, **kwargs: Any) -> Self:
        """Make one and start it."""
        made = cls(*args, **kwargs)
        made.start()
        return made

    @classmethod
    def spawn_later(cls, seconds: float, *args: Any, **kwargs: Any) -> Self:
        """Make one and start it in so many seconds."""
        made = cls(*args, **kwargs)
        made.start_later(seconds)
        return made

    def start(self) -> None:
        """It begins as soon as it is its turn. Starting it again does nothing.

        Raises:
            TooManyGreenlets: There are `GREENLETS` already.
        """
        self.start_later(0)

    def start_later(self, seconds: float) -> None:
        """It begins in so many seconds. Raises like `start`."""
        if self._strand is not None or self.ready():
            return
        if len(_alive) >= GREENLETS:
            raise TooManyGreenlets(
                f"{GREENLETS:,} greenlets are at work, the most there can be without gevent; "
                "`pip install gevent` allows more"
            )
        self._strand = strands.Strand(self.turns)
        self._strand.owner = self
        _alive.add(self)
        self._strand.get_ready()
        work(partial(self._live, seconds))

    def kill(
        self, exception: Any = GreenletExit, block: bool = True, timeout: float | None = None
    ) -> None:
        """Have it raise this where it sleeps or waits, and wait until it has ended."""
        if self.ready():
            return
        if self._strand is None:
            self._came_to(GreenletExit())
            return
        self._strand.throw(exception() if isinstance(exception, type) else exception)
        if block:
            self.join(timeout)

    throw = kill

    def join(self, timeout: float | None = None) -> None:
        """Wait until it has ended, at most so many seconds."""
        self._wait(timeout)

    @property
    def dead(self) -> bool:
        """It has ended."""
        return self.ready()

    @property
    def started(self) -> bool:
        """It has been started, and has not ended."""
        return self._strand is not None and not self.ready()

    def __bool__(self) -> bool:
        return self.started

    def link(self, callback: Callable[[Self], Any]) -> None:
        """Have this called with it when it has ended."""
        self.rawlink(partial(spawn, callback))

    def link_value(self, callback: Callable[[Self], Any]) -> None:
        """The same, if it has come to a value."""
        self.rawlink(lambda it: spawn(callback, it) if it.successful() else None)

    def link_exception(self, callback: Callable[[Self], Any]) -> None:
        """The same, if it has failed."""
        self.rawlink(lambda it: None if it.successful() else spawn(callback, it))

    def _live(self, seconds: float) -> None:
        assert self._strand is not None
        value: Any = None
        error: BaseException | None = None
        try:
            self._strand.begin()
            if seconds > 0:
                strands.sleep(seconds)
            value = self._run(*self.args, **self.kwargs)
        except GreenletExit as killed:
            value = killed
        except BaseException as raised:
            error = raised
            failed(self, raised)
        finally:
            _alive.discard(self)
            self._came_to(value, error)
            _changed.wake()
            self._strand.end()

    def __repr__(self) -> str:
        name = getattr(self._run, "__name__", type(self).__name__)
        return f"<{type(self).__name__} at {id(self):#x}: {name}>"


_alive: set[Greenlet] = set()
_changed = strands.Waiters()

spawn = Greenlet.spawn
spawn_later = Greenlet.spawn_later


def spawn_in(turns: strands.Turns, function: Callable[[], Any]) -> None:
    """Start one that takes part in these turns. From any thread."""
    made = Greenlet(function)
    made.turns = turns
    made.start()


def getcurrent() -> object:
    """The greenlet that this is called in; for the main program, something of its own."""
    strand = strands.current()
    return strand.owner or strand


def joinall(
    greenlets: Iterable[Greenlet],
    timeout: float | None = None,
    raise_error: bool = False,
    count: int | None = None,
) -> list[Waitable]:
    """Wait until all have ended, or so many. Those that have.

    Raises:
        BaseException: With `raise_error`, what one of them has failed with.
    """
    ended = wait_for(greenlets, timeout, count)
    for each in ended if raise_error else ():
        if isinstance(each, Result) and each.exception is not None:
            raise each.exception
    return ended


def killall(
    greenlets: Iterable[Greenlet],
    exception: Any = GreenletExit,
    block: bool = True,
    timeout: float | None = None,
) -> None:
    """Kill all of them."""
    greenlets = list(greenlets)
    for each in greenlets:
        each.kill(exception, block=False)
    if block:
        joinall(greenlets, timeout)


def wait(
    objects: Iterable[Waitable] | None = None,
    timeout: float | None = None,
    count: int | None = None,
) -> Any:
    """Wait for these, or until all other greenlets of this thread have ended."""
    if objects is not None:
        return wait_for(objects, timeout, count)
    own, turns = strands.current().owner, strands.turns_of_new()

    def is_alone() -> bool:
        return not any(each.turns is turns for each in list(_alive) if each is not own)

    return strands.wait(is_alone, _changed, timeout=timeout)
