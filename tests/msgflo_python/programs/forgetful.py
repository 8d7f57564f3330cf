#!/usr/bin/env python
"""Never acknowledges anything."""

import sys

import msgflo


class OpenToolLock(msgflo.Participant):
    def __init__(self, role):
        self.state = False
        msgflo.Participant.__init__(self, {"component": "OpenToolLock", "icon": "star-o"}, role)

    def process(self, inport, msg):
        self.state = msg.data == 1
        self.send("out", [msg.data, self.state])
        # self.ack(msg)


if __name__ == "__main__":
    msgflo.main(OpenToolLock, sys.argv[1])
