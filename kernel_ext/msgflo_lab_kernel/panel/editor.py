"""The lower part of the panel: one dead letter in full, and its payload to edit.

What somebody has typed is kept until it is sent or given up: other letters may be looked at
meanwhile, and the one it belongs to may even go. It belongs to that letter and to no other, so it
ends with the lab's time on a broker: after that, another letter may have the same id.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

import ipywidgets  # type: ignore[import-untyped]

from msgflo_lab import report
from msgflo_lab.errors import InvalidMessage
from msgflo_lab.names import shown

from ..letters import Form, Lying, form_of, is_editable, payload_of, when, written
from .pieces import Said

GONE = "It is no longer among the dead letters: somebody has requeued or dropped it."
LEFT = "The lab has left the broker: what was typed can be copied, but not be sent any more."
DRAFTS = 100
"""Letters whose unsent edits are kept. Above: those of the one that was edited first are lost."""
WRITABLE = [Form.JSON.value, Form.TEXT.value]
"""What somebody can type."""
ROWS = (4, 16)
"""Lines of the editor, at least and at most."""


Name = tuple[str, str, bytes]
"""Which letter it is: queue, id and payload. On another broker, an id may be another letter's."""


class Draft(NamedTuple):
    """What somebody has typed, and what it is to be."""

    text: str
    form: Form


