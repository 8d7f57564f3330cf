"""What umqtt.simple documents, as far as clients use it, with what it is known for: topics and
texts are bytes, QoS 2 is not there, one message for each `check_msg`, and a lost connection is
whatever error comes of it. MQTT 3.1.1.
"""

import socket
import struct


class MQTTException(Exception):
    pass


def _text(text):
    return struct.pack("!H", len(text)) + text


class MQTTClient:
    def __init__(self, client_id, server, port=0, user=None, password=None, keepalive=0, ssl=None):
        self.client_id, self.server, self.port = client_id, server, port
        self.user, self.password, self.keepalive = user, password, keepalive
        self.sock = self.cb = None
        self._number = 0

    def set_callback(self, f):
        self.cb = f

    def connect(self, clean_session=True):
        self.sock = socket.socket()
        self.sock.connect(socket.getaddrinfo(self.server, self.port)[0][-1])
        flags = clean_session << 1 | (0xC0 if self.user else 0)
        body = _text(b"MQTT") + struct.pack("!BBH", 4, flags, self.keepalive)
        body += _text(self.client_id)
        if self.user:
            body += _text(self.user) + _text(self.password)
        self._send(0x10, body)
        answer = self.sock.read(4)
        if answer[3] != 0:
            raise MQTTException(answer[3])

    def ping(self):
        self.sock.write(b"\xc0\x00")

    def publish(self, topic, msg, retain=False, qos=0):
        assert qos < 2
        self._number += 1
        number = struct.pack("!H", self._number) if qos else b""
        self._send(0x30 | qos << 1 | int(retain), _text(topic) + number + msg)
        while qos and self.wait_msg() != 0x40:
            pass
        if qos:
            assert self.sock.read(3) == b"\x02" + number

    def subscribe(self, topic, qos=0):
        assert self.cb is not None
        assert len(topic) <= 122
        self._number += 1
        self._send(0x82, struct.pack("!H", self._number) + _text(topic) + bytes([qos]))
        while self.wait_msg() != 0x90:
            pass
        if self.sock.read(4)[3] == 0x80:
            raise MQTTException(0x80)

    def wait_msg(self):
        first = self.sock.read(1)
        self.sock.setblocking(True)
        if first is None:
            return None
        if first == b"":
            raise OSError(-1)
        if first == b"\xd0":
            self.sock.read(1)
            return None
        kind = first[0]
        if kind >> 4 != 3:
            return kind
        body = self.sock.read(self._length())
        end = 2 + struct.unpack("!H", body)[0]
        qos = kind >> 1 & 3
        assert qos < 2
        self.cb(body[2:end], body[end + 2 * qos :])
        if qos:
            self.sock.write(b"\x40\x02" + body[end : end + 2])
        return kind

    def check_msg(self):
        self.sock.setblocking(False)
        return self.wait_msg()

    def _send(self, kind, body):
        head, left = bytearray([kind]), len(body)
        while True:
            head.append(left & 0x7F | (0x80 if left > 0x7F else 0))
            left >>= 7
            if not left:
                break
        self.sock.write(bytes(head) + body)

    def _length(self):
        length = shift = 0
        while True:
            part = self.sock.read(1)[0]
            length |= (part & 0x7F) << shift
            shift += 7
            if not part & 0x80:
                return length
