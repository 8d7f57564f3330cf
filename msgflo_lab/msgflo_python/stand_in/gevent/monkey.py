"""What a program finds as `gevent.monkey` where gevent is not installed.

Nothing is patched: greenlets are threads here. But a program that patches expects that others work
while one of them sleeps or reads. So greenlets no longer take turns from then on.
"""

from __future__ import annotations

from typing import Any

from msgflo_lab.msgflo_python.errors import absent
from msgflo_lab.msgflo_python.strands import let_all_run

__path__: list[str] = []  # see `absent`
__getattr__ = absent(__name__)


def patch_all(*_: Any, **__: Any) -> None:
    """Let greenlets run side by side, as threads do."""
    let_all_run()


patch_builtins = patch_contextvars = patch_dns = patch_os = patch_queue = patch_select = patch_all
patch_signal = patch_socket = patch_ssl = patch_subprocess = patch_sys = patch_thread = patch_all
patch_time = patch_all


def is_module_patched(name: str) -> bool:
    """Nothing is."""
    del name
    return False


def is_object_patched(module: str, name: str) -> bool:
    """Nothing is."""
    del module, name
    return False
