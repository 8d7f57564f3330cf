"""The lab: a synchronous, thread-safe object over the runtime, which has a thread of its own.

Everything a magic or a widget can do is a method here, of the same name. This is the only place
that owns a thread: a cell that blocks, or a kernel's loop that stands still, delays nothing in the
runtime. Participants and the graph belong to the lab, not to a broker: `start` with another URL
takes them along.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ..discovery.limits import HEARTBEAT
from ..names import Role
from ..runtime.child import SHELL
from .components import ComponentLibrary
from .core import DEFAULT_URL
from .desk import DeadLetterDesk
from .editing import Editing
from .filing import Filing
from .folders import graph_in
from .foreign import ForeignDesk, Foreigner
from .graphs import Applied
from .messages import Messages
from .metrics import JobsDesk, MetricsDesk, Telemetry
from .participants import Participants
from .serving import Serving

__all__ = [
    "DEFAULT_URL",
    "Applied",
    "ComponentLibrary",
    "DeadLetterDesk",
    "ForeignDesk",
    "Foreigner",
    "JobsDesk",
    "Lab",
    "MetricsDesk",
]


class Lab(Participants, Editing, Filing, Messages, Serving):
    """A laboratory: participants of this process, whoever else is on the broker, and a graph.

    All methods may be called from any thread but the runtime's own, where watchers are called: one
    that called them would wait for itself. A lab is also a context manager that stops at its end.

    Attributes:
        dead: What was rejected, and what becomes of it.
        foreign: Devices and programs that know nothing of us.
        jobs: Each message that a handler has processed, and how long that takes.
        library: What nodes can run.
        metrics: Figures of all that, for people, Prometheus and OpenTelemetry.

    Args:
        name: Shown in the picture, and in the broker's log.
        heartbeat: Seconds of silence after which a participant counts as gone.
        shell: What runs the commands of components that are programs.
        ignore: Roles that nothing is run for, whatever their component: others play them.
        apart: Whether what programs print on stdout and on stderr is told apart. What of the one
            came before what of the other is not known then, where it came at once.
    """

    def __init__(
        self,
        name: str = "lab",
        *,
        heartbeat: float = HEARTBEAT,
        shell: str = SHELL,
        ignore: Iterable[str] = (),
        apart: bool = False,
    ) -> None:
        super().__init__(name, heartbeat=heartbeat)
        self._host.shell, self._host.ignored = shell, frozenset(map(Role, ignore))
        self._host.apart = apart
        self.dead = DeadLetterDesk(self._do)
        self.foreign = ForeignDesk(self._do, self._host)
        self.library = ComponentLibrary(self._do, self._host)
        telemetry = Telemetry(self._do, self._host)
        self.metrics, self.jobs = MetricsDesk(telemetry), JobsDesk(telemetry)

    def open(self, folder: str | Path) -> Applied:
        """Bring in a project's folder: its components, and its graph; see `import_`.

        Raises:
            InvalidConfig: Its components cannot be used.
            MsgFloLabError: It has no graph, or one that is none.
        """
        file = graph_in(Path(folder).expanduser())
        self.library.load(folder)
        return self.import_(file)
