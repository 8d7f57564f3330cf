"""msgflo-lab: live flow-based programming over message queues, in a notebook.

`from msgflo_lab import Lab` in plain Python; `%load_ext msgflo_lab` in a notebook. What is heavy is
imported when it is first used, so that importing the package itself stays cheap.
"""

from __future__ import annotations

TYPE_CHECKING = False  # of our own: to import `typing` takes longer than all the rest
if TYPE_CHECKING:
    from typing import Any

    from .errors import MsgFloLabError
    from .lab import Lab
    from .runtime.current import current_message
    from .runtime.object import Participant
    from .standalone import component, main, run

__all__ = [
    "Lab",
    "MsgFloLabError",
    "Participant",
    "__version__",
    "component",
    "current_message",
    "main",
    "run",
]

_WHERE = {
    "Lab": ".lab",
    "MsgFloLabError": ".errors",
    "Participant": ".runtime.object",
    "component": ".standalone",
    "current_message": ".runtime.current",
    "main": ".standalone",
    "run": ".standalone",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("msgflo-lab")
    if name in _WHERE:
        from importlib import import_module

        return getattr(import_module(_WHERE[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def load_ipython_extension(shell: Any) -> None:
    """`%load_ext msgflo_lab`."""
    from msgflo_lab_kernel.extension import load

    load(shell)


def unload_ipython_extension(shell: Any) -> None:
    """`%unload_ext msgflo_lab`."""
    from msgflo_lab_kernel.extension import unload

    unload(shell)
