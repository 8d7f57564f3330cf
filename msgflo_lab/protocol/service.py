"""All clients together: their requests are carried out, and everybody is told what has changed."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from contextvars import ContextVar
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
from .messages import Message
from .networks import Networks
from .peer import FLOWING, Peer, encoded
from .reading import Request, Unreadable, read
from .runtimes import Runtimes
from .traces import Traces

log = logging.getLogger(__name__)

Answer = Iterable[Message] | None
"""What only the asker is told. Whatever changes, everybody is told of without it."""
Handler = Callable[[Any, Peer], Answer | Awaitable[Answer]]


class Asking:
    """One request while it is being carried out.

    What is told in its course, to whoever asked, is its answer; once.

    Attributes:
        granted: What its secret grants.
    """

    def __init__(self, peer: Peer, request: Request) -> None:
        self.peer = peer
        self.request = request
        self.granted: Collection[str] = ()
        self.is_answered = False
        self.is_over = False

    def answers(self, peer: Peer, message: Message) -> bool:
        """True if a message to a client answers the request."""
        if self.is_over or self.is_answered or peer is not self.peer:
            return False
        command = ANSWERS.get(self.request.command, self.request.command)
        return (message.protocol, message.command) == (self.request.protocol, command)


# Of the task that carries a request out: several clients ask at once.
_asking: ContextVar[Asking | None] = ContextVar("asking", default=None)


class Service:
    """On the host's loop. Give it requests by `handle`.

    Attributes:
        host: What the clients look at and edit.
        peers: Who is connected.
        flow: The data that passes, for those who want to see it.
        runtimes: What this runtime says of itself.
    """

    def __init__(self, host: Host, *, secrets: Mapping[str, Level], runtime_id: str = "") -> None:
        """Create it.

        Args:
            secrets: What each secret is good for; the secret "" is for those who give none.
            runtime_id: Without it, one that nobody has.
        """
        self.host = host
        self.peers: set[Peer] = set()
        self._secrets = dict(secrets)
        self._quiet = False
        self._known: dict[str, Graph] = {}
        self.flow = Flow(self)
        self.traces = Traces(self)
        self.runtimes = Runtimes(self, runtime_id)
        self._components = Components(self)
        self._networks = Networks(self)
        parts = (Graphs(self), self._components, self._networks, self.runtimes, self.traces)
        self._handlers: dict[str, Handler] = {}
        for part in parts:
            self._handlers.update(part.handlers)

    def begin(self) -> None:
        """Begin to tell clients what changes."""
        workspace = self.host.workspace
        self._known = dict(workspace.graphs)
        workspace.edited.connect(self._edited)
        workspace.edited.connect(self.runtimes.edited)
        workspace.entered.connect(self._networks.entered)
        workspace.entered.connect(self._entered)
        self.host.moved.connect(self._networks.moved)
        self.host.library.changed.connect(self._components.changed)
        self._networks.begin()
        self.flow.begin()

    async def close(self) -> None:
        """Let everybody go."""
        workspace = self.host.workspace
        workspace.edited.disconnect(self._edited)
        workspace.edited.disconnect(self.runtimes.edited)
        workspace.entered.disconnect(self._networks.entered)
        workspace.entered.disconnect(self._entered)
        self.host.moved.disconnect(self._networks.moved)
        self.host.library.changed.disconnect(self._components.changed)
        await self.flow.close()
        for peer in self.peers:
            peer.leave()

    def join(self, peer: Peer) -> None:
        """Somebody has connected."""
        peer.level = self.level_of(None)
        self.peers.add(peer)

    def part(self, peer: Peer) -> None:
        """Somebody has gone."""
        self.peers.discard(peer)
        peer.leave()
        self.flow.look_again()

    def level_of(self, secret: str | None) -> Level | None:
        """What a secret is good for; None: for nothing."""
        return level_of(self._secrets, secret)

    def tell(self, message: Message) -> None:
        """Tell everybody who may hear it. For who has asked for it, it is the answer."""
        asking, frame = _asking.get(), b""
        for peer in list(self.peers):
            if not peer.hears(message):
                continue
            if asking is not None and asking.answers(peer, message):
                asking.is_answered = True
                peer.send(message, asking.request.id)
            elif message.command in FLOWING and not peer.takes_more:
                peer.skip()
            else:
                frame = frame or encoded(message)
                peer.send_encoded(frame, is_flow=message.command in FLOWING)

    async def handle(self, peer: Peer, text: str | bytes) -> None:
        """Carry out what a client asks for, and answer it. Never raises."""
        try:
            request = read(text)
        except Unreadable as error:
            peer.send(Message(error.protocol, "error", {"message": str(error)}), error.request)
            return
        asking = Asking(peer, request)
        before = _asking.set(asking)
        try:
            for message in await self._carry_out(asking):
                self._answer(asking, message)
        except MsgFloLabError as error:
            self._refuse(asking, str(error))
        except Exception:
            log.exception("%s failed", request.name)
            self._refuse(asking, "this runtime has a bug, see its log")
        finally:
            # Tasks that were begun in its course go on; nothing that they tell is an answer.
            asking.is_over = True
            _asking.reset(before)

    async def _carry_out(self, asking: Asking) -> Iterable[Message]:
        peer, request = asking.peer, asking.request
        level = self.level_of(request.secret)
        # A connection may use several secrets; what it is told goes by the last that was right.
        if level is not None and level is not peer.level:
            peer.level = level
            self.flow.look_again()
        granted = asking.granted = capabilities(level)
        for each in needed(request.protocol, request.command):
            if each not in granted:
                raise MsgFloLabError(_not_permitted(request, each))
        answer = self._handlers[request.name](request.payload(), peer)
        if inspect.isawaitable(answer):
            answer = await answer
        return answer or ()

    def _answer(self, asking: Asking, message: Message) -> None:
        asking.is_answered = True
        asking.peer.send(message, asking.request.id)

    def _refuse(self, asking: Asking, why: str) -> None:
        self._answer(asking, Message(asking.request.protocol, "error", {"message": why}))

    def forget(self, graph: str) -> None:
        """A graph is there no more."""
        self._known.pop(graph, None)

    def without_telling(self, work: Callable[[], object]) -> None:
        """Do something of whose changes clients are told by one message instead of many."""
        self._quiet = True
        try:
            work()
        finally:
            self._quiet = False

    @property
    def granted(self) -> Collection[str]:
        """The capabilities that the request has which is being carried out."""
        asking = _asking.get()
        return asking.granted if asking is not None else ()

    @property
    def has_answered(self) -> bool:
        """True if what the client has asked for has been told."""
        asking = _asking.get()
        return asking is not None and asking.is_answered

    def _edited(self, name: str, graph: Graph, changes: tuple[Change, ...]) -> None:
        before = self._known.get(name, Graph())
        self._known[name] = graph
        if not self._quiet:
            for message in told(changes, name, graph, before):
                self.tell(message)
            self.flow.look_again()

    def _entered(self, _name: str, _phase: Phase) -> None:
        self.flow.look_again()


ANSWERS = {
    "start": "started",
    "stop": "stopped",
    "getstatus": "status",
    "list": "component",
    "source": "component",
}
"""The command that answers a request, where it is another one."""


def _not_permitted(request: Request, capability: str) -> str:
    asked = f"{request.protocol}:{request.command}"
    if request.secret is None:
        return f"{asked} needs a secret that grants {capability}"
    return f"{asked}: this secret does not grant {capability}"
