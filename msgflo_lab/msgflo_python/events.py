"""`gevent.event`, on strands: things that happen, and can be waited for. For any thread."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from . import strands
from .failures import failed
from .timeouts import Timeout


class Waitable:
    """Something that is ready at some time; whoever is interested can wait, or be called."""

    def __init__(self) -> None:
        self.waiters = strands.Waiters()
        self._links: list[Callable[[Any], Any]] = []

    def ready(self) -> bool:
        """True once it has happened."""
        raise NotImplementedError

    def rawlink(self, callback: Callable[[Any], Any]) -> None:
        """Have this called with it when it happens; at once if it has. Its errors are printed."""
        if self.ready():
            self._tell(callback)
        else:
            self._links.append(callback)

    def unlink(self, callback: Callable[[Any], Any]) -> None:
        """Undo `rawlink`. Idempotent."""
        if callback in self._links:
            self._links.remove(callback)

    def _happened(self) -> None:
        links, self._links = self._links, []
        self.waiters.wake()
        for each in links:
            self._tell(each)

    def _tell(self, callback: Callable[[Any], Any]) -> None:
        try:
            callback(self)
        except BaseException as error:  # of the callback's, and no concern of who has set this
            failed((callback, self), error)

    def _wait(self, timeout: float | None) -> bool:
        return strands.wait(self.ready, self.waiters, timeout=timeout)


class Event(Waitable):
    """A flag."""

    def __init__(self) -> None:
        super().__init__()
        self._flag = False

    def is_set(self) -> bool:
        """Whether it is up."""
        return self._flag

    isSet = ready = is_set  # noqa: N815

    def set(self) -> None:
        """Up; all who wait go on."""
        self._flag = True
        self._happened()

    def clear(self) -> None:
        """Down."""
        self._flag = False

    def wait(self, timeout: float | None = None) -> bool:
        """Until it is up; False if that takes longer."""
        return self._wait(timeout)


class Result(Waitable):
    """Something that comes to a value, or to an error."""

    def __init__(self) -> None:
        super().__init__()
        self.value: Any = None
        self._error: BaseException | None = None
        self._is_ready = False

    def ready(self) -> bool:
        """True once there is one of both."""
        return self._is_ready

    def successful(self) -> bool:
        """True once there is a value."""
        return self._is_ready and self._error is None

    @property
    def exception(self) -> BaseException | None:
        """The error."""
        return self._error

    @property
    def exc_info(self) -> tuple[Any, ...]:
        """The error, as `sys.exc_info` has it."""
        error = self._error
        return () if error is None else (type(error), error, error.__traceback__)

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """The value.

        Raises:
            BaseException: The error.
            Timeout: There is none within so many seconds.
        """
        if not self._wait(timeout if block else 0):
            raise Timeout(timeout)
        if self._error is not None:
            raise self._error
        return self.value

    def _came_to(self, value: Any = None, error: BaseException | None = None) -> None:
        self.value, self._error, self._is_ready = value, error, True
        self._happened()


class AsyncResult(Result):
    """A value that somebody sets."""

    def set(self, value: Any = None) -> None:
        """This is the value."""
        self._came_to(value)

    def set_exception(self, exception: BaseException, exc_info: Any = None) -> None:
        """This is the error."""
        del exc_info
        self._came_to(error=exception)

    def get_nowait(self) -> Any:
        """`get(block=False)`."""
        return self.get(block=False)

    def wait(self, timeout: float | None = None) -> Any:
        """The value, or None if there is none within so many seconds."""
        self._wait(timeout)
        return self.value

    def __call__(self, source: Result) -> None:
        """For `link`: come to what that has come to."""
        self._came_to(source.value, source.exception)


def iwait(
    objects: Iterable[Waitable], timeout: float | None = None, count: int | None = None
) -> Iterator[Waitable]:
    """Those of them that are ready, as they become so."""
    left = list(objects)
    end = None if timeout is None else time.monotonic() + timeout
    for _ in range(len(left) if count is None else min(count, len(left))):
        remains = None if end is None else max(0, end - time.monotonic())
        if not _any_ready(left, remains):
            return
        found = next(each for each in left if each.ready())
        left.remove(found)
        yield found


def _any_ready(objects: Sequence[Waitable], timeout: float | None) -> bool:
    waiters = [each.waiters for each in objects]
    return strands.wait(lambda: any(each.ready() for each in objects), *waiters, timeout=timeout)


def wait_for(
    objects: Iterable[Waitable], timeout: float | None = None, count: int | None = None
) -> list[Waitable]:
    """Those that are ready when all are, or so many, or when the time is over."""
    objects = list(objects)
    number = len(objects) if count is None else min(count, len(objects))

    def ready() -> list[Waitable]:
        return [each for each in objects if each.ready()]

    strands.wait(
        lambda: len(ready()) >= number, *(each.waiters for each in objects), timeout=timeout
    )
    return ready()
