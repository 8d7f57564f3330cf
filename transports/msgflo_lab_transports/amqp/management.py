"""What RabbitMQ's management interface tells, where it is there: bindings and queues."""

from __future__ import annotations

import asyncio
import base64
import logging
import urllib.error
import urllib.request
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec

from msgflo_lab.binding import Binding, Kind
from msgflo_lab.names import QueueName, dead_letters_of

from .limits import AMQP_MANAGEMENT_SECONDS
from .objects import turns_of
from .settings import Settings

_log = logging.getLogger(__name__)

MARK = "x-msgflo-lab"
"""The argument of bindings that were made by a lab; its value is the lab's name."""


class Management:
    """Asks over HTTP, in threads of the loop's pool. Whatever goes wrong, the answer is None."""

    def __init__(self, settings: Settings) -> None:
        url = settings.url
        self._vhost = quote(url.path or "/", safe="")
        self._base = settings.management or f"http://{url.host or 'localhost'}:15672"
        parts = urlsplit(self._base)
        user, password = parts.username or url.user or "guest", parts.password or url.password
        secret = f"{user}:{password or 'guest'}".encode()
        self._headers = {"Authorization": "Basic " + base64.b64encode(secret).decode()}
        if parts.username:
            self._base = self._base.replace(f"{parts.netloc}", parts.netloc.rpartition("@")[2], 1)

    async def bindings(self, lab: str) -> frozenset[Binding] | None:
        """The bindings on the broker that the lab of this name has made; None if nobody tells."""
        found = await self._get(f"bindings/{self._vhost}")
        return None if found is None else frozenset(bindings_of(found, lab))

    async def queues(self) -> list[str] | None:
        """The names of all queues; None if nobody tells."""
        found = await self._get(f"queues/{self._vhost}?columns=name")
        return None if found is None else [str(each["name"]) for each in found]

    async def _get(self, path: str) -> list[dict[str, Any]] | None:
        try:
            return await asyncio.to_thread(self._fetch, path)
        except (OSError, ValueError, msgspec.MsgspecError) as error:
            _log.debug("no answer of the management interface at %s: %s", self._base, error)
            return None

    def _fetch(self, path: str) -> list[dict[str, Any]]:
        request = urllib.request.Request(f"{self._base}/api/{path}", headers=self._headers)
        with urllib.request.urlopen(request, timeout=AMQP_MANAGEMENT_SECONDS) as answer:
            return msgspec.json.decode(answer.read(), type=list[dict[str, Any]])


def bindings_of(found: Iterable[dict[str, Any]], lab: str) -> Iterable[Binding]:
    """The bindings that a lab has made, out of the interface's rows."""
    rows = [each for each in found if (each.get("arguments") or {}).get(MARK) == lab]
    turns = {
        each["destination"]: each["source"]
        for each in rows
        if each.get("destination_type") == "exchange"
        and each["destination"] == turns_of(QueueName(each["source"]))
    }
    for each in rows:
        if each.get("destination_type") != "queue":
            continue
        source, target = each["source"], QueueName(each["destination"])
        if source in turns:
            yield Binding(QueueName(turns[source]), target, Kind.ROUND_ROBIN)
        elif source.startswith(dead_letters_of(QueueName(""))):
            rejecting = source.removeprefix(dead_letters_of(QueueName("")))
            yield Binding(QueueName(rejecting), target, Kind.DEAD_LETTER)
        else:
            yield Binding(QueueName(source), target)
