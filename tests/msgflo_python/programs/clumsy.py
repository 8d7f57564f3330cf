#!/usr/bin/env python
"""Goes wrong with some messages, and on with the next."""

import sys

import msgflo


class Half(msgflo.Participant):
    def __init__(self, role):
        msgflo.Participant.__init__(self, {"component": "Half"}, role)

    def process(self, inport, msg):
        self.send("out", 100 / msg.data["by"])
        self.ack(msg)


if __name__ == "__main__":
    msgflo.main(Half, sys.argv[1])
