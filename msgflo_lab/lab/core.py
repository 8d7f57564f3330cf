"""The lab's thread and life: start, stop, status, watching."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable
from typing import Any, Self, cast

from ..definition import Side
from ..discovery.limits import HEARTBEAT
from ..graph import Edge, Graph
from ..graph.model import Edited
from ..loopthread import LoopThread
from ..names import shown
from ..network import EdgeTraffic, NetworkView
from ..runtime.addresses import Address, look_up
from ..runtime.failure import failure_of
from ..runtime.observer import News, Watcher, tell
from ..runtime.session import Session
from ..runtime.status import Status, status_of
from ..runtime.stopped import stopped_view
from ..runtime.workspace import Workspace
from ..transport import BrokerUrl

DEFAULT_URL = "direct://"


class Core:
    """What all parts of `Lab` stand on: its thread, its session and its workspace."""

    def __init__(self, name: str = "lab", *, heartbeat: float = HEARTBEAT) -> None:
        self.name = name
        self._heartbeat = heartbeat
        self._workspace = Workspace()
        self._watchers: dict[Watcher, None] = {}
        self._session: Session | None = None
        self._thread = LoopThread(f"msgflo lab {name}")
        self._lifecycle = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        where = f"on {self._session.url}" if self._session is not None else "stopped"
        return f"<Lab {self.name!r} {where}>"

    # -- from start to stop ------------------------------------------------------------------

    @property
    def is_running(self) -> bool:
        """True between `start` and `stop`."""
        return self._session is not None

    def start(self, url: str | None = None, **options: object) -> Status:
        """Connect to a broker, and bring along the participants and the graph there are.

        A lab that runs already leaves its broker first; if the new one cannot be reached, it
        stays where it is.

        Args:
            url: `direct://` (the default), `mqtt://[user:password@]host[:port]`, ...
            options: Transport options, as in the URL's query, e.g. `qos=1`.

        Raises:
            TransportError: The broker cannot be reached, or an option is wrong.
        """
        address = BrokerUrl.parse(url or DEFAULT_URL, **options)
        self._thread.refuse_itself()
        with self._lifecycle:
            is_new = not self._thread.is_open
            try:
                self._thread.open()
                self._do(lambda _: self._start(address))
            except BaseException:
                if is_new:
                    self._shut_down()
                raise
        return self.status()

    def stop(self) -> None:
        """Leave the broker and end the runtime's thread. Participants and graph are kept.

        A handler that does not return is left to its thread. Calls of other threads that are still
        waiting for something end with `NotRunning`.
        """
        self._thread.refuse_itself()
        with self._lifecycle:
            if self._thread.is_open:
                self._shut_down()

    def status(self) -> Status:
        """How the lab is: where it is connected, who is there, what went wrong lately."""

        def status(session: Session | None) -> Status:
            return status_of(session, self.name) if session else Status.stopped(self.name)

        return cast(Status, self._do(status))

    # -- watching ----------------------------------------------------------------------------

    def network(self) -> NetworkView:
        """The living network, as it is now."""
        return cast(NetworkView, self._do(lambda s: s.observer.view() if s else self._stopped()))

    def traffic(self) -> dict[Edge, EdgeTraffic]:
        """What has passed on each edge."""
        traffic = self._do(lambda s: s.observer.traffic() if s else {})
        return cast(dict[Edge, EdgeTraffic], traffic)

    def watch(self, watcher: Watcher) -> None:
        """Call `watcher` with all that changes, in the runtime's thread, 30 times a second at most.

        It goes on over `stop` and `start` until `unwatch`.
        """

        def watch(session: Session | None) -> None:
            self._watchers[watcher] = None
            if session is not None:
                session.observer.watch(watcher)
            else:
                tell(watcher, News(self._stopped(), {}))

        self._do(watch)

    def unwatch(self, watcher: Watcher) -> None:
        """Undo `watch`."""

        def unwatch(session: Session | None) -> None:
            self._watchers.pop(watcher, None)
            if session is not None:
                session.observer.unwatch(watcher)

        self._do(unwatch)

    # -- inside ------------------------------------------------------------------------------

    def _address(self, session: Session | None, text: str, side: Side) -> Address:
        stopped = {role.role: role for role in self._stopped().roles}
        roles = session.observer.roles() if session is not None else stopped
        return look_up(roles, text, side, may_be_absent=True)

    def _edit(self, prepare: Callable[[Session | None], Callable[[Graph], Edited]]) -> None:
        """Edit the graph, and wait until the broker has followed."""

        def edit(session: Session | None) -> Awaitable[None] | None:
            self._workspace.apply(prepare(session)(self._workspace.graph))
            return session.settle() if session is not None else None

        self._do(edit)

    async def _start(self, url: BrokerUrl) -> None:
        session = await Session.open(url, name=self.name, heartbeat=self._heartbeat)
        gone = [p.id for p in self._session.local.values()] if self._session is not None else []
        await self._stop()
        session.begin(self._workspace.graph, gone)
        self._workspace.follow(session.edited)
        self._session = session
        for watcher in self._watchers:
            session.observer.watch(watcher)
        for role, behaviour in list(self._workspace.behaviours.items()):
            try:
                await session.put(role, behaviour)
            except Exception as error:
                summary = failure_of(role, error, "").summary
                session.coordinator.problems.append(
                    f"`{shown(role)}` could not be started: {summary}"
                )

    async def _stop(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            self._workspace.unfollow(session.edited)
            await session.close()

    def _do(self, work: Callable[[Session | None], Any]) -> Any:
        """Do something with the session, where its loop is. Waits for the end.

        Raises:
            NotRunning: The lab was stopped meanwhile.
        """
        return self._thread.do(lambda: work(self._session))

    def _stopped(self) -> NetworkView:
        return stopped_view(self.name, self._workspace.graph, self._workspace.behaviours)

    def _shut_down(self) -> None:
        try:
            self._do(lambda _: self._stop())
        finally:
            self._thread.close()
            news = News(self._stopped(), dict.fromkeys(self._workspace.graph.edges, EdgeTraffic()))
            for watcher in list(self._watchers):
                tell(watcher, news)
