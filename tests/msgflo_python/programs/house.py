#!/usr/bin/env python
"""Several participants in one process, and one that listens to what the other sends."""

import sys

import gevent
import gevent.event
import msgflo


class Lock(msgflo.Participant):
    def __init__(self, role):
        d = {
            "component": "house/Lock",
            "inports": [{"id": "open", "type": "number"}],
            "outports": [{"id": "isopen", "type": "boolean"}],
        }
        msgflo.Participant.__init__(self, d, role)

    def process(self, inport, msg):
        self.send("isopen", True)
        self.ack(msg)
        gevent.spawn_later(msg.data, self.send, "isopen", False)


class Watch(msgflo.Participant):
    def __init__(self, role, locks):
        d = {
            "component": "house/Watch",
            "inports": [{"id": lock, "type": "boolean"} for lock in locks],
            "outports": [{"id": "out", "type": "string"}],
        }
        msgflo.Participant.__init__(self, d, role)

    def process(self, inport, msg):
        self.send("out", "%s is %s" % (inport, "open" if msg.data else "closed"))
        self.ack(msg)


def main():
    role = sys.argv[1]
    names = ["front", "back"]
    participants = [Lock("%s/%s" % (role, name)) for name in names]
    participants.append(Watch("%s/watch" % role, names))
    waiter = gevent.event.AsyncResult()
    engine = msgflo.run(participants, done_cb=waiter.set)
    print("running on", engine.broker_url)
    sys.stdout.flush()
    waiter.wait()


if __name__ == "__main__":
    main()
