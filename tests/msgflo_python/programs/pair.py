#!/usr/bin/env python
"""A queue between `process` and a worker that waits for two inports."""

import sys

import gevent
import msgflo
from gevent.queue import Empty, Queue


class Pair(msgflo.Participant):
    def __init__(self, role):
        d = {
            "component": "Pair",
            "inports": [{"id": "left", "type": "any"}, {"id": "right", "type": "any"}],
            "outports": [{"id": "out", "type": "array"}, {"id": "alone", "type": "any"}],
        }
        msgflo.Participant.__init__(self, d, role)
        self.queues = {"left": Queue(), "right": Queue()}
        gevent.spawn(self.work)

    def process(self, inport, msg):
        self.queues[inport].put(msg)

    def work(self):
        while True:
            left = self.queues["left"].get()
            try:
                right = self.queues["right"].get(timeout=1.0)
            except Empty:
                self.send("alone", left.data)
            else:
                self.send("out", [left.data, right.data])
                self.ack(right)
            self.ack(left)


if __name__ == "__main__":
    msgflo.main(Pair, sys.argv[1])
