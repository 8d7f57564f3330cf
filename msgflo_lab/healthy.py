"""`python -m msgflo_lab.healthy [--alive]`: whether a program is all right, for health checks.

A program with the path of a file in the environment variable `MSGFLO_HEALTH` (of `msgflo_lab.run`,
`msgflo-lab run`, or for MsgFlo's Python library) writes there every few seconds how it is. This,
started with the same variable, reads it: exit status 0 if all participants are announced and their
links up, and otherwise 1 and why. With `--alive`, it is enough that the program is at work: without
its broker it waits, and to start it anew would not help.

It imports next to nothing, so that a small computer can run it often.
"""

from __future__ import annotations

import os
import sys
import time

VARIABLE = "MSGFLO_HEALTH"
"""The environment variable with the file's path."""
BEAT = 2.0
"""Seconds between two times that the file is written."""
SILENT = 30.0
"""Seconds after which a program that has not written is none that works."""


class Heartbeat:
    """Writes a program's file. Without one, it does nothing.

    Attributes:
        path: Of the file; "" for none.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._due = 0.0

    @classmethod
    def asked(cls) -> Heartbeat:
        """The one that the environment asks for. What this program starts is not asked as well."""
        path = os.environ.pop(VARIABLE, "")
        return cls(os.path.abspath(path) if path else "")

    @property
    def is_due(self) -> bool:
        """Whether it is time to tell."""
        return bool(self.path) and time.monotonic() >= self._due

    def tell(self, trouble: str) -> None:
        """Say how the program is.

        Args:
            trouble: Why it is not announced, or cannot reach its broker; "" if all is well.

        Raises:
            OSError: The file cannot be written.
        """
        now = time.monotonic()
        self._due = now + BEAT
        flat = " ".join(trouble.split())
        new = f"{self.path}.{os.getpid()}"
        with open(new, "w", encoding="utf-8", errors="replace") as file:
            file.write(f"{now} {flat}\n")
        os.replace(new, self.path)

    def end(self) -> None:
        """The program ends: there is no file any more."""
        try:
            if self.path:
                os.unlink(self.path)
        except OSError:
            pass


def trouble_of(path: str, *, alive: bool = False) -> str:
    """What is wrong with the program that writes this file; "" if nothing is.

    Args:
        alive: Whether it is enough that the program is at work.
    """
    if not path:
        return f"{VARIABLE} says no file"
    try:
        with open(path, encoding="utf-8") as file:
            at, _, trouble = file.readline().partition(" ")
        # Of the clock that all programs of a machine share; the time of day may be set meanwhile.
        silent = time.monotonic() - float(at)
    except FileNotFoundError:
        return "it has not begun, or has ended"
    except (OSError, ValueError) as error:
        return f"{path}: {error}"
    if not -1 <= silent <= SILENT:
        return f"it has said nothing for {silent:.0f} s"
    return "" if alive else trouble.strip()


def main() -> int:
    """The program. Returns its exit status."""
    options = sys.argv[1:]
    if options not in ([], ["--alive"]):
        print("usage: python -m msgflo_lab.healthy [--alive]", file=sys.stderr)
        return 2
    trouble = trouble_of(os.environ.get(VARIABLE, ""), alive=bool(options))
    print(trouble or "ok")
    return 1 if trouble else 0


if __name__ == "__main__":
    sys.exit(main())
