"""A client of the FBP network protocol: one connection to a runtime."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import aiohttp

from ..errors import MsgFloLabError
from ..names import shown
from ..protocol.service import ANSWERS
from .limits import COMMAND_TIMEOUT, HEARD_MOST, MESSAGE_BYTES, RETRY, START_TIMEOUT


class Unreachable(MsgFloLabError):
    """The runtime cannot be reached, or is not there any more."""


class Refusal(MsgFloLabError):
    """The runtime has answered with an error, or not in time."""


class Heard(NamedTuple):
    """A message from the runtime."""

    protocol: str
    command: str
    payload: Any

    @property
    def about(self) -> Mapping[str, Any]:
        """The payload, where it is an object."""
        return self.payload if isinstance(self.payload, Mapping) else {}


class Client:
    """Make it with `connected`. On one loop; requests go one after the other.

    Runtimes since 0.8 say which request they answer. Of an older one, the first message that could
    be the answer is taken for it, as fbp-client does.

    Attributes:
        heard: What was not an answer, oldest first.
        capabilities: What the runtime lets us do.
    """

    def __init__(
        self, socket: aiohttp.ClientWebSocketResponse, secret: str, timeout: float
    ) -> None:
        self.heard: deque[Heard] = deque(maxlen=HEARD_MOST)
        self.capabilities: Collection[str] = ()
        self._socket = socket
        self._secret = secret
        self._timeout = timeout
        self._numbers = itertools.count(1)
        self._says_which = False
        self._asking = asyncio.Lock()
        self._request: tuple[str, str, Collection[str]] | None = None
        self._answers: deque[Heard] = deque(maxlen=HEARD_MOST)
        self._news = asyncio.Event()
        self._end = ""

    async def ask(
        self,
        protocol: str,
        command: str,
        payload: Mapping[str, Any],
        *,
        timeout: float | None = None,
    ) -> Heard:
        """Ask for something; the answer.

        Args:
            timeout: Seconds until it has to be there; None for the usual.

        Raises:
            Refusal: It is an error, or does not come in time.
            Unreachable: The runtime has gone.
        """
        return (await self._answered(protocol, command, payload, timeout=timeout))[-1]

    async def components(self) -> list[Mapping[str, Any]]:
        """All components of the runtime. Raises as `ask` does."""
        every = await self._answered("component", "list", {}, last="componentsready")
        return [each.about for each in every[:-1]]

    async def next(self) -> Heard:
        """What is heard next. Raises Unreachable."""
        while not self.heard:
            await self._more()
        return self.heard.popleft()

    async def _answered(
        self,
        protocol: str,
        command: str,
        payload: Mapping[str, Any],
        *,
        last: str = "",
        timeout: float | None = None,
    ) -> list[Heard]:
        """All answers up to the last one."""
        seconds = self._timeout if timeout is None else timeout
        number = f"{next(self._numbers)}"
        wanted = {ANSWERS.get(command, command), last or command, "error"}
        if (protocol, command) == ("runtime", "packet"):
            wanted = {"packetsent", "error"}  # a packet that comes out is none
        frame: dict[str, Any] = {"protocol": protocol, "command": command, "requestId": number}
        frame["payload"] = dict(payload)
        if self._secret:  # since 0.8 it is beside the payload; before, it was in it
            frame["secret"] = frame["payload"]["secret"] = self._secret
        async with self._asking:
            self._answers.clear()
            self._request = (number, protocol, wanted)
            try:
                async with asyncio.timeout(seconds):
                    await self._send(frame)
                    return await self._until(last)
            except TimeoutError:
                name = f"{protocol}:{command}"
                raise Refusal(f"{name} was not answered within {seconds:g} s") from None
            finally:
                self._request = None

    async def _send(self, frame: Mapping[str, Any]) -> None:
        try:
            await self._socket.send_str(json.dumps(frame))
        except (ConnectionError, aiohttp.ClientError) as error:
            raise Unreachable(f"the runtime has gone: {error}") from error

    async def _until(self, last: str) -> list[Heard]:
        found: list[Heard] = []
        while True:
            while not self._answers:
                await self._more()
            answer = self._answers.popleft()
            if answer.command == "error":
                raise Refusal(str(answer.about.get("message", "the runtime gives no reason")))
            found.append(answer)
            if not last or answer.command == last:
                return found

    async def _more(self) -> None:
        """Wait until something new is heard."""
        if self._end:
            raise Unreachable(self._end)
        self._news.clear()
        await self._news.wait()

    async def _listen(self) -> None:
        """Hear messages, until the connection ends."""
        try:
            async for frame in self._socket:
                if frame.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
                    self._hear(frame.data)
        finally:
            code = self._socket.close_code
            self._end = "the runtime has gone" + (f" (code {code})" if code else "")
            self._news.set()

    def _hear(self, data: str | bytes) -> None:
        try:
            said = json.loads(data)
            message = Heard(said["protocol"], said["command"], said.get("payload"))
        except (ValueError, KeyError, TypeError, RecursionError):
            return  # nothing of the protocol
        (self._answers if self._is_answer(message, said.get("responseTo")) else self.heard).append(
            message
        )
        self._news.set()

    def _is_answer(self, message: Heard, answers: object) -> bool:
        if self._request is None:
            return False
        number, protocol, commands = self._request
        if answers is not None:
            self._says_which = True
        if self._says_which:
            return answers == number
        return message.protocol == protocol and message.command in commands


@asynccontextmanager
async def connected(
    url: str,
    secret: str = "",
    *,
    start_timeout: float = START_TIMEOUT,
    command_timeout: float = COMMAND_TIMEOUT,
    needs: Collection[str] = (),
    is_over: Callable[[], bool] = lambda: False,
) -> AsyncIterator[Client]:
    """A client of the runtime at an address.

    Args:
        url: `ws://host:port`.
        secret: "" for none.
        start_timeout: Seconds until it has to answer; it is tried again and again.
        command_timeout: Seconds for each answer.
        needs: The capabilities that it has to grant.
        is_over: True if it will not answer any more.

    Raises:
        Unreachable: Nobody answers there.
        Refusal: It does not grant what is needed.
    """
    async with contextlib.AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        socket = await _connect(session, url, start_timeout, is_over)
        stack.push_async_callback(socket.close)
        client = Client(socket, secret, command_timeout)
        listening = asyncio.create_task(client._listen(), name="FBP client")
        stack.push_async_callback(_ended, listening)
        about = (await client.ask("runtime", "getruntime", {})).about
        client.capabilities = tuple(about.get("capabilities", ()))
        for each in needs:
            if each not in client.capabilities:
                hint = "; is the secret right?" if secret else "; does it want a secret?"
                raise Refusal(f"the runtime at {shown(url)} does not provide {each}{hint}")
        yield client


async def _connect(
    session: aiohttp.ClientSession, url: str, seconds: float, is_over: Callable[[], bool]
) -> aiohttp.ClientWebSocketResponse:
    why = "it did not answer"
    try:
        async with asyncio.timeout(seconds):
            while not is_over():
                try:
                    return await session.ws_connect(
                        url, protocols=("noflo",), max_msg_size=MESSAGE_BYTES, heartbeat=30
                    )
                except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError):
                    raise Unreachable(f"`{shown(url)}` is no address (ws://host:port)") from None
                except (OSError, aiohttp.ClientError) as error:
                    why = str(error) or type(error).__name__
                await asyncio.sleep(RETRY)
    except TimeoutError:
        why = f"within {seconds:g} s: {why}"
    raise Unreachable(f"no runtime at {shown(url)} {why}")


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
