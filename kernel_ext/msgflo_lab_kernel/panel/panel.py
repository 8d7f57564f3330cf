"""The dead letters of a lab as a panel: look, edit, requeue, drop.

What is clicked runs in whatever thread the kernel brings it (a subshell's, in JupyterLab), what
changes by itself comes in the follower's: so everything here is done under one lock, which nobody
holds while the broker is asked. Only `lab.dead`, `lab.status` and widgets are touched.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping
from typing import Any

import ipywidgets  # type: ignore[import-untyped]

from msgflo_lab import report
from msgflo_lab.errors import InvalidMessage, MsgFloLabError, NotRunning
from msgflo_lab.lab import Lab
from msgflo_lab.names import shown

from .. import letters
from ..letters import Lying
from .editor import Editor
from .follower import Counts, Follower
from .listing import key_of, listed
from .pieces import LetterTable, Said, button, close, wide

LISTED = 500
"""Letters that are listed at most, oldest first; of more, it is said how many there are."""
SAVED = 20
"""Letters that are kept in the notebook's file, for those who have no widgets."""
CONFIRM_SECONDS = 6.0
"""After so long, a second click on a button that drops counts as a first one."""
STOPPED = {
    None: "The lab is stopped. What is rejected while it runs is shown here.",
    True: "The lab is stopped. Its dead letters lie on the broker, and are shown when it is back.",
    False: "The lab is stopped, and its dead letters are gone with it.",
}
"""By whether the broker keeps them."""
EMPTY = "No dead letters. What a participant rejects will appear here by itself."


