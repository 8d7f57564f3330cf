"""What can go wrong with a channel, besides what every transport's caller knows.

TransportError
├── ConnectionFailed
│   └── ConnectionLost      a connection that stood is gone; with the broker's reason, if any
│       └── GivenUp         by us, to restore everything on another one
└── ChannelClosed           the broker closed one channel; the connection stands
"""

from __future__ import annotations

from msgflo_lab.errors import ConnectionFailed, TransportError

__all__ = ["ChannelClosed", "ConnectionLost", "GivenUp"]


class ConnectionLost(ConnectionFailed):
    """A connection that stood is gone.

    Attributes:
        code: The broker's reply code (320: an operator or a shutdown ended it); None if the link
            broke without a word.
    """

    def __init__(self, text: str, code: int | None = None) -> None:
        self.code = code
        super().__init__(text)


class GivenUp(ConnectionLost):
    """A connection that stands is of no use as it is: somebody has deleted what was used on it."""


class ChannelClosed(TransportError):
    """A channel is closed: by the broker, which did not like what was asked, or by us.

    Attributes:
        code: The reply code (403 refused, 404 no such thing, 405 locked by somebody, 406 exists
            with other properties, or an unknown delivery tag; 200 closed by us).
        text: What the broker says.
    """

    def __init__(self, code: int, text: str) -> None:
        self.code = code
        self.text = text
        super().__init__(code, text)

    def __str__(self) -> str:
        return f"the channel is closed: {self.code} {self.text}"
