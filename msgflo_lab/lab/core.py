"""The lab's thread and life: start, stop, status, watching."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Self, cast

from ..core import COLLECTION, NAMESPACE
from ..definition import Side
from ..discovery.limits import HEARTBEAT
from ..graph import Edge, Graph
from ..graph.model import Edited
from ..loopthread import LoopThread
from ..network import EdgeTraffic, NetworkView
from ..runtime.addresses import Address, look_up
from ..runtime.components import component_of
from ..runtime.host import Host
from ..runtime.observer import Watcher
from ..runtime.session import Session, running
from ..runtime.status import Status, status_of
from ..transport import BrokerUrl

DEFAULT_URL = "direct://"


class Core:
    """What all parts of `Lab` stand on: its thread, its session and its workspace."""

    def __init__(self, name: str = "lab", *, heartbeat: float = HEARTBEAT) -> None:
        self._host = Host(name, heartbeat=heartbeat)
        for component, code in COLLECTION.items():
            self._host.library.put(component_of(f"{NAMESPACE}/{component}", code))
        self._thread = LoopThread(f"msgflo lab {name}")
        self._lifecycle = threading.Lock()

    @property
    def name(self) -> str:
        """Shown in the picture, and in the broker's log."""
        return self._host.name

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        session = self._host.session
        where = f"on {session.url}" if session is not None else "stopped"
        return f"<Lab {self.name!r} {where}>"

    @property
    def broker(self) -> BrokerUrl | None:
        """The one that it is on, or was on last; None if it has been on none but `direct://`."""
        return self._host.broker

    # -- from start to stop ------------------------------------------------------------------

    @property
    def is_running(self) -> bool:
        """True between `start` and `stop`."""
        return self._host.session is not None

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
                self._do(lambda _: self._host.start(address))
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
        return cast(NetworkView, self._do(lambda _: self._host.view()))

    def traffic(self) -> dict[Edge, EdgeTraffic]:
        """What has passed on each edge."""
        traffic = self._do(lambda s: s.observer.traffic() if s else {})
        return cast(dict[Edge, EdgeTraffic], traffic)

    def watch(self, watcher: Watcher) -> None:
        """Call `watcher` with all that changes, in the runtime's thread, 30 times a second at most.

        It goes on over `stop` and `start` until `unwatch`.
        """

        self._do(lambda _: self._host.watch(watcher))

    def unwatch(self, watcher: Watcher) -> None:
        """Undo `watch`."""
        self._do(lambda _: self._host.unwatch(watcher))

    # -- inside ------------------------------------------------------------------------------

    def _address(self, session: Session | None, text: str, side: Side) -> Address:
        if session is not None:
            return session.look_up(text, side, may_be_absent=True)
        roles = {role.role: role for role in self._host.stopped_view().roles}
        return look_up(roles, text, side, may_be_absent=True)

    def _edit(self, prepare: Callable[[Session | None], Callable[[Graph], Edited]]) -> None:
        """Edit the graph, and wait until the broker has followed."""

        self._do(lambda session: self._host.edit(prepare(session)))

    def _running(self) -> None:
        self._do(lambda session: running(session))

    def _do(self, work: Callable[[Session | None], Any]) -> Any:
        """Do something with the session, where its loop is. Waits for the end.

        Raises:
            NotRunning: The lab was stopped meanwhile.
        """
        return self._thread.do(lambda: work(self._host.session))

    def _shut_down(self) -> None:
        try:
            self._do(lambda _: self._host.end())
        finally:
            self._thread.close()
            self._host.tell_stopped()
