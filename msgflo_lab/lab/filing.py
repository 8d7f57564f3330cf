"""The network in files: as a graph to go on with, and as what others read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

from ..asyncapi import ends_of
from ..definition import ParticipantDefinition, Side
from ..graph import graph_of
from ..names import ParticipantId, PortName, QueueName, Role, queue_for
from ..network import at_rest
from ..runtime.session import Session
from . import forms, graph_files, layouts
from .autosave import Autosave
from .forms import Form, Subject
from .graphs import Applied, Graphs, lost_of


class Filing(Graphs):
    """The part of `Lab` that reads and writes files."""

    def export(self, path: str | Path) -> Path:
        """Write the network into a file, whole or not at all; the end of its name says as what.

        A graph, `.fbp` or `.json`, is to go on with: `import_` makes the same of it again. All
        others are for people and other tools: `.svg`, `.mmd` (Mermaid), `.dot` or `.gv`
        (Graphviz), `.asyncapi.yaml` or `.asyncapi.json`. They show the network as if everybody
        were there.

        Raises:
            InvalidName: The name ends in none of these.
            InvalidGraph: An initial packet is bytes, or something else that JSON cannot hold.
            MsgFloLabError: The file cannot be written.
        """
        target = Path(path).expanduser()
        form = forms.form_of(target)
        if form in (Form.FBP, Form.JSON):
            return graph_files.write(target, self._host.workspace.graph)
        as_json = target.name.lower().endswith(".json")
        text = forms.document(form, self.subject(), as_json=as_json)
        graph_files.write_text(target, text)
        return target

    def import_(self, path: str | Path) -> Applied:
        """Make the network equal to a file's, `.fbp` or JSON; see `set_graph`.

        What the file says and a graph has no place for is not kept, which the notices tell. So
        they do of what cannot be used in the layout beside it.

        Raises:
            InvalidName, InvalidFbp, InvalidGraph: It is no graph. Nothing has changed.
            MsgFloLabError: The file cannot be read.
        """
        source = Path(path).expanduser()
        found = graph_files.read(source)
        if isinstance(found, str):
            return self._put_text(found, source.name, lambda data: layouts.read(source, data))
        changes, _ = self._become(graph_of(graph_files.without_runtime(found)))
        return Applied(changes, tuple(lost_of(found, source.name)))

    def keep(self, path: str | Path) -> Applied:
        """Take the graph out of a file, if there is one, and write it back whenever it changes.

        It is written half a second after the last change, whole or not at all, and when the lab
        stops. Only one file is kept, of the graph that is the main one now. Comments that people
        have written into it are lost with the first change that is more than a moved card.

        Raises:
            NotRunning: The lab is stopped.
            InvalidName, InvalidFbp, InvalidGraph: It is no graph. Nothing has changed.
            MsgFloLabError: The file cannot be read, or its folder cannot be written to.
        """
        self._running()
        target = Path(path).expanduser()
        graph_files.check(target)
        applied = self.import_(target) if target.exists() else Applied(())

        async def keep() -> None:
            workspace = self._host.workspace
            await self._host.keep(Autosave(workspace, target, on_problem=self._unsaved))

        self._do(lambda _: keep())
        return applied

    def subject(self) -> Subject:
        """All that documents say of the network, as it is now."""

        def look(session: Session | None) -> Subject:
            graph, library = self._host.workspace.network, self._host.library
            return Subject(
                graph,
                at_rest(self._host.view()),
                ends_of(graph, self._announced(session), library.find),
                session.url if session is not None else None,
            )

        return cast(Subject, self._do(look))

    def _announced(self, session: Session | None) -> Iterator[ParticipantDefinition]:
        """What those who are there say of themselves, or those of a stopped lab will say."""
        if session is not None:
            yield from (member.definition for member in session.coordinator.roster)
            return
        for role, behaviour in self._host.workspace.behaviours.items():
            yield behaviour.definition(ParticipantId(role), role, _usual_queue(role))

    def _unsaved(self, before: str, now: str) -> None:
        session = self._host.session
        if session is not None and before:
            session.coordinator.withdraw(before)
        if session is not None and now:
            session.coordinator.report(now)


def _usual_queue(role: Role) -> Callable[[Side, PortName], QueueName]:
    return lambda _, port: queue_for(role, port)
