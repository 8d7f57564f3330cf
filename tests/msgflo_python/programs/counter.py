#!/usr/bin/env python
"""State, several inports and outports, and default queues for some."""

import sys

import msgflo


class Counter(msgflo.Participant):
    def __init__(self, role):
        self.count = 0
        d = {
            "component": "Counter",
            "inports": [
                {"id": "in", "type": "any", "description": "What is counted"},
                {"id": "reset", "type": "bang", "queue": "%s.RESET" % role},
            ],
            "outports": [{"id": "count", "type": "int"}, {"id": "resets", "type": "int"}],
        }
        msgflo.Participant.__init__(self, d, role)

    def process(self, inport, msg):
        if inport == "reset":
            self.send("resets", self.count)
            self.count = 0
        else:
            self.count += 1
            self.send("count", self.count)
        self.ack(msg)


if __name__ == "__main__":
    msgflo.main(Counter, sys.argv[1])
