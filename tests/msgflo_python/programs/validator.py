#!/usr/bin/env python
"""Rejects what it does not like."""

import sys

import msgflo


class Validator(msgflo.Participant):
    def __init__(self, role):
        d = {
            "component": "Validator",
            "inports": [{"id": "in", "type": "number"}],
            "outports": [{"id": "good", "type": "number"}, {"id": "error", "type": "error"}],
        }
        msgflo.Participant.__init__(self, d, role)

    def process(self, inport, msg):
        if msg.data % 2:
            self.send("error", "%d is odd" % msg.data)
            self.nack(msg)
        else:
            self.send("good", msg.data)
            self.ack(msg)


if __name__ == "__main__":
    msgflo.main(Validator, sys.argv[1])
