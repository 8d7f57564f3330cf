"""A runtime as a program of its own, that writes down every message it sends.

Arguments: port, the file for the messages.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from msgflo_lab import Lab
from msgflo_lab.protocol.peer import Peer


def main(port: int, record: Path) -> None:
    """Serve until somebody ends us."""
    with record.open("a") as file:
        following = Peer.next

        async def recorded(peer: Peer) -> str | None:
            text = await following(peer)
            if text is not None:
                print(text, file=file, flush=True)
            return text

        setattr(Peer, "next", recorded)  # noqa: B010
        with Lab("test") as lab:
            lab.start()
            secret = os.environ["FBP_PROTOCOL_SECRET"]
            lab.serve(port=port, grants={secret: "edit"})
            print("serving", flush=True)  # what the suite waits for
            signal.sigwait({signal.SIGTERM, signal.SIGINT})


if __name__ == "__main__":
    # Before there are threads, so that none of them takes the signals.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    main(int(sys.argv[1]), Path(sys.argv[2]))
