"""The program `msgflo-lab`, also as `python -m msgflo_lab`."""

from __future__ import annotations

import signal


def main() -> None:
    """Run it. Until it is loaded, nothing has been begun: Ctrl-C just ends it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from .cli import main

    main()


if __name__ == "__main__":
    main()
