#!/usr/bin/env python
"""Timers of Python's, which are threads, and a generator that says what comes next."""

import sys
import threading

import msgflo


def fibonacci():
    a, b = 0, 1
    while True:
        yield a
        a, b = b, a + b


class Ticker(msgflo.Participant):
    def __init__(self, role):
        d = {
            "component": "Ticker",
            "id": None,
            "inports": [{"id": "next", "type": "int"}],
            "outports": [{"id": "number", "type": "int"}],
        }
        msgflo.Participant.__init__(self, d, role)
        self.numbers = fibonacci()
        self.left = 0

    def process(self, inport, msg):
        self.left = msg.data
        self.later()
        self.ack(msg)

    def later(self):
        timer = threading.Timer(0.01, self.tick)
        timer.daemon = True
        timer.start()

    def tick(self):
        self.send("number", next(self.numbers))
        self.left -= 1
        if self.left > 0:
            self.later()


if __name__ == "__main__":
    msgflo.main(Ticker, sys.argv[1])
