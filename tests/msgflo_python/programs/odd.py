#!/usr/bin/env python
"""Sends what is hardly JSON, or not at all, and fails in every way; and goes on."""

import sys

import gevent
import msgflo

CIRCLE = []
CIRCLE.append(CIRCLE)
DEEP = []
for _ in range(100000):
    DEEP = [DEEP]
VALUES = {
    "nan": [float("nan"), float("-inf")],
    "keys": {1: True, None: (2, 3)},
    "surrogate": "\ud800",
    "big": 10**30,
    "huge": "x" * 1000000,
    "bytes": b"x",
    "set": {1},
    "circle": CIRCLE,
    "deep": DEEP,
}
ERRORS = {"error": ValueError, "base": BaseException, "timeout": gevent.Timeout}


class Odd(msgflo.Participant):
    def __init__(self, role):
        msgflo.Participant.__init__(self, {"component": "Odd"}, role)

    def process(self, inport, msg):
        if msg.data in ERRORS:
            raise ERRORS[msg.data]
        try:
            self.send("out", VALUES[msg.data])
        except Exception as error:
            self.send("out", [msg.data, type(error).__name__])
        self.ack(msg)
        self.ack(msg)
        self.nack(msg)


if __name__ == "__main__":
    msgflo.main(Odd, sys.argv[1])
