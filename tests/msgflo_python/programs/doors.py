#!/usr/bin/env python
"""Two inports with queues of the house, state, and values of several types."""

import sys

import gevent
import msgflo


class DoorStatus(msgflo.Participant):
    def __init__(self, role):
        self.front_open = False
        self.lab_open = False
        d = {
            "component": "DoorStatus",
            "label": "Show current status of doors",
            "inports": [
                {"id": "labopen", "type": "boolean", "queue": "/house/door/lab/isopen"},
                {"id": "frontopen", "type": "boolean", "queue": "/house/door/front/isopen"},
            ],
            "outports": [{"id": "out", "type": "any", "queue": "house/lamp/led"}],
        }
        msgflo.Participant.__init__(self, d, role)

    def process(self, inport, msg):
        if inport == "labopen":
            self.lab_open = msg.data
        if inport == "frontopen":
            self.front_open = msg.data
        light = False
        if self.lab_open and self.front_open:
            light = {"animate": "onoff", "on": 250, "off": 200, "said": "Tür"}
        elif self.lab_open:
            light = 250
        self.send("out", light)
        self.ack(msg)


def main():
    waiter = gevent.event.AsyncResult()
    msgflo.run([DoorStatus(sys.argv[1])], done_cb=waiter.set)
    print("running")
    sys.stdout.flush()
    waiter.wait()


if __name__ == "__main__":
    main()
