"""Where metrics are served, as somebody types it."""

from __future__ import annotations

import pytest

from msgflo_lab.errors import MsgFloLabError
from msgflo_lab.telemetry.addresses import address_of


@pytest.mark.parametrize(
    ("typed", "host", "port"),
    [
        ("9464", "127.0.0.1", 9464),
        (":9464", "127.0.0.1", 9464),
        ("0", "127.0.0.1", 0),
        ("0.0.0.0:80", "0.0.0.0", 80),
        ("localhost:65535", "localhost", 65535),
        ("[::1]:9464", "::1", 9464),
    ],
)
def test_an_address(typed: str, host: str, port: int) -> None:
    assert address_of(typed) == (host, port)


@pytest.mark.parametrize("typed", ["", "here", "localhost", "1:", "65536", "-1", "٣", "a:b\n"])
def test_what_is_none(typed: str) -> None:
    with pytest.raises(MsgFloLabError, match="such as 9464"):
        address_of(typed)
