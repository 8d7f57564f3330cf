#!/usr/bin/env python
"""A command line of its own, and a participant for each lamp that it names."""

import argparse
import os
import signal
import sys

import gevent
import gevent.event
import msgflo


class Lamp(msgflo.Participant):
    def __init__(self, role, name, brightest):
        self.brightest = brightest
        d = {
            "component": "house/Lamp",
            "label": name,
            "inports": [
                {"id": "brightness", "type": "number", "queue": "%s/set" % role, "default": 0},
            ],
            "outports": [{"id": "is", "type": "number"}],
        }
        msgflo.Participant.__init__(self, d, role)

    def process(self, inport, msg):
        try:
            level = max(0, min(self.brightest, int(msg.data)))
        except (TypeError, ValueError):
            print("no number: %r" % (msg.data,), file=sys.stderr)
            self.nack(msg)
            return
        self.send("is", level)
        self.ack(msg)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("role")
    parser.add_argument("--broker", default=os.environ.get("MSGFLO_BROKER", "mqtt://localhost"))
    parser.add_argument("--lamp", action="append", default=["desk", "ceiling"])
    parser.add_argument("--brightest", type=int, default=100)
    args = parser.parse_args()

    lamps = [Lamp(args.role + "/" + name, name, args.brightest) for name in args.lamp]
    waiter = gevent.event.AsyncResult()
    signal.signal(signal.SIGTERM, lambda *_: waiter.set(None))
    engine = msgflo.run(lamps, broker=args.broker, done_cb=waiter.set)
    print("%d lamps on %s" % (len(lamps), engine.broker_info.hostname))
    sys.stdout.flush()
    waiter.wait()


if __name__ == "__main__":
    main()
