"""`msgflo.run`: participants of a program on a broker, each with a link of its own.

The work on the broker is done by our runtime, on a loop in a thread of its own. What the program
has written runs in greenlets beside its main thread, see `hub`.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import logging
import os
import signal
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import urlparse

from ..errors import NotRunning
from ..runtime.crossing import tell
from ..standalone import BROKER, Told, connect, serve
from ..transport import BrokerUrl
from .carried import Carried, checked
from .hub import new_hub
from .limits import CLOSE_SECONDS, UNSETTLED
from .participant import Message

DEFAULT_BROKER = "amqp://localhost"
DEFAULT_DISCOVERY_PERIOD = 60

log = logging.getLogger("msgflo")


class Engine:
    """Participants on a broker. For the thread that made it, unless something else is said.

    Attributes:
        broker_url: As it was given.
        broker_info: The same, taken apart.
        discovery_period: Seconds; they announce themselves every period / 2.2.
        participants: The program's own.
    """

    def __init__(self, broker: str, discovery_period: float | None = None) -> None:
        self.broker_url = broker
        self.broker_info = urlparse(broker)
        self.discovery_period = discovery_period or DEFAULT_DISCOVERY_PERIOD
        self.participants: list[Any] = []
        self._done_cb: Callable[[], Any] | None = None
        self._hub = new_hub()
        self._carried: dict[int, Carried] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._told: Told | None = None
        self._is_up = threading.Event()
        self._is_over = self._hub.event()
        self._error: BaseException | None = None
        self._message_pump_greenlet: Any = None

    @property
    def connected(self) -> bool:
        """Whether all of them have a link to the broker. From any thread."""
        return bool(self._carried) and all(each.is_up for each in list(self._carried.values()))

    def done_callback(self, done_cb: Callable[[], Any]) -> None:
        """Have this called when all is over."""
        self._done_cb = done_cb

    def add_participant(self, participant: Any, iips: Mapping[str, Any] | None = None) -> None:
        """One more, before `run`; `iips` are its initial packets, by inport."""
        participant._engine = self
        participant._iips = dict(iips or {})
        self.participants.append(participant)

    def run(self) -> None:
        """Connect, and begin. Returns when all ports are open.

        What was received is processed as soon as the program sleeps or waits.

        Raises:
            InvalidDefinition: Nobody could read what a participant would announce.
            TransportError: The broker cannot be reached, or refuses.
        """
        for each in self.participants:
            checked(each)
        url = _with_prefetch(BrokerUrl.parse(self.broker_url))
        target = partial(asyncio.run, self._serve(url))
        self._thread = threading.Thread(target=target, name="msgflo", daemon=True)
        self._thread.start()
        self._is_up.wait()
        if self._error is not None:
            raise self._error.with_traceback(None) from None
        self._message_pump_greenlet = self._hub.spawn(self._wait_for_the_end)
        atexit.register(self.close)
        if (
            threading.current_thread() is threading.main_thread()
            and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
        ):
            signal.signal(signal.SIGTERM, self._terminated)

    def end(self) -> None:
        """Take no more messages, finish those in hand, and leave the broker. From any thread.

        Told again, it leaves at once. What was not finished comes again, where the broker keeps
        messages. Returns without waiting.
        """
        if self._loop is not None and self._told is not None:
            tell(self._loop, self._told.tell)

    def join(self) -> None:
        """Wait until all is over; others work meanwhile."""
        self._message_pump_greenlet.join()

    def close(self) -> None:
        """Leave the broker, when what was sent is on its way. Idempotent."""
        for each in self._carried.values():
            each.calls.close()
        self.end()
        self._thread.join(CLOSE_SECONDS)
        if self._thread.is_alive():
            self.end()
            self._thread.join(CLOSE_SECONDS)

    def ack_message(self, msg: Message) -> None:
        """A message is processed. From any thread."""
        if msg.calls is not None:
            msg.calls.ack(msg)

    def nack_message(self, msg: Message) -> None:
        """A message becomes a dead letter. From any thread."""
        if msg.calls is not None:
            msg.calls.nack(msg)

    def _send(self, participant: Any, outport: str, data: Any) -> None:
        payload = json.dumps(data).encode()
        carried = self._carried.get(id(participant))
        log.debug("%s sends to %s", participant.definition["role"], outport)
        if carried is not None and carried.post is not None:
            with suppress(NotRunning):
                carried.post(outport, payload)

    @property
    def _client(self) -> Engine | None:
        return None if self._is_over.is_set() else self

    @_client.setter
    def _client(self, client: None) -> None:
        """Programs that want an end write `engine._client = None`: there is nothing public."""
        if client is None:
            self.end()

    async def _serve(self, url: BrokerUrl) -> None:
        self._loop, self._told = asyncio.get_running_loop(), Told()
        most = int(url.options.get("prefetch", 0))

        async def start(participant: Any) -> Carried:
            carried = Carried(participant, self._hub, period=self.discovery_period, most_open=most)
            self._carried[id(participant)] = carried
            await connect(carried, url)
            return carried

        starts = [partial(start, each) for each in self.participants]
        try:
            await serve(starts, self._told, self._is_up.set)
        except BaseException as error:
            if self._is_up.is_set():
                log.exception("the participants have ended")
            self._error = error
        finally:
            self._is_up.set()
            self._hub.call(self._is_over.set)

    def _wait_for_the_end(self) -> None:
        self._is_over.wait()
        atexit.unregister(self.close)
        if self._done_cb is not None:
            self._done_cb()

    def _terminated(self, number: int, _frame: object) -> None:
        if self._done_cb is None:  # then nobody hears of the end, and it is to be the end of all
            signal.signal(number, signal.SIG_DFL)
            self._done_cb = partial(os.kill, os.getpid(), number)
        self.end()


def run(
    participants: Any,
    broker: str | None = None,
    done_cb: Callable[[], Any] | None = None,
    iips: Mapping[str, Any] | None = None,
) -> Engine:
    """Connect participants, and begin. What it raises, see `Engine.run`.

    Args:
        participants: Several, or one.
        broker: Its address; else that in `MSGFLO_BROKER`, else `amqp://localhost`.
        done_cb: Called when all is over.
        iips: Initial packets, by inport; each participant gets all.
    """
    engine = Engine(broker or os.environ.get(BROKER) or DEFAULT_BROKER)
    if done_cb is not None:
        engine.done_callback(done_cb)
    for each in participants if isinstance(participants, Iterable) else [participants]:
        engine.add_participant(each, iips)
    engine.run()
    return engine


def _with_prefetch(url: BrokerUrl) -> BrokerUrl:
    """msgflo-python takes all that a queue has. A program that never acknowledges relies on it."""
    if not url.scheme.startswith("amqp") or "prefetch" in url.options:
        return url
    return replace(url, options={**url.options, "prefetch": str(UNSETTLED)})
