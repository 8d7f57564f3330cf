"""The basic.publish frames of one channel, encoded once for each way. Pure."""

from __future__ import annotations

from .frames import encode_publish
from .limits import AMQP_ROUTES_KEPT


class Routes(dict[tuple[str, str, bool], bytes]):
    """By exchange, routing key and whether mandatory; encoded when it is asked for first.

    Bounded: at `AMQP_ROUTES_KEPT` it forgets them all and starts again.

    Raises:
        InvalidName: Exchange or routing key are longer than 255 bytes.
    """

    def __init__(self, channel: int) -> None:
        super().__init__()
        self._channel = channel

    def __missing__(self, way: tuple[str, str, bool]) -> bytes:
        if len(self) >= AMQP_ROUTES_KEPT:
            self.clear()
        exchange, routing_key, mandatory = way
        frame = encode_publish(self._channel, exchange, routing_key, mandatory=mandatory)
        self[way] = frame
        return frame
