"""What one channel asks of a broker, and what the broker asks of it: all but the messages.

The slow way, one future for each request. `Channel` adds the fast one.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from pamqp import commands

from msgflo_lab.errors import TransportError

from . import requests
from .answers import Answers
from .delivery import Consuming, Delivery, nothing
from .errors import ChannelClosed
from .frames import MalformedFrame, Method, encode_method
from .requests import Arguments, Request
from .topology import M, Topology

if TYPE_CHECKING:
    from .connection import Connection

OnDelivery = Callable[[Delivery], None]
"""Called on the loop with each message, while bytes are read: it must not take long, nor raise (the
connection would be dropped)."""
OnCancelled = Callable[[], None]
"""Called on the loop when the broker ends a consumer: its queue is gone."""
OnClosed = Callable[[ChannelClosed], None]
"""Called on the loop when the broker closes a channel while the connection stands."""


class Dialogue(Topology):
    """Requests and their answers, consumers that begin and end, and the end of the channel.

    Attributes:
        number: What AMQP calls the channel on this connection.
    """

    def __init__(self, connection: Connection, number: int, on_closed: OnClosed) -> None:
        self.number = number
        self._connection = connection
        self._wire = connection.wire
        self._on_closed = on_closed
        self._error: TransportError | None = None
        self._closing = False
        self._flowing = True
        self._answers = Answers()
        self._consumers: dict[bytes, Consuming] = {}
        self._given_up: set[str] = set()
        self._tags = itertools.count(1)

    @property
    def is_open(self) -> bool:
        """False once it is closed, or its connection is gone."""
        return self._error is None and not self._closing

    @property
    def error(self) -> TransportError | None:
        """Why it is closed; None while it is not."""
        return self._error

    async def call(self, request: Request, answer: type[M]) -> M:
        """Send a request and wait for its answer. See `Topology`."""
        self._check()
        found = await self._ask(request, answer)
        assert isinstance(found, answer)
        return found

    async def consume(
        self,
        queue: str,
        on_delivery: OnDelivery,
        *,
        prefetch: int = 0,
        exclusive: bool = False,
        no_ack: bool = False,
        arguments: Arguments = None,
        on_cancelled: OnCancelled | None = None,
    ) -> str:
        """Receive the messages of a queue. Returns the consumer's tag, for `cancel`.

        Args:
            prefetch: How many of them may be unsettled, for this consumer; 0: any number.
            exclusive: Nobody else may consume the queue.
            no_ack: The broker forgets what it has sent: at most once.
            arguments: `x-priority`, for example.
            on_cancelled: The broker has ended it. No delivery follows; what was delivered before
                can still be settled.

        Raises:
            ChannelClosed: No such queue (404), or somebody has it for himself (403, 405).
            ConnectionLost: The connection is gone.
        """
        self._check()
        tag = f"{self.number}-{next(self._tags)}"
        request = requests.consume(
            queue, tag, no_ack=no_ack, exclusive=exclusive, arguments=arguments
        )
        # Deliveries may come in the very read that brings the answer.
        consumer = Consuming(on_delivery, on_cancelled or nothing, no_ack)
        self._consumers[tag.encode()] = consumer
        limited = self._ask(requests.qos(prefetch), commands.Basic.QosOk)
        begun = self._ask(request, commands.Basic.ConsumeOk, tag)
        try:
            await limited
            await begun
        except BaseException:
            consumer.forget()
            self._give_up(tag)
            raise
        return tag

    async def cancel(self, tag: str) -> None:
        """Receive no more. Idempotent.

        `on_delivery` may be called until this returns, and never after.
        """
        if tag.encode() in self._consumers and self._error is None:
            self._check()
            await self._ask(requests.cancel(tag), commands.Basic.CancelOk, tag)

    async def close(self) -> None:
        """Close it in order: what was published and settled before is carried out. Idempotent."""
        if self._error is None and not self._closing:
            closed = self._ask(requests.close_channel(), commands.Channel.CloseOk)
            self._closing = True
            with suppress(TransportError):
                # Gone in another way meanwhile: gone all the same.
                await closed

    def abandon(self) -> None:
        """Close it without waiting: nobody got it. Its number is free when the broker answers."""
        if self._error is None and not self._closing:
            self._ask(requests.close_channel(), commands.Channel.CloseOk)
            self._closing = True

    def end(self, error: TransportError) -> None:
        """The channel is gone. Whoever waits for an answer is told."""
        if self._error is not None:
            return
        self._error = error
        self._consumers.clear()
        self._answers.fail(error)

    def _hear(self, method: Method) -> None:
        """The broker says something that is about no message.

        Raises:
            MalformedFrame: Nobody has asked for that.
        """
        if isinstance(method, commands.Channel.Close):
            self._wire.write(encode_method(requests.channel_closed(), self.number))
            self._connection.forget(self.number)
            error = ChannelClosed(method.reply_code or 0, method.reply_text or "")
            wanted = not self._closing
            self.end(error)
            self._connection.wake()
            if wanted:
                self._on_closed(error)
        elif isinstance(method, commands.Channel.Flow):
            self._flowing = bool(method.active)
            self._wire.write(encode_method(requests.flow_ok(self._flowing), self.number))
            self._connection.wake()
        elif isinstance(method, commands.Basic.Cancel):
            tag = method.consumer_tag or ""
            consumer = self._consumers.pop(tag.encode(), None)
            if not method.nowait:
                self._wire.write(encode_method(requests.cancelled(tag), self.number))
            if consumer is not None:
                consumer.on_cancelled()
        else:
            self._answer(method)

    def _ask(self, request: Request, answer: type[Method], tag: str = "") -> asyncio.Future[Method]:
        self._wire.write(encode_method(request, self.number))
        return self._answers.expect(answer, tag)

    def _give_up(self, tag: str) -> None:
        """Whoever began this consumer does not want it any more.

        RabbitMQ (3.10) breaks the connection if it is cancelled before it has begun.
        """
        if self._answers.due(tag):
            self._given_up.add(tag)
        elif self._error is None and not self._closing:
            self._ask(requests.cancel(tag), commands.Basic.CancelOk, tag)

    def _answer(self, method: Method) -> None:
        future = self._answers.take(method)
        if future is None:
            # A broker's close and ours may have crossed.
            if isinstance(method, commands.Channel.CloseOk):
                return
            raise MalformedFrame(f"{method.name} out of turn")
        if isinstance(method, commands.Basic.CancelOk):
            self._consumers.pop((method.consumer_tag or "").encode(), None)
        elif isinstance(method, commands.Basic.ConsumeOk) and method.consumer_tag in self._given_up:
            self._given_up.discard(method.consumer_tag)
            self._give_up(method.consumer_tag)
        elif isinstance(method, commands.Channel.CloseOk):
            self._connection.forget(self.number)
            self.end(ChannelClosed(200, "closed by us"))
            self._connection.wake()
        if not future.done():
            future.set_result(method)

    def _check(self) -> None:
        if self._error is not None:
            raise self._error.with_traceback(None)
        if self._closing:
            raise ChannelClosed(200, "closed by us")
