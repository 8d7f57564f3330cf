#!/usr/bin/env python
"""Sends only sometimes, and acknowledges in several places."""

import sys

import msgflo


class HighPower(msgflo.Participant):
    def __init__(self, role):
        d = {
            "component": "house/HighPower",
            "label": "Announce when a lot of power is used",
            "icon": "check",
            "inports": [{"id": "in", "type": "int"}],
            "outports": [{"id": "out", "type": "string"}],
        }
        msgflo.Participant.__init__(self, d, role)

    def process(self, inport, msg):
        if msg.data < 9000:
            self.ack(msg)
            return
        self.send("out", "Power consumption over 9000: %d" % msg.data)
        self.ack(msg)


if __name__ == "__main__":
    role = sys.argv[1] if len(sys.argv) > 1 else "power"
    msgflo.main(HighPower, role)