class DeadLetterPanel(ipywidgets.VBox):  # type: ignore[misc]
    """A lab's dead letters. Display it as often as you like: all views show the same.

    Attributes:
        title, ports, refresh: How many there are; whose are shown; look again.
        table: The list.
        requeue, drop, requeue_all, drop_all: The buttons below.
        said: What came of the last click.
        editor: One letter in full.
    """

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._lock = threading.RLock()
        self._counts: dict[str, int] = {}
        self._listed: dict[str, Lying] = {}
        self._armed: tuple[Any, tuple[str, ...], float] | None = None
        self._is_filling = False
        self._is_down = False
        self.title = Said(tone="title")
        self.ports = ipywidgets.Dropdown(
            options=[("all ports", "")], layout=wide("220px"), tooltip="whose dead letters"
        )
        self.refresh = button("Refresh", icon="refresh", width="100px")
        self.table = LetterTable(empty=EMPTY)
        self.requeue = button("Requeue selected", style="primary")
        self.drop = button("Drop selected")
        self.requeue_all = button("Requeue all")
        self.drop_all = button("Drop all")
        self.editor = Editor(self._lock, self._draw)
        self.said = Said()
        self.said.add_class("msgflo-news")
        apart = ipywidgets.Box(layout=ipywidgets.Layout(flex="1 1 auto"))
        top = [self.title, apart, self.ports, self.refresh]
        actions = [
            self.requeue,
            self.drop,
            ipywidgets.Box(layout=ipywidgets.Layout(flex="1 1 auto")),
        ]
        actions += [self.requeue_all, self.drop_all]
        line = {"align_items": "center", "flex_flow": "row wrap"}
        super().__init__(
            [
                ipywidgets.HBox(top, layout=ipywidgets.Layout(**line)),
                self.table,
                ipywidgets.HBox(actions, layout=ipywidgets.Layout(**line)),
                self.said,
                self.editor.box,
            ]
        )
        self.add_class("msgflo-dead")
        self._listen()
        self._draw()
        self._view_count = 0  # from now on the front end counts, if it can
        self._follower = Follower(lab, self._counted, self._link_trouble, self._disarm_late)
        self.observe(self._views_changed, "_view_count")
        self._follower.start()

    def close(self) -> None:
        """Ask the broker no more, and take the panel out of all pages."""
        self._follower.close()
        close(self)

    def show_port(self, port: str) -> None:
        """Show one port's dead letters; "" for those of all."""
        with self._lock:
            self._fill_ports(port)
        self._look()

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        bundle: dict[str, Any] = super()._repr_mimebundle_(**kwargs)
        with self._lock:
            lying, port = list(self._listed.values()), self.ports.value
            counts = {port: self._counts.get(port, 0)} if port else dict(self._counts)
        text = letters.first_of(lying, counts, SAVED, time.time()) if lying else "no dead letters"
        bundle["text/plain"] = text
        return bundle

    # -- what comes in -----------------------------------------------------------------------

    def _listen(self) -> None:
        self.ports.observe(self._port_picked, "value")
        self.table.observe(self._ticks_changed, "ticked")
        self.table.observe(self._chosen, "chosen")
        self.refresh.on_click(lambda _: self._look("refreshed"))
        self.requeue.on_click(lambda _: self._do_requeue(self._ticked()))
        self.requeue_all.on_click(lambda _: self._do_requeue(self._all(), is_all=True))
        self.drop.on_click(lambda b: self._confirm(b, self._ticked(), is_all=False))
        self.drop_all.on_click(lambda b: self._confirm(b, self._all(), is_all=True))
        self.editor.requeue.on_click(lambda _: self._requeue_shown())
        self.editor.close.on_click(lambda _: self._close_editor())

    def _views_changed(self, change: Any) -> None:
        # It counts one too many for each page that was loaded again: zero means zero all the same.
        self._follower.need(bool(change["new"]))

    def _counted(self, counts: Counts | None) -> None:
        """The numbers have changed, or the lab has stopped. In the follower's thread."""
        if counts is None:
            self._leave()
        else:
            self._look(counts=counts)

    def _leave(self) -> None:
        """The lab has left its broker: nothing here is there any more."""
        with self._lock:
            self.editor.leave()
            self.table.chosen = ""
            self._say("")
        self._show({}, [], why=STOPPED[self._follower.keeps])

    def _trouble(self, text: str) -> None:
        with self._lock:
            self._say(text, "error")

    def _link_trouble(self, text: str) -> None:
        with self._lock:
            self._is_down = bool(text)
            self._say(text, "error")
            self._draw()

    def _port_picked(self, _change: Any) -> None:
        if not self._is_filling:
            self._look()

    def _ticks_changed(self, _change: Any) -> None:
        with self._lock:
            self._draw()

    def _chosen(self, change: Any) -> None:
        with self._lock:
            if change["new"]:
                self.editor.show(self._listed.get(change["new"]))
            elif self.editor.lying is not None:
                self.editor.show(None)
            self._draw()

    def _close_editor(self) -> None:
        with self._lock:
            self.editor.show(None)
            self.table.chosen = ""

    # -- looking -----------------------------------------------------------------------------

    def _look(self, say: str = "", counts: Counts | None = None) -> None:
        """Ask for the letters and show them."""
        try:
            found = dict(self._lab.dead.counts() if counts is None else counts)
            port = self.ports.value
            lying: list[Lying] = []
            for each in [port] if port else list(found):
                lying += listed(self._lab, each, LISTED - len(lying))
        except NotRunning:
            self._leave()
        except MsgFloLabError as error:
            self._trouble(str(error))
        else:
            self._follower.seen(found)
            self._show(found, lying)
            with self._lock:
                if say:
                    self._say(f"{say} at {time.strftime('%H:%M:%S')}", "muted")

    def _show(self, counts: Mapping[str, int], lying: Collection[Lying], why: str = "") -> None:
        with self._lock:
            self._counts = dict(counts)
            self._listed = {key_of(each): each for each in lying}
            self._fill_ports(self.ports.value)
            self.table.empty = why or EMPTY
            self.table.ticked = [key for key in self.table.ticked if key in self._listed]
            self._show_again()
            self._draw()

    def _show_again(self) -> None:
        """The letter in the editor, as it lies there now; or it is gone."""
        before, port = self.editor.lying, self.ports.value
        if before is None:
            return
        now = self._listed.get(key_of(before))
        if now is not None:
            self.editor.show(now)
        elif not port or port == before.port:
            self.editor.gone()
            if self.editor.lying is None:
                self.table.chosen = ""

    def _fill_ports(self, port: str) -> None:
        names = [*self._counts, *([port] if port and port not in self._counts else [])]
        options = [
            ("all ports", ""),
            *((f"{shown(n)} ({self._counts.get(n, 0)})", n) for n in names),
        ]
        self._is_filling = True
        try:
            if tuple(options) != tuple(self.ports.options):
                self.ports.options = options
            self.ports.value = port
        finally:
            self._is_filling = False

    def _draw(self) -> None:
        """Everything that follows from the listing and from what is ticked."""
        now = time.time()
        rows = [
            {
                "key": key,
                "port": shown(each.port),
                "reason": shown(each.letter.reason, 200),
                "times": str(each.letter.count),
                "first": letters.when(each.letter.first, now),
                "payload": letters.glance(each.letter.payload, 200),
                "edited": self.editor.is_edited(each),
            }
            for key, each in self._listed.items()
        ]
        if rows != self.table.rows:
            self.table.rows = rows
        self._disarm()
        total, ticked = max(self._total(), len(rows)), len(self.table.ticked)
        cut = f", the oldest {len(rows)} of them below" if total > len(rows) > 0 else ""
        is_stopped = self.table.empty in STOPPED.values()
        number = report.count_of(total, "dead letter")
        self.title.text = "Dead letters" if is_stopped else f"{number}{cut}"
        some = f" ({ticked})" if ticked else ""
        self.requeue.description, self.drop.description = (
            f"Requeue selected{some}",
            f"Drop selected{some}",
        )
        self.requeue.disabled = self.drop.disabled = not ticked or self._is_down
        self.requeue_all.disabled = self.drop_all.disabled = not rows or self._is_down
        self.editor.hold(self._is_down)

    def _total(self) -> int:
        port = self.ports.value
        return self._counts.get(port, 0) if port else sum(self._counts.values())

    def _say(self, text: str, tone: str = "") -> None:
        self.said.tone = tone
        self.said.text = text

    # -- doing -------------------------------------------------------------------------------

    def _ticked(self) -> list[Lying]:
        with self._lock:
            return [self._listed[key] for key in self.table.ticked if key in self._listed]

    def _all(self) -> list[Lying]:
        with self._lock:
            return list(self._listed.values())

    def _requeue_shown(self) -> None:
        lying = self.editor.lying
        if lying is not None:
            self._do_requeue([lying])

    def _do_requeue(self, chosen: list[Lying], is_all: bool = False) -> None:
        edited: dict[Lying, bytes] = {}
        for each in chosen:
            try:
                payload = self.editor.payload(each)
            except InvalidMessage as error:
                self.table.chosen = key_of(each)
                what = f"{shown(each.port)} {shown(each.letter.id)}"
                self._trouble(f"nothing was requeued: the edited payload of {what} is {error}")
                return
            if payload is not None:
                edited[each] = payload

        def requeue(port: str, ids: list[str] | None) -> int:
            new = {e.letter.id: payload for e, payload in edited.items() if e.port == port}
            return self._lab.dead.requeue(port, ids, new)

        self._carry_out(chosen, is_all, "requeued", requeue)

    def _do_drop(self, chosen: list[Lying], is_all: bool) -> None:
        self._carry_out(chosen, is_all, "dropped", self._lab.dead.drop)

    def _carry_out(
        self,
        chosen: list[Lying],
        is_all: bool,
        what: str,
        do: Callable[[str, list[str] | None], int],
    ) -> None:
        """Do something to letters, port by port, and say what came of it.

        Args:
            is_all: Where not all are listed, do it to the others as well.
            what: Has been done to them.
            do: Does it to these ids, or to all; says to how many.
        """
        status = self._lab.status()
        if status.url and not status.is_up:  # a broker is waited for: not here, with no word of it
            self._trouble(f"nothing was {what}: the broker cannot be reached: {status.detail}")
            return
        with self._lock:
            self._say("one moment ...", "muted")
        by_port: dict[str, list[Lying]] = {}
        for each in chosen:
            by_port.setdefault(each.port, []).append(each)
        said: list[str] = []
        wrong: list[str] = []
        for port, those in by_port.items():
            beyond = is_all and self._counts.get(port, 0) > len(those)
            try:
                done = do(port, None if beyond else [each.letter.id for each in those])
            except MsgFloLabError as error:
                wrong.append(str(error))
                continue
            text = f"{report.count_of(done, 'dead letter')} of {shown(port)} {what}"
            if done < len(those):
                wrong.append(f"{text}; {len(those) - done} had gone meanwhile")
                continue
            said.append(text)
            with self._lock:
                for each in those:
                    self.editor.forget(each)
        self._look()
        with self._lock:
            self._say("; ".join([*wrong, *said]), "error" if wrong else "")

    # -- a second click ----------------------------------------------------------------------

    def _confirm(self, button: Any, chosen: list[Lying], *, is_all: bool) -> None:
        """Drop at the second click, if nothing has changed since the first."""
        keys = tuple(map(key_of, chosen))
        with self._lock:
            armed, now = self._armed, time.monotonic()
            self._draw()
            is_second = armed is not None and armed[:2] == (button, keys)
            if armed is None or not is_second or now - armed[2] > CONFIRM_SECONDS:
                number = max(self._total(), len(keys)) if is_all else len(keys)
                self._armed = (button, keys, now)
                button.description = f"Really drop {number:,}?"
                button.button_style = "danger"
                return
        self._do_drop(chosen, is_all)

    def _disarm(self) -> None:
        self._armed = None
        self.drop.button_style = self.drop_all.button_style = ""
        self.drop_all.description = "Drop all"

    def _disarm_late(self) -> None:
        with self._lock:
            if self._armed is not None and time.monotonic() - self._armed[2] > CONFIRM_SECONDS:
                self._draw()
