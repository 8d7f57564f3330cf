#!/usr/bin/env python
"""Patches everything, and waits in `process` for another message, by Python's own means."""

from gevent import monkey

monkey.patch_all()

import queue
import sys
import threading
import time

import msgflo


class Asks(msgflo.Participant):
    def __init__(self, role):
        d = {
            "component": "Asks",
            "inports": [
                {"id": "question", "type": "string"},
                {"id": "answer", "type": "string"},
                {"id": "done", "type": "bang"},
            ],
            "outports": [{"id": "out", "type": "array"}],
        }
        msgflo.Participant.__init__(self, d, role)
        self.answers = queue.Queue()
        self.done = threading.Event()

    def process(self, inport, msg):
        self.ack(msg)
        if inport == "question":
            self.send("out", ["asked", msg.data])
            answer = self.answers.get()
            self.send("out", [msg.data, answer])
            self.done.wait()
            time.sleep(0.01)
            self.send("out", ["over", msg.data])
        elif inport == "answer":
            self.answers.put(msg.data)
        else:
            self.done.set()


if __name__ == "__main__":
    msgflo.main(Asks, sys.argv[1])
