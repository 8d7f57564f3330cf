#!/usr/bin/env python
# -*- coding: utf-8 -*-
"""Written for Python 2, and made to run on 3: text and bytes, both."""

from __future__ import absolute_import, division, print_function, unicode_literals

import json
import os
import sys

sys.path.append(os.path.abspath("."))

import msgflo

try:
    text = unicode
except NameError:
    text = str


def to_text(value):
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return text(value)


class Old(msgflo.Participant, object):
    def __init__(self, role):
        d = {
            "component": "Old",
            "inports": [{"id": "in", "type": "any"}, {"id": "raw", "type": "buffer"}],
            "outports": [{"id": "out", "type": "string"}, {"id": "length", "type": "int"}],
        }
        msgflo.Participant.__init__(self, d, role)

    def process(self, inport, msg):
        print("%s: %r" % (inport, msg.data))
        sys.stdout.flush()
        if inport == "raw":
            self.send("length", len(msg.buffer))
            self.send("out", to_text(msg.buffer))
        elif isinstance(msg.json, Exception):
            self.send("out", "no JSON: " + to_text(msg.data))
        else:
            assert msg.json == msg.data == json.loads(msg.buffer.decode("utf-8"))
            pairs = sorted(msg.data.items(), key=lambda pair: pair[0])
            self.send("out", ", ".join("%s=%s" % (k, to_text(v)) for k, v in pairs))
            self.send("length", 7 // 2 + len(list(map(to_text, pairs))))
        self.ack(msg)


if __name__ == "__main__":
    role = sys.argv[1] if len(sys.argv) > 1 else "old"
    msgflo.main(Old, role)
