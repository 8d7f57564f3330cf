#!/usr/bin/env python
"""A timer: a greenlet that is begun before the participant runs."""

import sys

import gevent
import gevent.event
import msgflo


class Clock(msgflo.Participant):
    def __init__(self, role):
        d = {
            "component": "Clock",
            "icon": "clock-o",
            "inports": [{"id": "start", "type": "int"}],
            "outports": [{"id": "tick", "type": "int"}, {"id": "over", "type": "bang"}],
        }
        msgflo.Participant.__init__(self, d, role)
        self.started = gevent.event.AsyncResult()
        gevent.Greenlet.spawn(self.loop)

    def process(self, inport, msg):
        self.started.set(msg.data)
        self.ack(msg)

    def loop(self):
        for number in range(self.started.get()):
            self.send("tick", number)
            gevent.sleep(0.05)
        self.send("over", True)


if __name__ == "__main__":
    msgflo.main(Clock, sys.argv[1])
