"""What flows while cases are run, as a flowtrace that FBP's tools show and replay."""

from __future__ import annotations

import json
import re
import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import MsgFloLabError
from ..files import replace
from ..graph import Graph, json_of
from ..protocol.networks import now
from .limits import EVENTS_MOST

FOLDER = ".flowtrace"
"""Where traces are written, as in fbp-spec."""
KINDS = {
    ("network", "data"),
    ("network", "error"),
    ("network", "processerror"),
    ("network", "output"),
    ("network", "started"),
    ("runtime", "packet"),
}
"""What is kept, by protocol and command."""
_NO_NAME = re.compile(r"[^\w.-]+")


class Recorder:
    """The events of one graph; see `EVENTS_MOST`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._events: deque[Mapping[str, Any]] = deque(maxlen=EVENTS_MOST)
        self._graph = Graph()
        self._id = ""
        self._start = now()

    def begin(self, graph_id: str, graph: Graph) -> None:
        """A graph has been set up."""
        self._id, self._graph = graph_id, graph

    def forget(self) -> None:
        """Forget what has flowed so far."""
        self._events.clear()
        self._start = now()

    def add(self, protocol: str, command: str, payload: Any) -> None:
        """Keep a message, if it is of those that are kept."""
        if (protocol, command) in KINDS:
            event = {"protocol": protocol, "command": command, "payload": payload}
            self._events.append({**event, "graph": self._id, "time": now()})

    def write(self, case: str) -> str:
        """Write what has flowed so far into a file; its name.

        Raises:
            MsgFloLabError: It cannot be written.
        """
        metadata = {"label": case, "type": "msgflo", "start": self._start, "end": now()}
        graphs = {self._id: json_of(self._graph)}
        header = {"metadata": metadata, "graphs": graphs, "main": self._id}
        text = json.dumps({"header": header, "events": list(self._events)}, indent=2)
        name = _NO_NAME.sub("-", f"{time.strftime('%Y-%m-%d')}-{self._id}-{case}")[:150]
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            path = self._free(name)
            replace(path, text.encode())
        except OSError as error:
            why = error.strerror or error
            raise MsgFloLabError(f"no trace in `{self._folder}`: {why}") from error
        return str(path)

    def _free(self, name: str) -> Path:
        """A file that is not there yet: cases may have the same name."""
        path, number = self._folder / f"{name}.json", 1
        while path.exists():
            number += 1
            path = self._folder / f"{name}-{number}.json"
        return path
