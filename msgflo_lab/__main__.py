"""The program `msgflo-lab`, also as `python -m msgflo_lab`."""

from __future__ import annotations

import os
import signal
from types import FrameType


def main() -> None:
    """Run it. Until a command is loaded, nothing has been begun: a signal just ends it."""
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(each) is not signal.SIG_IGN:
            signal.signal(each, _end)
    from .cli import main

    main()


def _end(number: int, _frame: FrameType | None) -> None:
    """End as one that was told to (see `cli.ending`), in the midst of whatever is imported."""
    os._exit(128 + number)


if __name__ == "__main__":
    main()
