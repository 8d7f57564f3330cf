#!/usr/bin/env python
"""Has a job done by another greenlet, and gives up on it after a while."""

import sys

import gevent
import msgflo


def job(seconds):
    gevent.sleep(seconds)
    return "done in time"


class Patient(msgflo.Participant):
    def __init__(self, role):
        msgflo.Participant.__init__(self, {"component": "Patient"}, role)

    def process(self, inport, msg):
        worker = gevent.spawn(job, msg.data)
        try:
            with gevent.Timeout(0.8):
                self.send("out", worker.get())
        except gevent.Timeout as timeout:
            worker.kill()
            self.send("out", "%s, dead: %s" % (timeout, worker.dead))
        self.ack(msg)


if __name__ == "__main__":
    msgflo.main(Patient, sys.argv[1])
