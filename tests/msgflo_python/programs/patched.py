#!/usr/bin/env python
"""Patches Python's modules, and sleeps and waits with those."""

import gevent.monkey

gevent.monkey.patch_all()

import sys
import threading
import time

import gevent
import msgflo


class Blinker(msgflo.Participant):
    def __init__(self, role):
        d = {
            "component": "Blinker",
            "inports": [{"id": "times", "type": "int"}],
            "outports": [{"id": "led", "type": "boolean"}],
        }
        msgflo.Participant.__init__(self, d, role)
        self.times = 0
        self.changed = threading.Event()
        gevent.spawn(self.loop)

    def process(self, inport, msg):
        self.times = msg.data
        self.changed.set()
        self.ack(msg)

    def loop(self):
        while True:
            self.changed.wait()
            self.changed.clear()
            for _ in range(self.times):
                self.send("led", True)
                time.sleep(0.02)
                self.send("led", False)
                time.sleep(0.02)


if __name__ == "__main__":
    msgflo.main(Blinker, sys.argv[1])
