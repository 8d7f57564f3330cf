"""One connection that stands, and the channels on it. It does not come back when it is lost.

Whoever owns it opens a new one, and declares, binds and consumes anew on that: one place that
knows what there is to restore. `connect` makes it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import TypeVar

from pamqp import commands

from msgflo_lab.errors import ConnectionFailed, Timeout, TransportError

from ..limits import CLOSE_SECONDS
from . import requests
from .channel import Channel
from .dialogue import OnClosed
from .errors import ChannelClosed, ConnectionLost
from .frames import HEARTBEAT_FRAME, METHOD, Receiver, decode_method, encode_method
from .limits import AMQP_SOON_SECONDS
from .wire import Wire

T = TypeVar("T")

_log = logging.getLogger(__name__)

OnLost = Callable[[ConnectionLost], None]
"""Called on the loop, once, when a connection is gone that was not closed by `close`."""
OnBlocked = Callable[[str | None], None]
"""Called on the loop when the broker cannot take messages (why), and when it can again (None)."""


class Connection:
    """A connection to a broker.

    Attributes:
        wire: Its socket.
        frame_max: Longest frame, in bytes, as agreed on.
        heartbeat: Seconds, as agreed on; 0: none.
        max_payload: Longest message that its channels send, in bytes.
        blocked: Why the broker does not take messages at present, or None. It has stopped to read
            from us altogether, acknowledgements and requests included, from the first message on
            that we published in spite of it; what is written waits.
        server: What the broker says of itself.
        lost: Why it is gone; None while it stands.
    """

    def __init__(
        self,
        wire: Wire,
        receivers: dict[int, Receiver],
        where: str,
        *,
        frame_max: int,
        channels: int,
        heartbeat: int,
        max_payload: int,
        server: dict[str, object],
        on_lost: OnLost,
        on_blocked: OnBlocked,
    ) -> None:
        self.wire = wire
        self.frame_max = frame_max
        self.heartbeat = heartbeat
        self.max_payload = max_payload
        self.blocked: str | None = None
        self.server = server
        self.lost: TransportError | None = None
        self._where = where
        self._receivers = receivers
        self._max_channels = channels
        self._channels: dict[int, Channel] = {}
        self._on_lost = on_lost
        self._on_blocked = on_blocked
        self._loop = asyncio.get_running_loop()
        self._closing = False
        self._closed: asyncio.Future[None] = self._loop.create_future()
        self._waiting: list[asyncio.Future[None]] = []
        self._reads = self._writes = self._silent = 0
        self._timer: asyncio.TimerHandle | None = None
        wire.on_room = self.wake
        receivers[0] = self._receive
        if heartbeat:
            self._timer = self._loop.call_later(heartbeat / 2, self._tick)

    async def channel(
        self, *, confirms: bool = False, on_closed: OnClosed | None = None
    ) -> Channel:
        """Open a channel.

        Args:
            confirms: The broker is to answer for every message that is published on it.
            on_closed: Called when the broker closes it while the connection stands. Not called
                for `Channel.close`, nor when the connection is gone.

        Raises:
            ConnectionLost: The connection is gone.
            ConnectionFailed: There are as many channels as there may be.
        """
        if self.lost is not None:
            raise self.lost.with_traceback(None)
        number = self._free_number()
        channel = Channel(self, number, confirms=confirms, on_closed=on_closed or _unheard)
        self._channels[number] = channel
        self._receivers[number] = channel.receive
        try:
            await channel.call(requests.open_channel(), commands.Channel.OpenOk)
            if confirms:
                await channel.call(requests.select_confirms(), commands.Confirm.SelectOk)
        except BaseException:
            channel.abandon()
            raise
        return channel

    async def close(self) -> None:
        """Leave in order: what was published and settled is carried out. Idempotent.

        A broker that does not answer is left after `CLOSE_SECONDS`.
        """
        if self.lost is None and not self._closing:
            for channel in self._channels.values():
                channel.flush_acks()
            self._closing = True
            self.wire.write(encode_method(requests.close_connection(), 0))
        try:
            # While it is blocked it does not read, and so does not answer.
            patience = CLOSE_SECONDS if self.blocked is None else 0
            await asyncio.wait([self._closed], timeout=patience)
        finally:
            await self.wire.close()

    async def unless_blocked(self, work: Coroutine[None, None, T]) -> T:
        """Wait for what the broker answers, but not for long while it is `blocked`.

        Raises:
            Timeout: It is, and gives no answer.
        """
        task = asyncio.create_task(work, name="amqp answer")
        try:
            while not (await asyncio.wait([task], timeout=AMQP_SOON_SECONDS))[0]:
                if self.blocked is not None and self.lost is None:
                    raise Timeout(
                        f"{self._where} takes no messages at present, and answers nothing: "
                        f"{self.blocked}"
                    )
            return task.result()
        finally:
            task.cancel()

    @property
    def crowded(self) -> bool:
        """Whoever publishes should wait, on every channel."""
        return self.wire.congested or (self.blocked is not None and self.lost is None)

    async def wait(self) -> None:
        """Wait until something has changed that may have made room."""
        future: asyncio.Future[None] = self._loop.create_future()
        self._waiting.append(future)
        try:
            await future
        finally:
            if future in self._waiting:
                self._waiting.remove(future)

    # its channels, its wire and `connect` call these

    def wake(self) -> None:
        """Have whoever waits for room look again."""
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    def forget(self, number: int) -> None:
        """A channel is closed on both ends; its number may be used again."""
        self._channels.pop(number, None)
        self._receivers.pop(number, None)

    def wire_lost(self, error: Exception | None) -> None:
        """The socket is gone."""
        if self.lost is not None:
            return
        if self._timer is not None:
            self._timer.cancel()
        if isinstance(error, ConnectionLost):
            lost: TransportError = error
        elif self._closing:
            lost = ChannelClosed(200, "the connection was closed by us")
        else:
            why = str(error) if error is not None and str(error) else "the broker closed it"
            lost = ConnectionLost(f"lost the connection to {self._where}: {why}")
            lost.__cause__ = error
        self.lost = lost
        for channel in list(self._channels.values()):
            channel.end(lost)
        self._channels.clear()
        self._receivers.clear()
        if not self._closed.done():
            self._closed.set_result(None)
        self.wake()
        if not self._closing:
            assert isinstance(lost, ConnectionLost)
            self._on_lost(lost)

    def _receive(self, kind: int, buffer: bytes, start: int, stop: int) -> None:
        if kind != METHOD:
            return
        method = decode_method(buffer, start, stop)
        if isinstance(method, commands.Connection.Close):
            self.wire.write(encode_method(requests.connection_closed(), 0))
            self.wire.flush()
            text = f"{method.reply_code} {method.reply_text}"
            self.wire.fail(
                ConnectionLost(
                    f"lost the connection to {self._where}: {text}", method.reply_code or None
                )
            )
        elif isinstance(method, commands.Connection.CloseOk):
            if not self._closed.done():
                self._closed.set_result(None)
        elif isinstance(method, commands.Connection.Blocked):
            self.blocked = method.reason or "no reason given"
            self._on_blocked(self.blocked)
        elif isinstance(method, commands.Connection.Unblocked):
            self.blocked = None
            self.wake()
            self._on_blocked(None)
        else:
            _log.debug("ignored %s", method.name)

    def _tick(self) -> None:
        """Twice per heartbeat: say that we live, and see that the broker does.

        Ticks are counted rather than time, so that a laptop that has slept, or a loop that was
        held up, first reads what has come meanwhile.
        """
        self._timer = self._loop.call_later(self.heartbeat / 2, self._tick)
        if self.wire.reads == self._reads:
            self._silent += 1
            if self._silent > 4:
                silent = 2 * self.heartbeat
                self.wire.fail(
                    ConnectionLost(
                        f"lost the connection to {self._where}: no sign of life for {silent} s"
                    )
                )
                return
        else:
            self._reads, self._silent = self.wire.reads, 0
        if self.wire.writes == self._writes:
            self.wire.write(HEARTBEAT_FRAME)
            self.wire.flush()
        self._writes = self.wire.writes

    def _free_number(self) -> int:
        for number in range(1, self._max_channels + 1):
            if number not in self._channels:
                return number
        raise ConnectionFailed(
            f"all {self._max_channels} channels of the connection to {self._where} are in use"
        )


def _unheard(_error: ChannelClosed) -> None:
    """Nobody wants to know."""
