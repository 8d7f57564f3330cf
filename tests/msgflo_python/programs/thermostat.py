#!/usr/bin/env python
"""Settings from a file beside it and from the environment, and logging to a file of its own."""

import json
import logging
import os
import sys

import gevent.event
import msgflo

HERE = os.path.dirname(os.path.abspath(__file__))
SCALE = float(os.environ.get("THERMOSTAT_SCALE", "1.0"))

logger = logging.getLogger(__name__)
logger.setLevel(os.environ.get("LOGLEVEL", "ERROR").upper())
logger.addHandler(logging.FileHandler(os.devnull))
logger.propagate = False


def read_settings(path):
    with open(path, "rb") as f:
        return json.loads(f.read().decode("utf-8"))


class Thermostat(msgflo.Participant):
    def __init__(self, role, settings):
        self.wanted = dict(settings["rooms"])
        self.step = settings["step"] * SCALE
        rooms = sorted(self.wanted)
        d = {
            "component": "house/Thermostat",
            "label": "Keeps %d rooms warm" % len(rooms),
            "icon": "thermometer-half",
            "inports": [
                {"id": room, "type": "number", "queue": role + "/" + room} for room in rooms
            ],
            "outports": [
                {"id": room + "-heat", "type": "boolean", "description": "Is it too cold?"}
                for room in rooms
            ],
        }
        msgflo.Participant.__init__(self, d, role)

    def process(self, inport, msg):
        logger.info("%s: %s", inport, msg.data)
        self.send(inport + "-heat", msg.data < self.wanted[inport] - self.step)
        self.ack(msg)


def main():
    role = sys.argv[1] if len(sys.argv) > 1 else "thermostat"
    waiter = gevent.event.AsyncResult()
    participant = Thermostat(role, read_settings(os.path.join(HERE, "thermostat.json")))
    engine = msgflo.run([participant], done_cb=waiter.set)
    logger.info("%s runs on %s", role, engine.broker_url)
    waiter.wait()
    logger.info("shutdown")


if __name__ == "__main__":
    main()