class Editor:
    """Shows one letter.

    Attributes:
        box: The widget.
        lying: The letter that is shown, if any.
        title, facts, reason: What is known of it.
        text, form, wrong: What is typed, what it is to be, and why it is not.
        requeue, undo, close: The buttons; the panel listens to the first and the last.

    Args:
        lock: The panel's, which holds it whenever it calls.
        changed: Called when somebody has begun to edit a letter, or has given it up.
    """

    def __init__(self, lock: AbstractContextManager[Any], changed: Callable[[], None]) -> None:
        self._lock = lock
        self.lying: Lying | None = None
        self._changed = changed
        self._drafts: dict[Name, Draft] = {}
        self._is_filling = False
        self._is_gone = False
        self._is_held = False
        self.title = Said(tone="title")
        self.reason = Said(tone="error")
        self.facts = Said(tone="muted")
        self.text = ipywidgets.Textarea(
            layout=ipywidgets.Layout(width="auto", margin="6px 0"), continuous_update=True
        )
        self.form = ipywidgets.Dropdown(
            options=WRITABLE,
            layout=ipywidgets.Layout(width="90px"),
            tooltip="what the payload is to be",
        )
        self.wrong = Said(tone="error")
        self.requeue = ipywidgets.Button(description="Requeue this", button_style="primary")
        self.undo = ipywidgets.Button(description="Undo edits")
        self.close = ipywidgets.Button(description="Close")
        self._buttons = ipywidgets.HBox([self.form, self.requeue, self.undo, self.close])
        self.box = ipywidgets.VBox(
            [self.title, self.facts, self.reason, self.text, self.wrong, self._buttons]
        )
        self.box.add_class("msgflo-editor")
        self.box.layout.display = "none"
        self.text.observe(self._typed, "value")
        self.form.observe(self._typed, "value")
        self.undo.on_click(self._forget)

    def show(self, lying: Lying | None) -> None:
        """Show this letter, or none; with what was typed for it before."""
        is_other = lying is None or self.lying is None or _name(lying) != _name(self.lying)
        self.lying, self._is_gone = lying, False
        self.box.layout.display = "none" if lying is None else ""
        if lying is None:
            return
        letter = lying.letter
        self.title.text = f"{shown(lying.port)}  {shown(letter.id)}"
        self.facts.text = " · ".join(
            [
                f"failed {report.count_of(letter.count, 'time')}",
                f"first at {when(letter.first, time.time())}",
                f"{form_of(letter.payload)}, {report.count_of(len(letter.payload), 'byte')}",
            ]
        )
        self.reason.text = shown(letter.reason, 1_000)
        if is_other:
            self._fill(self._drafts.get(_name(lying), _as_it_is(lying)))
        self._check()

    def gone(self) -> None:
        """The letter that is shown lies there no more. What was typed for it stays in sight."""
        if self.lying is not None and self.is_edited(self.lying):
            self._is_gone = True
            self._check()
        else:
            self.show(None)

    def hold(self, is_held: bool) -> None:
        """Nothing can be sent just now; or it can again."""
        self._is_held = is_held
        if self.lying is not None:
            self._check()

    def leave(self) -> None:
        """The letters are those of another broker from now on. An open text stays, to be copied."""
        lying = self.lying
        was_edited = lying is not None and self.is_edited(lying)
        self._drafts.clear()
        self.lying = None
        if not was_edited:
            self.show(None)
            return
        self.facts.text, self.wrong.text = LEFT, ""
        for each in (self.text, self.form, self.requeue, self.undo):
            each.disabled = True

    def is_edited(self, lying: Lying) -> bool:
        """Whether something was typed for it that has not been sent."""
        return _name(lying) in self._drafts

    def payload(self, lying: Lying) -> bytes | None:
        """What it is to hold instead, or None if it is to stay as it is.

        Raises:
            InvalidMessage: What was typed is not what it is to be.
        """
        draft = self._drafts.get(_name(lying))
        return None if draft is None else payload_of(_endings(lying, draft.text), draft.form)

    def forget(self, lying: Lying) -> None:
        """It is done with."""
        self._drafts.pop(_name(lying), None)

    def _fill(self, draft: Draft) -> None:
        self._is_filling = True
        try:
            is_writable = draft.form is not Form.BYTES
            self.form.options = WRITABLE if is_writable else [Form.BYTES.value]
            self.form.value = draft.form.value
            self.text.value = draft.text
            lines = sum(1 + len(line) // 100 for line in draft.text.split("\n"))
            self.text.rows = min(max(lines, ROWS[0]), ROWS[1])
        finally:
            self._is_filling = False

    def _typed(self, _change: Any) -> None:
        with self._lock:
            self._keep()

    def _keep(self) -> None:
        lying = self.lying
        if self._is_filling or lying is None:
            return
        draft, was_edited = Draft(self.text.value, Form(self.form.value)), self.is_edited(lying)
        if draft == _as_it_is(lying):
            self._drafts.pop(_name(lying), None)
        else:
            self._drafts[_name(lying)] = draft
            if len(self._drafts) > DRAFTS:
                del self._drafts[next(iter(self._drafts))]
        self._check()
        if self.is_edited(lying) != was_edited:
            self._changed()

    def _forget(self, _button: Any) -> None:
        with self._lock:
            if self.lying is not None:
                self.forget(self.lying)
                self._fill(_as_it_is(self.lying))
                self._check()
                self._changed()

    def _check(self) -> None:
        """Say in place what is wrong with the text, if anything is."""
        assert self.lying is not None
        payload, wrong = self.lying.letter.payload, ""
        is_open = is_editable(payload, form_of(payload))
        if self._is_gone:
            self.facts.text = GONE
        elif not is_open:
            why = "no text" if form_of(payload) is Form.BYTES else "too long"
            self.facts.text = f"{self.facts.text.split(_NOT_EDITED)[0]}{_NOT_EDITED}{why}"
        try:
            self.payload(self.lying)
        except InvalidMessage as error:
            wrong = str(error)
        self.wrong.text = wrong
        self.requeue.disabled = bool(wrong) or self._is_gone or self._is_held
        self.requeue.description = (
            "Requeue edited" if self.is_edited(self.lying) else "Requeue this"
        )
        self.undo.disabled = not self.is_edited(self.lying)
        self.text.disabled = self.form.disabled = not is_open


_NOT_EDITED = " · cannot be edited: "


def _name(lying: Lying) -> Name:
    # Not the port: that is called otherwise while nobody announces it.
    return lying.letter.queue, lying.letter.id, lying.letter.payload


def _as_it_is(lying: Lying) -> Draft:
    payload = lying.letter.payload
    form = form_of(payload)
    # An editor in a page knows one kind of line end.
    return Draft(written(payload, form).replace("\r\n", "\n").replace("\r", "\n"), form)


def _endings(lying: Lying, text: str) -> str:
    """The text with the line ends that the letter had."""
    payload = lying.letter.payload
    return text.replace("\n", "\r\n") if payload.count(b"\r\n") == payload.count(b"\n") else text
