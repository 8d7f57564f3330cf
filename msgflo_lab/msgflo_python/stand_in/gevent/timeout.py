"""What a program finds as `gevent.timeout` where gevent is not installed."""

from __future__ import annotations

from msgflo_lab.msgflo_python.errors import absent
from msgflo_lab.msgflo_python.timeouts import Timeout, with_timeout

__all__ = ["Timeout", "with_timeout"]

__path__: list[str] = []  # see `absent`
__getattr__ = absent(__name__)
