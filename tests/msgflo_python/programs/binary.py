#!/usr/bin/env python
"""Payloads that are no JSON."""

import binascii
import sys

import msgflo


class Camera(msgflo.Participant):
    def __init__(self, role):
        msgflo.Participant.__init__(self, {"component": "Camera"}, role)

    def process(self, inport, msg):
        said = {
            "hex": binascii.hexlify(msg.buffer).decode("ascii"),
            "is_bytes": isinstance(msg.data, bytes),
            "is_error": isinstance(msg.json, ValueError),
            "same": msg.data == msg.json,
        }
        self.send("out", said)
        self.ack(msg)


if __name__ == "__main__":
    msgflo.main(Camera, sys.argv[1])
