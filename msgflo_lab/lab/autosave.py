"""Writes a graph into its file whenever it has changed, a moment later."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from ..errors import MsgFloLabError
from ..graph import Change, Graph
from ..runtime.workspace import Workspace
from . import graph_files

log = logging.getLogger(__name__)

QUIET = 0.5
"""Seconds without a further change after which it is written; msgflo waits as long."""
LATEST = 5.0
"""Seconds after which it is written although changes go on."""


class Autosave:
    """For the main graph of a workspace, as it is when this is made. On its loop.

    The file is written in another thread.

    What cannot be written is reported once, and tried again with the next change.
    """

    def __init__(
        self,
        workspace: Workspace,
        path: Path,
        *,
        quiet: float = QUIET,
        on_problem: Callable[[str, str], object] = lambda _before, _now: None,
    ) -> None:
        """Create it.

        Args:
            quiet: Seconds to wait for further changes.
            on_problem: Told after each attempt what was the matter before, and what is now: a line
                for people each, or "".
        """
        self._workspace = workspace
        self._name = workspace.main  # another one may become the main graph
        self._path = path
        self._quiet = quiet
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._first = 0.0
        self._writing = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        # A file that nobody edits stays as somebody wrote it.
        self._saved: Graph | None = workspace.graph if path.exists() else None
        self._problem = ""
        self._on_problem = on_problem
        workspace.edited.connect(self._edited)

    async def save(self) -> None:
        """Write it now, if it has changed.

        Raises:
            MsgFloLabError: It cannot be written.
        """
        async with self._writing:
            graph = self._workspace.look_up(self._name)
            if graph is not self._saved:
                await asyncio.to_thread(self._put, graph)
                self._saved = graph

    def _put(self, graph: Graph) -> None:
        if self._saved is None or not self._path.exists():
            graph_files.write(self._path, graph)
        else:
            graph_files.rewrite(self._path, graph, self._saved)

    async def close(self) -> None:
        """Write what is not written yet, and follow no more."""
        self._workspace.edited.disconnect(self._edited)
        if self._timer is not None:
            self._timer.cancel()
        await self._save_quietly()

    def _edited(self, name: str, _graph: Graph, _changes: tuple[Change, ...]) -> None:
        if name != self._name:
            return
        now = self._loop.time()
        if self._timer is None:
            self._first = now
        else:
            self._timer.cancel()
        self._timer = self._loop.call_at(min(now + self._quiet, self._first + LATEST), self._write)

    def _write(self) -> None:
        self._timer = None
        task = self._loop.create_task(self._save_quietly(), name="autosave")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _save_quietly(self) -> None:
        before, self._problem = self._problem, ""
        try:
            await self.save()
        except Exception as error:
            # Even a bug is no reason to save nothing from now on.
            is_bug = not isinstance(error, MsgFloLabError)
            what = f"{type(error).__name__}: {error}" if is_bug else str(error)
            self._problem = f"the graph is not saved: {what}"
            if self._problem != before:
                log.warning("%s", self._problem, exc_info=is_bug)
        self._on_problem(before, self._problem)
