"""`%load_ext msgflo_lab` and its opposite."""

from __future__ import annotations

import atexit
from dataclasses import dataclass
from typing import Any

from msgflo_lab.lab import Lab
from msgflo_lab.runtime import output

from .completion import completer
from .magics import LabMagics

MAGIC = "%msgflo"
VARIABLE = "lab"


@dataclass
class _Loaded:
    """What loading has put into a shell."""

    lab: Lab
    hook: Any


_loaded: dict[int, _Loaded] = {}


def load(shell: Any) -> None:
    """Make a lab for this shell: its magics, completion, and the variable `lab`."""
    if id(shell) in _loaded:
        return
    lab = Lab()
    shell.register_magics(LabMagics(shell, lab))
    hook = completer(lab)
    shell.set_hook("complete_command", hook, str_key=MAGIC)
    shell.user_ns.setdefault(VARIABLE, lab)
    output.install()
    atexit.register(lab.stop)
    _loaded[id(shell)] = _Loaded(lab, hook)


def unload(shell: Any) -> None:
    """Stop the lab and take everything out again: no thread, task or socket stays."""
    found = _loaded.pop(id(shell), None)
    if found is None:
        return
    found.lab.stop()
    atexit.unregister(found.lab.stop)
    _close_pictures(found.lab)
    magics = shell.magics_manager.magics
    magics["line"].pop("msgflo", None)
    magics["cell"].pop("participant", None)
    shell.magics_manager.registry.pop(LabMagics.__name__, None)
    for dispatch in shell.strdispatchers.values():
        dispatch.strs.pop(MAGIC, None)
    if shell.user_ns.get(VARIABLE) is found.lab:
        del shell.user_ns[VARIABLE]
    output.uninstall()


def _close_pictures(lab: Lab) -> None:
    import sys

    picture = sys.modules.get("msgflo_lab_kernel.picture")
    if picture is not None:
        picture.close_all(lab)
