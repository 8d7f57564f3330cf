"""What every broker of the tests needs: its program, a port, a deadline."""

from __future__ import annotations

import ctypes
import os
import shutil
import socket

import pytest

DEADLINE = 10.0
"""Seconds within which a local broker does what it is asked."""


LIBRARIES = {"chromium": "libatomic.so.1"}
"""What a program's tests need besides: Playwright, which drives the browser, is linked with it."""


def need(program: str) -> str:
    """The path of a program; skips the test without it, but fails where CI promises to have it."""
    found = shutil.which(program, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
    library = LIBRARIES.get(program)
    if found is not None and (library is None or _is_there(library)):
        return found
    reason = f"`{program if found is None else library}` is not installed"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def _is_there(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def free_port() -> int:
    """A TCP port of the loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
