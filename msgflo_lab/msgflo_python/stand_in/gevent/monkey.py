"""What a program finds as `gevent.monkey` where gevent is not installed.

A program that patches expects that others work while one of them sleeps or reads. Greenlets are
threads here, so they no longer take turns from then on. `process`, which is begun for one message
after the other, gives its turn away while something blocks, see `blocking`.
"""

from __future__ import annotations

from typing import Any

from msgflo_lab.msgflo_python.blocking import MODULES, patch
from msgflo_lab.msgflo_python.errors import absent
from msgflo_lab.msgflo_python.strands import is_free, let_all_run

__path__: list[str] = []  # see `absent`
__getattr__ = absent(__name__)


def patch_all(*_: Any, **__: Any) -> None:
    """Let greenlets run side by side, as threads do."""
    let_all_run()
    patch()


patch_builtins = patch_contextvars = patch_dns = patch_os = patch_queue = patch_select = patch_all
patch_signal = patch_socket = patch_ssl = patch_subprocess = patch_sys = patch_thread = patch_all
patch_time = patch_all


def is_module_patched(name: str) -> bool:
    """True after `patch_all`, for those in which something is."""
    return is_free() and name in MODULES


def is_object_patched(module: str, name: str) -> bool:
    """Nobody can know: True where something of the module is."""
    del name
    return is_module_patched(module)
