"""Run by itself (`python -I -S guard_process.py PARENT`): ends what a process leaves behind.

It reads lines `+GROUP` and `-GROUP` from its standard input, process groups that come and go. When
that is closed, which the system does however its parent ended, it ends those that are left. It
imports little, and nothing of ours, to be small.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import time

FINISH = 5.0
"""Seconds that a group may finish before it is killed."""
LOOK = 1.0
"""Seconds between two looks at whether the parent is there: others may hold its end of the pipe."""


def main(parent: int) -> None:
    """Wait for the end of the parent."""
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    groups: set[int] = set()
    rest = b""
    while True:
        if not select.select([0], [], [], LOOK)[0]:
            if os.getppid() != parent:
                break  # all that it has said is read
            continue
        data = os.read(0, 65_536)
        if not data:
            break
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            (groups.add if line[:1] == b"+" else groups.discard)(int(line[1:]))
    end(groups)


def end(groups: set[int]) -> None:
    """Ask them to end; after a while, end them."""
    groups = {group for group in groups if signalled(group, signal.SIGTERM)}
    deadline = time.monotonic() + FINISH
    while groups and time.monotonic() < deadline:
        time.sleep(0.05)
        groups = {group for group in groups if signalled(group, 0)}
    for group in groups:
        signalled(group, signal.SIGKILL)


def signalled(group: int, number: int) -> bool:
    """Send a signal to a process group. False if it is gone."""
    with contextlib.suppress(PermissionError):
        try:
            os.killpg(group, number)
        except ProcessLookupError:
            return False
    return True


if __name__ == "__main__":
    main(int(sys.argv[1]))
