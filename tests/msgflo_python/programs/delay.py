#!/usr/bin/env python
"""Acknowledges later, from another greenlet."""

import sys

import gevent
import msgflo


class Delay(msgflo.Participant):
    def __init__(self, role):
        msgflo.Participant.__init__(self, {"component": "Delay"}, role)

    def process(self, inport, msg):
        gevent.spawn(self.later, msg)

    def later(self, msg):
        gevent.sleep(msg.data)
        self.send("out", msg.data)
        self.ack(msg)


if __name__ == "__main__":
    msgflo.main(Delay, sys.argv[1])
