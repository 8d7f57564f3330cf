"""From the lab's news to the messages of its pictures, in a thread of its own.

Laying out a thousand participants takes a while, and neither the runtime's loop (which watches the
network) nor the kernel's (which delivers the front end's messages) may wait for it. Whatever comes
in meanwhile is joined: the next message to the front end tells it all.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from msgflo_lab.diagnosis import Marks, marks_of
from msgflo_lab.errors import MsgFloLabError
from msgflo_lab.graph import Edge
from msgflo_lab.lab import Lab
from msgflo_lab.network import EdgeTraffic, NetworkView, RoleState
from msgflo_lab.picture.composer import Composer
from msgflo_lab.picture.svg import svg
from msgflo_lab.runtime.observer import News

log = logging.getLogger(__name__)

ORDERS = 1_000
"""Messages of the front end that may wait. With more, the oldest is dropped: a person cannot be
that fast, and `hello` is repeated."""

Message = dict[str, Any]
Send = Callable[[Message], None]
"""Brings a message to every front end that shows one model of the picture."""


class Painter:
    """Follows a lab for its pictures, which all show the same: they may differ in size only.

    All methods may be called from any thread.
    """

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._sends: tuple[Send, ...] = ()
        self._composer = Composer()
        self._traffic: dict[Edge, EdgeTraffic] = {}
        self._view: NetworkView | None = None
        self._news: dict[Edge, EdgeTraffic] = {}
        self._orders: deque[Message] = deque(maxlen=ORDERS)
        self._wake = threading.Condition()
        self._drawing = threading.Lock()
        self._is_closed = False
        self._thread = threading.Thread(target=self._work, name="msgflo picture", daemon=True)
        self._thread.start()
        lab.watch(self.tell)

    def close(self) -> None:
        """Follow no more, and end the thread. Idempotent."""
        self._lab.unwatch(self.tell)
        with self._wake:
            self._is_closed = True
            self._wake.notify()
        if threading.current_thread() is not self._thread:
            self._thread.join(timeout=2)

    def join(self, send: Send) -> None:
        """One more model is to be told everything; it begins when its front end says `hello`."""
        with self._wake:
            self._sends = (*self._sends, send)

    def leave(self, send: Send) -> None:
        """Undo `join`."""
        with self._wake:
            self._sends = tuple(each for each in self._sends if each != send)

    def tell(self, news: News) -> None:
        """The network has changed."""
        with self._wake:
            if news.view is not None:
                self._view = news.view
            self._news.update(news.traffic)
            self._wake.notify()

    def ask(self, message: Message) -> None:
        """The front end has sent something."""
        with self._wake:
            self._orders.append(message)
            self._wake.notify()

    def static(self) -> str:
        """The picture as it is now, as an SVG document."""
        view, marks = self._lab.network(), self._marks()
        with self._drawing:
            # Front ends must hear of this change, too: it will not be found a second time.
            self._post(self._composer.update(view, marks))
            numbered = {self._composer.number(e): t for e, t in self._traffic.items()}
            traffic = {n: each for n, each in numbered.items() if n is not None}
            return svg(self._composer.current, traffic)

    def _work(self) -> None:
        while True:
            with self._wake:
                while not (self._is_closed or self._view or self._news or self._orders):
                    self._wake.wait()
                if self._is_closed:
                    return
                view, self._view = self._view, None
                traffic, self._news = self._news, {}
                orders = list(self._orders)
                self._orders.clear()
            try:
                self._step(view, traffic, orders)
            except Exception:
                log.exception("the picture could not follow the network")

    def _step(
        self, view: NetworkView | None, traffic: Mapping[Edge, EdgeTraffic], orders: list[Message]
    ) -> None:
        marks = self._marks() if view is not None else None
        with self._drawing:
            if view is not None:
                self._post(self._composer.update(view, marks))
                known = {edge.key for edge in view.edges}
                self._traffic = {e: t for e, t in self._traffic.items() if e in known}
            if view is not None and not is_anybody_there(view):
                latest = {**self._traffic, **traffic}
                traffic = {e: EdgeTraffic(t.count) for e, t in latest.items()}
            self._traffic.update(traffic)
            self._post_traffic(traffic)
        for order in orders:
            try:
                self._obey(order)
            except MsgFloLabError as error:
                self._send({"kind": "said", "text": str(error), "error": True})
            except (KeyError, TypeError, ValueError):
                log.warning("a message of the picture's front end is not understood: %r", order)

    def _marks(self) -> Marks | None:
        """What is to be remarked on now; None while the lab is on its way out."""
        try:
            return marks_of(self._lab.diagnose())
        except MsgFloLabError:
            return None

    def _obey(self, order: Message) -> None:
        match order["kind"]:
            case "hello":
                with self._drawing:
                    self._send(self._composer.scene())
                    self._post_traffic(self._traffic)
            case "move":
                places = {str(k): (float(x), float(y)) for k, (x, y) in order["cards"].items()}
                with self._drawing:
                    self._post(self._composer.move(places))
                self._lab.move(places)
            case "tidy":
                self._lab.unpin()
                with self._drawing:
                    self._post(self._composer.tidy())
            case "connect":
                source = f"{order['source']}.{order['outport']}"
                self._lab.connect(source, f"{order['target']}.{order['inport']}")
            case "disconnect":
                with self._drawing:
                    key = self._composer.key(int(order["edge"]))
                if key is not None:
                    source, outport, target, inport = key
                    self._lab.disconnect(f"{source}.{outport}", f"{target}.{inport}")

    def _post(self, message: Message | None) -> None:
        if message is not None:
            self._send(message)

    def _send(self, message: Message) -> None:
        for send in self._sends:
            try:
                send(message)
            except Exception:  # one that is being closed takes nothing from the others
                log.exception("a picture could not be told")

    def _post_traffic(self, traffic: Mapping[Edge, EdgeTraffic]) -> None:
        flat: list[float] = []
        for edge, passed in traffic.items():
            number = self._composer.number(edge)
            if number is not None:
                flat += (number, passed.count, passed.rate)
        if flat:
            self._send({"kind": "traffic", "edges": flat})


def is_anybody_there(view: NetworkView) -> bool:
    """False where a lab is stopped, or nobody has come yet: nothing can pass then."""
    return any(role.state is not RoleState.ABSENT and not role.is_junction for role in view.roles)
