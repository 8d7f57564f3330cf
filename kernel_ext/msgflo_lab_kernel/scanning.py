"""What a scan proposes, as a panel: each with a button that accepts it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import partial
from typing import Any

import ipywidgets  # type: ignore[import-untyped]

from msgflo_lab import report
from msgflo_lab.devices.scan import Proposal, as_yaml
from msgflo_lab.errors import MsgFloLabError
from msgflo_lab.lab import Lab
from msgflo_lab.names import shown

from .panel.pieces import Said, button, wide

LISTED = 100
"""Proposals that are shown, the most probable first; of more, the number."""
CODE = 20_000
"""Characters of YAML that are shown."""


def as_text(found: Sequence[Proposal]) -> str:
    """All of them in YAML, one after the other, each with the reason why."""
    return "---\n".join(map(as_yaml, found))


class ScanPanel(ipywidgets.VBox):  # type: ignore[misc]
    """Proposals. What was accepted is registered in the lab.

    Attributes:
        rows: For each proposal a box; its button, what it says, and its YAML are in it.
    """

    def __init__(self, lab: Lab, found: Sequence[Proposal]) -> None:
        self._lab = lab
        self._found = found
        self._lock = threading.Lock()
        title = Said(tone="title", text=f"{report.count_of(len(found), 'proposal')}")
        self.rows = [self._row(each) for each in found[:LISTED]]
        more = len(found) - LISTED
        rest = (
            [Said(tone="muted", text=f"and {more:,} more (`--text` shows all)")] if more > 0 else []
        )
        super().__init__([title, *self.rows, *rest])
        self.add_class("msgflo-scan")

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        bundle: dict[str, Any] = super()._repr_mimebundle_(**kwargs)
        bundle["text/plain"] = as_text(self._found)
        return bundle

    def _row(self, proposal: Proposal) -> Any:
        definition = proposal.definition
        into = ", ".join(shown(port.id) for port in definition.inports)
        out = ", ".join(_with_sample(proposal, port.id) for port in definition.outports)
        accept = button("Accept", style="primary", width="120px")
        look = button("YAML", width="70px")
        name = Said(text=shown(definition.role), tone="title")
        name.layout = wide("180px")
        said = Said(text=f"{into or '(a source)'} → {out or '(a sink)'}")
        said.layout = ipywidgets.Layout(flex="1 1 260px")
        why = Said(text=shown(proposal.reason, 200), tone="muted")
        code = ipywidgets.Textarea(
            value=as_yaml(proposal)[:CODE],
            layout=ipywidgets.Layout(width="100%", height="220px", display="none"),
        )
        accept.on_click(partial(self._accept, code, said))
        look.on_click(partial(self._look, code))
        line = ipywidgets.HBox(
            [name, said, look, accept],
            layout=ipywidgets.Layout(align_items="center", flex_flow="row wrap"),
        )
        box = ipywidgets.VBox([line, why, code], layout=ipywidgets.Layout(margin="0 0 8px 0"))
        box.add_class("msgflo-proposal")
        return box

    @staticmethod
    def _look(code: Any, _button: Any) -> None:
        code.layout.display = "none" if code.layout.display != "none" else ""

    def _accept(self, code: Any, said: Said, accept: Any) -> None:
        """Register it as it stands in its field, which may have been edited."""
        with self._lock:
            try:
                roles = self._lab.foreign.register(f"{code.value}\n")
            except MsgFloLabError as error:
                said.tone, said.text = "error", str(error)
                return
            how = "is here now" if self._lab.is_running else "waits for `%msgflo start`"
            said.tone, said.text = "", f"{', '.join(map(shown, roles))} {how}"
            accept.description, accept.button_style = "Accept again", ""


def _with_sample(proposal: Proposal, port: str) -> str:
    sample = proposal.samples.get(port)
    return f"{shown(port)} ({shown(sample, 30)})" if sample else shown(port)
