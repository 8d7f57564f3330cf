"""Where metrics are served, as somebody types it."""

from __future__ import annotations

from ..errors import MsgFloLabError
from ..names import shown

LOCAL = "127.0.0.1"


def address_of(text: str) -> tuple[str, int]:
    """Host and port of `[HOST:]PORT`; this machine's own address where there is no host.

    Raises:
        MsgFloLabError: It is none.
    """
    host, _, port = text.strip().rpartition(":")
    if not (port.isascii() and port.isdigit()) or int(port) > 65_535:
        raise MsgFloLabError(
            f"`{shown(text)}` is no [HOST:]PORT, such as 9464 or 0.0.0.0:9464, for metrics"
        )
    return host.removeprefix("[").removesuffix("]") or LOCAL, int(port)
