"""The calls of a participant's `process`: which may be under way, and what becomes of the messages.

`process` runs in a greenlet for each message. Where the broker keeps messages (AMQP), one at a
time, as in msgflo-python: while it sleeps, the next one waits. Elsewhere (MQTT) the next one
begins meanwhile.

A message that `process` leaves alone, without `ack` or `nack`, stays open where the broker keeps
it, and comes again when the program has ended; elsewhere it is done. One that `process` raises at
becomes a dead letter.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from contextvars import copy_context
from functools import partial
from typing import Any

from ..runtime.crossing import tell
from ..runtime.current import CurrentMessage, current_message
from .hub import Hub
from .limits import AT_ONCE
from .participant import Message

log = logging.getLogger("msgflo")


class Calls:
    """Made on the runtime's loop.

    Attributes:
        keeps: The broker keeps messages.
    """

    def __init__(self, participant: Any, hub: Hub, most_open: int) -> None:
        """`most_open`: with so many open messages of one inport no more come; 0: nobody knows."""
        self.keeps = False
        self._participant = participant
        self._hub = hub
        self._most_open = most_open
        self._loop = asyncio.get_running_loop()
        self._news = threading.Condition()
        self._running = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._is_closed = False
        self._in_hand: dict[Message, tuple[str, CurrentMessage]] = {}

    def begin(self, inport: str) -> None:
        """Have the current message processed, as soon as one more may be. In the handler's thread.

        Returns when it has been begun, or, where one is processed at a time, when it is through.
        When all is over, it is not begun any more.
        """
        current = current_message()
        current.keep()
        at_once = 1 if self.keeps else AT_ONCE
        with self._news:
            self._news.wait_for(lambda: self._is_closed or self._running < at_once)
            if self._is_closed:
                return
            self._running += 1
        tell(self._loop, self._look)
        message = Message.received(current.payload, self)
        self._in_hand[message] = (inport, current)
        # What `process` sends is sent on account of the message, in whichever thread it runs.
        self._hub.call_in_turn(partial(copy_context().run, self._process, inport, message))
        if at_once == 1:
            with self._news:
                self._news.wait_for(lambda: self._is_closed or not self._running)

    def ack(self, message: Message) -> None:
        """A message is processed."""
        _, current = self._in_hand.pop(message, ("", None))
        if current is not None:
            current.ack()

    def nack(self, message: Message, reason: object = "") -> None:
        """A message becomes a dead letter."""
        _, current = self._in_hand.pop(message, ("", None))
        if current is not None:
            current.nack(reason)

    def forget_void(self) -> None:
        """The link was lost, and messages with it that come again. On the loop."""
        for message, (_, current) in list(self._in_hand.items()):
            if current.is_void:
                self._in_hand.pop(message, None)

    async def over(self) -> None:
        """Wait until none is under way."""
        await self._idle.wait()

    def close(self) -> None:
        """Begin no more, and let nobody wait for those that are under way."""
        with self._news:
            self._is_closed = True
            self._news.notify_all()
        tell(self._loop, self._look)

    def _process(self, inport: str, message: Message) -> None:
        try:
            self._participant.process(inport, message)
            if message in self._in_hand:
                self._left_alone(inport, message)
        except (KeyboardInterrupt, SystemExit):
            raise  # the program ends, and what is open comes again
        except BaseException as error:  # a `gevent.Timeout`, for example
            self.nack(message, error)
            raise  # gevent prints it
        finally:
            with self._news:
                self._running -= 1
                self._news.notify_all()
            tell(self._loop, self._look)

    def _look(self) -> None:
        """On the loop."""
        if self._is_closed or not self._running:
            self._idle.set()
        else:
            self._idle.clear()

    def _left_alone(self, inport: str, message: Message) -> None:
        if not self.keeps:
            self.ack(message)
            return
        number = sum(port == inport for port, _ in list(self._in_hand.values()))
        if number == self._most_open:
            log.warning(
                "%s: %d messages of inport `%s` are neither acknowledged nor rejected, and no more "
                "come until some are: `self.ack(msg)`, or `self.nack(msg)`",
                self._participant.definition["role"],
                number,
                inport,
            )
