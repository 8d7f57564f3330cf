#!/usr/bin/env python
"""Several inports, and what comes out depends on which message was first."""

import sys

import msgflo


class Order(msgflo.Participant):
    def __init__(self, role):
        self.factor = 1
        self.offset = 0
        d = {
            "component": "Order",
            "inports": [
                {"id": "in", "type": "int"},
                {"id": "factor", "type": "int"},
                {"id": "offset", "type": "int"},
            ],
            "outports": [{"id": "out", "type": "string"}],
        }
        msgflo.Participant.__init__(self, d, role)

    def process(self, inport, msg):
        if inport == "in":
            self.send("out", "%d" % (msg.data * self.factor + self.offset))
        else:
            setattr(self, inport, msg.data)
            self.send("out", "%s is %d" % (inport, msg.data))
        self.ack(msg)


if __name__ == "__main__":
    msgflo.main(Order, sys.argv[1])
