#!/usr/bin/env python
"""Initial packets: settings that come before the first message."""

import msgflo


class Scale(msgflo.Participant):
    def __init__(self, role):
        self.factor = 1
        self.names = []
        d = {
            "component": "Scale",
            "inports": [
                {"id": "in", "type": "number"},
                {"id": "factor", "type": "number"},
                {"id": "names", "type": "array"},
            ],
            "outports": [{"id": "out", "type": "array"}],
        }
        msgflo.Participant.__init__(self, d, role)

    def process(self, inport, msg):
        if inport == "factor":
            assert msg.json == msg.data == msg.buffer
            self.factor = msg.data
        elif inport == "names":
            self.names = msg.data
        else:
            self.send("out", [msg.data * self.factor] + self.names)
            self.ack(msg)


if __name__ == "__main__":
    msgflo.main(Scale)
