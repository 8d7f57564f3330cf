#!/usr/bin/env python
"""The smallest there is: default ports, started by `msgflo-python FILE ROLE`."""

import msgflo


class Repeat(msgflo.Participant):
    def __init__(self, role):
        msgflo.Participant.__init__(self, {"component": "Repeat", "label": "Says it again"}, role)

    def process(self, inport, msg):
        self.send("out", msg.data)
        self.ack(msg)


if __name__ == "__main__":
    msgflo.main(Repeat)
