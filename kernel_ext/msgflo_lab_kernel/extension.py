"""`%load_ext msgflo_lab` and its opposite."""

from __future__ import annotations

import atexit
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from IPython.core.error import UsageError

from msgflo_lab.lab import Lab
from msgflo_lab.names import listed
from msgflo_lab.runtime import output

from . import brief, page_load
from .completion import matcher_for
from .export.cells import Cells
from .magics import LabMagics

VARIABLE = "lab"
WIDGETS = ("anywidget", "ipywidgets")
"""What pictures and panels need; it is imported with the first of them."""


@dataclass
class _Loaded:
    """What loading has put into a shell."""

    lab: Lab
    cells: Cells
    matcher: Any
    ask_exit: Any
    answer_no_pages: Callable[[], None] | None


_loaded: dict[int, _Loaded] = {}


def load(shell: Any) -> None:
    """Make a lab for this shell: its magics, completion, and the variable `lab`.

    Raises:
        UsageError: The packages for notebooks are not installed.
    """
    if id(shell) in _loaded:
        return
    missing = [name for name in WIDGETS if importlib.util.find_spec(name) is None]
    if missing:
        raise UsageError(
            f"{listed(missing)}: not installed. In a notebook it takes "
            "`pip install 'msgflo-lab[notebook]'`"
        )
    lab = Lab()
    shell.register_magics(LabMagics(shell, lab))
    matcher = matcher_for(lab)
    shell.Completer.custom_matchers.append(matcher)
    shell.user_ns.setdefault(VARIABLE, lab)
    cells = Cells(shell)
    cells.install(lab)
    output.install()
    brief.install(shell)
    atexit.register(lab.stop)
    answer_no_pages = page_load.install(getattr(shell, "kernel", None))
    _loaded[id(shell)] = _Loaded(lab, cells, matcher, _guard_exit(shell), answer_no_pages)


def unload(shell: Any) -> None:
    """Stop the lab and take everything out again: no thread, task or socket stays."""
    found = _loaded.pop(id(shell), None)
    if found is None:
        return
    found.lab.stop()
    found.cells.uninstall(found.lab)
    brief.uninstall(shell)
    atexit.unregister(found.lab.stop)
    _close_widgets(found.lab)
    if found.answer_no_pages is not None:
        found.answer_no_pages()
    magics = shell.magics_manager.magics
    magics["line"].pop("msgflo", None)
    for name in ("participant", "fbp", "fbpspec", "foreign"):
        magics["cell"].pop(name, None)
    shell.magics_manager.registry.pop(LabMagics.__name__, None)
    if found.matcher in shell.Completer.custom_matchers:
        shell.Completer.custom_matchers.remove(found.matcher)
    if found.ask_exit is not None and vars(shell).get("ask_exit") is found.ask_exit:
        del shell.ask_exit
    if shell.user_ns.get(VARIABLE) is found.lab:
        del shell.user_ns[VARIABLE]
    output.uninstall()


def _guard_exit(shell: Any) -> Any:
    """Let `exit()` in a participant's code end that run only, as it would in plain Python.

    In a shell, `exit` and `quit` ask the whole of it to end, whoever calls them.
    """
    end_shell = getattr(shell, "ask_exit", None)
    if end_shell is None:
        return None

    def ask_exit() -> None:
        if output.current.get() is not None:
            raise SystemExit("a participant cannot end the kernel")
        end_shell()

    shell.ask_exit = ask_exit
    return ask_exit


def _close_widgets(lab: Lab) -> None:
    """Whatever of them there is; they are imported only when somebody wants one."""
    import sys

    for name in ("picture", "panel"):
        module = sys.modules.get(f"{__package__}.{name}")
        if module is not None:
            module.close_all(lab)
