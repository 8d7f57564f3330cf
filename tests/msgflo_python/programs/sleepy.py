#!/usr/bin/env python
"""Sleeps while it processes."""

import sys

import gevent
import msgflo


class Sleepy(msgflo.Participant):
    def __init__(self, role):
        msgflo.Participant.__init__(self, {"component": "Sleepy"}, role)

    def process(self, inport, msg):
        gevent.sleep(msg.data)
        self.send("out", msg.data)
        self.ack(msg)


if __name__ == "__main__":
    msgflo.main(Sleepy, sys.argv[1])
