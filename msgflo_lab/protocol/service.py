"""All clients together: their requests are carried out, and everybody is told what has changed."""

from __future__ import annotations

import inspect
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from ..errors import MsgFloLabError
from ..graph import Change, Graph
from ..runtime.host import Host
from ..runtime.workspace import Phase
from .capabilities import Level, capabilities, level_of, needed
from .changes import told
from .components import Components
from .flow import Flow
from .graphs import Graphs
from .messages import Message, Request, Unreadable, read
from .networks import Networks
from .peer import Peer
from .runtimes import Runtimes
from .traces import Traces

log = logging.getLogger(__name__)

Answer = Iterable[Message] | None
"""What only the asker is told. Whatever changes, everybody is told of without it."""
Handler = Callable[[Any, Peer], Answer | Awaitable[Answer]]


class Service:
    """On the host's loop. Give it requests by `handle`.

    Attributes:
        host: What the clients look at and edit.
        peers: Who is connected.
        flow: The data that passes, for those who want to see it.
    """

    def __init__(
        self,
        host: Host,
        *,
        secrets: Mapping[str, Level],
        persist: Callable[[], object] | None = None,
    ) -> None:
        """Create it.

        Args:
            secrets: What each secret is good for; the secret "" is for those who give none.
            persist: Saves the graphs; without it, clients cannot ask for that.
        """
        self.host = host
        self.peers: set[Peer] = set()
        self._secrets = dict(secrets)
        self._asking: tuple[Peer, Request] | None = None
        self._answered = False
        self._quiet = False
        self.flow = Flow(self)
        self.traces = Traces(self)
        self._handlers: dict[str, Handler] = {}
        parts = (Graphs(self), Components(self), Networks(self, persist), Runtimes(self))
        for part in (*parts, self.traces):
            self._handlers.update(part.handlers)
        self.components = parts[1]

    def begin(self) -> None:
        """Begin to tell clients what changes."""
        self.host.workspace.edited.connect(self._edited)
        self.host.workspace.entered.connect(self._entered)
        self.host.library.changed.connect(self.components.changed)
        self.flow.begin()

    async def close(self) -> None:
        """Let everybody go."""
        self.host.workspace.edited.disconnect(self._edited)
        self.host.workspace.entered.disconnect(self._entered)
        self.host.library.changed.disconnect(self.components.changed)
        await self.flow.close()
        for peer in self.peers:
            peer.leave()

    def join(self, peer: Peer) -> None:
        """Somebody has connected."""
        self.peers.add(peer)

    def part(self, peer: Peer) -> None:
        """Somebody has gone."""
        self.peers.discard(peer)
        peer.leave()
        self.flow.look_again()

    def tell(self, message: Message, *, but: Peer | None = None) -> None:
        """Tell everybody who may hear it. For who has asked for it, it is the answer."""
        for peer in list(self.peers):
            if peer is not but and peer.hears(message):
                peer.send(message, self._as_answer(peer, message))

    async def handle(self, peer: Peer, text: str | bytes) -> None:
        """Carry out what a client asks for, and answer it. Never raises."""
        try:
            request = read(text)
        except Unreadable as error:
            peer.send(Message(error.protocol, "error", {"message": str(error)}), error.request)
            return
        self._asking, self._answered = (peer, request), False
        try:
            await self._carry_out(peer, request)
        except MsgFloLabError as error:
            self._answer(Message(request.protocol, "error", {"message": str(error)}))
        except Exception:
            log.exception("%s:%s failed", request.protocol, request.command)
            text = "this runtime has a bug, see its log"
            self._answer(Message(request.protocol, "error", {"message": text}))
        finally:
            self._asking = None

    async def _carry_out(self, peer: Peer, request: Request) -> None:
        level = level_of(self._secrets, request.secret)
        # A connection may use several secrets; what it is told goes by the last that was right.
        peer.level = level if level is not None else peer.level
        granted = capabilities(level)
        for each in needed(request.protocol, request.command):
            if each not in granted:
                raise MsgFloLabError(_not_permitted(request, each))
        answer = self._handlers[f"{request.protocol}:{request.command}"](request.payload, peer)
        if inspect.isawaitable(answer):
            answer = await answer
        for message in answer or ():
            self._answer(message)

    def without_telling(self, work: Callable[[], object]) -> None:
        """Do something of whose changes clients are told by one message instead of many."""
        self._quiet = True
        try:
            work()
        finally:
            self._quiet = False

    @property
    def level(self) -> Level | None:
        """What the client that is asking now may."""
        return self._asking[0].level if self._asking is not None else None

    @property
    def has_answered(self) -> bool:
        """True if what the client has asked for has been told."""
        return self._answered

    def _answer(self, message: Message) -> None:
        assert self._asking is not None
        peer, request = self._asking
        self._answered = True
        peer.send(message, request.id)

    def _as_answer(self, peer: Peer, message: Message) -> str | None:
        if self._asking is None or self._asking[0] is not peer or self._answered:
            return None
        request = self._asking[1]
        answers = ANSWERS.get(request.command, request.command)
        if (message.protocol, message.command) != (request.protocol, answers):
            return None
        self._answered = True
        return request.id

    def _edited(self, name: str, graph: Graph, changes: tuple[Change, ...]) -> None:
        if not self._quiet:
            for change in changes:
                for message in told(change, name, graph):
                    self.tell(message)
            self.flow.look_again()

    def _entered(self, _name: str, _phase: Phase) -> None:
        self.flow.look_again()


ANSWERS = {"start": "started", "stop": "stopped", "getstatus": "status", "list": "component"}
"""The command that answers a request, where it is another one."""


def now() -> str:
    """The time, as the protocol writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def _not_permitted(request: Request, capability: str) -> str:
    asked = f"{request.protocol}:{request.command}"
    if request.secret is None:
        return f"{asked} needs a secret that grants {capability}"
    return f"{asked}: this secret does not grant {capability}"
