"""A connection that comes back. Whoever owns it says how things are restored on a new one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from msgflo_lab.errors import ConnectionFailed, TransportError
from msgflo_lab.transport import Link, OnLink, OnNote

from ..backoff import Backoff
from ..limits import PATIENCE_SECONDS, STABLE_SECONDS
from .connect import connect
from .connection import Connection
from .errors import ConnectionLost, GivenUp
from .limits import AMQP_MAX_RECEIVED, AMQP_SOON_SECONDS, AMQP_STOOD_SECONDS
from .settings import Settings

_log = logging.getLogger(__name__)


class Lasting:
    """One handle's way to the broker, for as long as it is open.

    There is one way to recover from anything (a lost socket, a broker that restarts, a channel that
    the broker closes because a queue is gone): a new connection on which everything is restored.

    Attributes:
        connection: The one that stands with everything restored on it, or None.
    """

    def __init__(
        self,
        settings: Settings,
        name: str,
        *,
        restore: Callable[[Connection], Awaitable[None]],
        lost: Callable[[], None],
        on_link: OnLink,
        on_note: OnNote,
    ) -> None:
        """`restore` is awaited on each new connection; `lost` is called when it is no more."""
        self.connection: Connection | None = None
        self._opening: Connection | None = None
        self._settings = settings
        self._name = name
        self._restore = restore
        self._lost = lost
        self._on_link = on_link
        self._on_note = on_note
        self._loop = asyncio.get_running_loop()
        self._ready = asyncio.Event()
        self._ended: asyncio.Future[str] = self._loop.create_future()
        self._backoff = Backoff()
        self._up_since = self._down_since = 0.0
        self._why = self._obstacle = ""
        self._gave_up = False
        self._keeper: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def is_closed(self) -> bool:
        """`close` was called."""
        return self._closed

    async def start(self) -> None:
        """Connect for the first time. Raises ConnectionFailed."""
        await self._open()
        self._keeper = asyncio.create_task(self._keep(), name=f"amqp {self._name}")

    async def ready(self, *, soon: bool = False) -> Connection:
        """The connection, once there is one with everything restored.

        Args:
            soon: For somebody who waits for an answer: a link that is lost for long is not awaited.

        Raises:
            ConnectionFailed: None within `PATIENCE_SECONDS` (`soon`: `AMQP_SOON_SECONDS` after it
                was lost), or closed.
        """
        while True:
            if self._closed:
                raise ConnectionFailed(f"the handle on {self._settings.url} is closed")
            if self.connection is not None:
                return self.connection
            rest = self._down_since + AMQP_SOON_SECONDS - self._loop.time()
            try:
                async with asyncio.timeout(rest if soon else PATIENCE_SECONDS):
                    await self._ready.wait()
            except TimeoutError:
                raise (self._is_down() if soon else self.impatient()) from None

    def impatient(self) -> ConnectionFailed:
        """What is told to whoever has waited for a link for too long."""
        why = f" ({self._why})" if self._why else ""
        return ConnectionFailed(
            f"no link to {self._settings.url}, and none came back within {PATIENCE_SECONDS:g} s"
            f"{why}"
        )

    def _is_down(self) -> ConnectionFailed:
        return ConnectionFailed(
            f"there is no link at present: {self._why}; it comes back by itself, as soon as that "
            "is possible"
        )

    def renew(self, why: str) -> None:
        """Give this connection up, also one that is being restored, and get another one."""
        for connection in (self.connection, self._opening):
            if connection is not None:
                connection.wire.fail(GivenUp(why))

    async def close(self) -> None:
        """Leave in order. Idempotent."""
        self._closed = True
        self._ready.set()
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait([self._keeper])
        connection, self.connection = self.connection, None
        if connection is not None:
            await connection.close()

    async def _keep(self) -> None:
        while True:
            why = self._obstacle = await self._ended
            _log.info("%s: link lost: %s", self._name, why)
            self._tell(Link.DOWN, why)
            while True:
                stood = self._loop.time() - self._up_since if self._up_since else 0.0
                self._up_since = 0.0
                if self._gave_up and stood >= AMQP_STOOD_SECONDS:
                    stood = STABLE_SECONDS
                await asyncio.sleep(self._backoff.pause(stood))
                try:
                    await self._open()
                except TransportError as error:
                    _log.debug("%s: %s", self._name, error)
                    self._still_down(str(error))
                except Exception:
                    # A bug; but a handle that stops trying would be a worse one.
                    _log.exception("%s: connecting failed", self._name)
                else:
                    break
            _log.info("%s: link up", self._name)
            self._tell(Link.UP, f"connected to {self._settings.url}")

    def _still_down(self, why: str) -> None:
        """Say what is in the way, whenever that is another thing than before."""
        if why != self._obstacle:
            self._why = self._obstacle = why
            self._on_note(f"still no link: {why}")

    async def _open(self) -> None:
        settings = self._settings
        tls = await settings.tls.context(settings.url) if settings.tls is not None else None
        ended: asyncio.Future[str] = self._loop.create_future()

        def lost(error: ConnectionLost) -> None:
            was_up, self.connection = self.connection is not None, None
            if was_up:
                self._down_since, self._why = self._loop.time(), str(error)
                self._gave_up = isinstance(error, GivenUp)
            self._ready.clear()
            self._lost()
            if was_up and not ended.done():
                ended.set_result(str(error))

        connection = await connect(
            settings.url,
            name=self._name,
            on_lost=lost,
            on_blocked=self._blocked,
            tls=tls,
            heartbeat=settings.heartbeat,
            # What somebody else could send, we can send back; what is new, `Outbox` bounds.
            max_payload=AMQP_MAX_RECEIVED,
        )
        self._opening = connection
        try:
            await self._restore(connection)
            if connection.lost is not None:
                raise connection.lost
        except BaseException as error:
            connection.wire.fail(ConnectionLost(str(error)))
            raise
        finally:
            self._opening = None
        self._ended = ended
        self._up_since = self._loop.time()
        self.connection = connection
        self._ready.set()

    def _blocked(self, why: str | None) -> None:
        if why is None:
            self._on_note("the broker takes messages again")
        else:
            self._on_note(f"the broker takes no messages at present: {why}")

    def _tell(self, link: Link, detail: str) -> None:
        try:
            self._on_link(link, detail)
        except Exception:
            _log.exception("on_link raised")
