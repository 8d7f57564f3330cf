"""A Wi-Fi that is there at once."""

STA_IF = 0


class WLAN:
    def __init__(self, which):
        self._is_connected = False

    def active(self, is_active):
        return is_active

    def connect(self, name, password):
        self._is_connected = True

    def isconnected(self):
        return self._is_connected
