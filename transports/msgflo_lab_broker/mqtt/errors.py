"""The one error that decoding can raise."""

from __future__ import annotations


class MalformedPacket(ValueError):
    """Bytes that are not MQTT, or not allowed here.

    Attributes:
        code: The reason code of MQTT 5 (section 2.4) for the DISCONNECT that answers it.
    """

    MALFORMED = 0x81
    PROTOCOL_ERROR = 0x82
    TOO_LARGE = 0x95

    def __init__(self, text: str, code: int = MALFORMED) -> None:
        self.code = code
        super().__init__(text)
