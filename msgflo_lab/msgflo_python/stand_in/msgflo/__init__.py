"""What a program finds as `msgflo` where that is not installed; see `msgflo_lab.msgflo_python`."""

from __future__ import annotations

from .msgflo import *  # noqa: F403
