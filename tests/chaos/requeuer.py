"""A lab that puts dead letters back: python -m tests.chaos.requeuer ADDRESS QUEUE."""

from __future__ import annotations

import sys

from msgflo_lab import Lab

if __name__ == "__main__":
    with Lab() as lab:
        lab.start(sys.argv[1])
        print("begins", flush=True)
        print(lab.dead.requeue(sys.argv[2]), flush=True)
