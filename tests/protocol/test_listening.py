"""The address of a server: why it cannot be had, who may stay there, and what its log says."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any, cast
from urllib.parse import urlsplit

import aiohttp
import pytest

from msgflo_lab import Lab
from msgflo_lab.errors import MsgFloLabError
from msgflo_lab.protocol import Server
from msgflo_lab.protocol.peer import Peer
from msgflo_lab.runtime.host import Host

from .client import MAIN, address_of, connected
from .test_server import ended

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("where", "why"),
    [
        ({"port": 70_000}, "there is no port 70000"),
        ({"port": -1}, "there is no port -1"),
        ({"port": 0, "host": "256.0.0.1"}, "`256.0.0.1` is no address of this machine"),
        ({"port": 0, "host": "192.0.2.1"}, "`192.0.2.1` is no address of this machine"),
    ],
)
def test_an_address_that_cannot_be_had_is_one_sentence(
    lab: Lab, where: dict[str, Any], why: str
) -> None:
    with pytest.raises(MsgFloLabError, match=why) as found:
        lab.serve(**where)
    assert "\n" not in str(found.value)
    assert "another port" not in str(found.value)
    assert not lab._host.servers


async def test_a_secret_of_any_letters_opens_the_page(lab: Lab) -> None:
    secret = "a&b=c d#e%20/\u00e9"
    link = lab.serve(port=0, grants={secret: "edit"})
    assert link.isascii()
    assert " " not in link
    async with connected(link) as client, aiohttp.ClientSession() as session:
        assert client.secret == secret
        await client.ask("network", "getstatus", graph=MAIN)
        async with session.get(link) as page:
            assert "edit its graphs" in await page.text()


@pytest.mark.parametrize(
    "request_text",
    [
        b"GET /?secret=%b HTTP/1.1\r\nBad Header\r\n\r\n",
        b"GET /?secret=%b\x01 HTTP/9\r\nHost: x\r\n\r\n",
        b"G\x01T /?secret=%b HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /?secret=%b HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
    ],
)
async def test_what_is_no_http_leaves_a_line_without_its_text(
    lab: Lab, caplog: pytest.LogCaptureFixture, request_text: bytes
) -> None:
    caplog.set_level(logging.DEBUG)
    link = lab.serve(port=0, grants={"v3ry-s3cret": "edit"})
    reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(link).port)
    writer.write(request_text % b"v3ry-s3cret")
    assert b"400 Bad Request" in await asyncio.wait_for(reader.read(), 20)
    writer.close()
    (record,) = [each for each in caplog.records if each.name == "msgflo_lab.listening"]
    assert record.levelno == logging.DEBUG
    assert "cannot be read" in record.message
    assert "v3ry-s3cret" not in caplog.text
    assert "Traceback" not in caplog.text


async def test_a_bug_in_what_answers_requests_has_its_traceback(
    lab: Lab, link: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bug(*_: object, **__: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("msgflo_lab.protocol.server.page", bug)
    async with aiohttp.ClientSession() as session, session.get(link) as answer:
        assert answer.status == 500
    assert "RuntimeError: a bug" in caplog.text


async def test_strangers_make_room(lab: Lab, link: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("msgflo_lab.protocol.server.PEERS", 3)
    async with connected(link, None) as first, connected(link, "wrong") as second:
        await second.settle()
        async with connected(link) as owner, aiohttp.ClientSession() as session:
            await owner.settle()
            # They have just come, and may be about to give their secret.
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await session.ws_connect(address_of(link))
            monkeypatch.setattr("msgflo_lab.protocol.server.STRANGER", 0.0)
            async with connected(link) as other:
                await other.settle()
                await ended(first)
                async with connected(link) as third:
                    await third.settle()
                    await ended(second)
                    with pytest.raises(aiohttp.WSServerHandshakeError):
                        await session.ws_connect(address_of(link))
                    for each in (owner, other, third):
                        await each.settle()


class Flood:
    """A client that has sent much at once: reading it never has to wait."""

    def __init__(self) -> None:
        self.taken = 0

    async def __aiter__(self) -> AsyncIterator[aiohttp.WSMessage]:
        for _ in range(100):
            self.taken += 1
            yield aiohttp.WSMessage(aiohttp.WSMsgType.TEXT, "{}", None)

    async def send_str(self, text: str) -> None:
        """Takes all."""


async def test_who_asks_for_much_at_once_lets_others_in_between(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("msgflo_lab.runtime.fairness.SLICE", 0.0)
    flood = Flood()
    server = Server(Host("test"))
    serving = asyncio.create_task(server._serve(Peer(), cast(Any, flood)))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert 0 < flood.taken < 100
    await serving
    assert flood.taken == 100
