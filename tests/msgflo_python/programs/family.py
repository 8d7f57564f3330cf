#!/usr/bin/env python
"""Classes that inherit from each other, and a definition that is written by hand, ids and all."""

import copy
import sys

import msgflo

DEFINITION = {
    "component": "family/Base",
    "label": "Größer",
    "icon": None,
    "inports": [{"id": "in", "type": "any", "hidden": False}],
    "outports": [{"id": "out", "type": "any"}, {"id": "seen", "type": "int", "options": {}}],
    "extra": {"by": ["hand", 1, None]},
}


class Counting(object):
    seen = 0

    def count(self):
        self.seen += 1
        return self.seen


class Base(msgflo.Participant):
    component = None

    def __init__(self, role):
        d = copy.deepcopy(DEFINITION)
        d["id"] = role + "-by-hand"
        d["role"] = role
        if self.component:
            d["component"] = self.component
        super(Base, self).__init__(d, role)

    def process(self, inport, msg):
        self.send("out", self.change(msg.data))
        self.ack(msg)

    def change(self, value):
        raise NotImplementedError


class Doubles(Base):
    component = "family/Doubles"

    def change(self, value):
        return value * 2


class DoublesAndCounts(Counting, Doubles):
    component = "family/DoublesAndCounts"

    def process(self, inport, msg):
        super(DoublesAndCounts, self).process(inport, msg)
        self.send("seen", self.count())


if __name__ == "__main__":
    msgflo.main(DoublesAndCounts, sys.argv[1])
