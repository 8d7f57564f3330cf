"""What RabbitMQ's management interface tells, where it is there: bindings and queues."""

from __future__ import annotations

import asyncio
import base64
import logging
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import msgspec

from msgflo_lab.binding import Binding, Kind
from msgflo_lab.names import QueueName, dead_letters_of

from .limits import AMQP_MANAGEMENT_SECONDS
from .objects import turns_of
from .renewal import UNLIMITED
from .settings import Settings

_log = logging.getLogger(__name__)

T = TypeVar("T")

MARK = "x-msgflo-lab"
"""The argument of bindings that were made by a lab; its value is the lab's name."""

_ENABLE = (
    "enable the broker's plugin `rabbitmq_management`, or say where it is: option `management` of "
    "the broker's address"
)
_ADMIT = "give the user the tag `management`"
_NOT_YOU = 401, 403

_BROKERS = "amq."
"""How the names begin that only the broker gives."""
_USUAL_LIMIT = 20
"""How often a message may come back to a quorum queue of RabbitMQ 4, where nobody says."""


@dataclass(frozen=True, slots=True)
class Found:
    """A queue that is there.

    Attributes:
        messages: In it, also in somebody's hand; some seconds ago, and 0 before they are counted.
        rejects: It was declared with a place for what is rejected of it, as inports are.
    """

    messages: int
    rejects: bool


class Management:
    """Asks over HTTP, in threads of the loop's pool. Whatever goes wrong, the answer is None.

    Attributes:
        silence: Why it was None the last time, in a few words.
    """

    def __init__(self, settings: Settings) -> None:
        url = settings.url
        self._vhost = quote(url.path or "/", safe="")
        # Whoever asks for encryption does not want his password to go in clear, either.
        usual = "http", 15672
        if settings.tls is not None:
            usual = "https", 15671
        host = url.host or "localhost"
        self._base = settings.management or f"{usual[0]}://{_bracketed(host)}:{usual[1]}"
        self._url, self._tls = url, settings.tls
        self._context: ssl.SSLContext | None = None
        parts = urlsplit(self._base)
        user, password = parts.username or url.user or "guest", parts.password or url.password
        secret = f"{user}:{password or 'guest'}".encode()
        self._headers = {"Authorization": "Basic " + base64.b64encode(secret).decode()}
        if parts.username:
            self._base = self._base.replace(f"{parts.netloc}", parts.netloc.rpartition("@")[2], 1)
        self.silence, self._remedy = "", _ENABLE

    def misses(self, what: str) -> str:
        """What to tell people who miss something since the answer was None, and can mend it."""
        return f"{self.silence}: {what}; {self._remedy}"

    async def bindings(self, lab: str | None) -> frozenset[Binding] | None:
        """The bindings that the lab of this name has made (or anybody); None if nobody tells."""
        found = await self._get(f"bindings/{self._vhost}")
        return None if found is None else frozenset(bindings_of(found, lab))

    async def queues(self) -> dict[str, Found] | None:
        """All queues, as they were some seconds ago; None if nobody tells."""
        found = await self._get(f"queues/{self._vhost}?columns=name,messages,arguments")
        return None if found is None else {str(row["name"]): _found(row) for row in found}

    async def queue(self, name: str) -> Found | None:
        """One queue; None if nobody tells, or there is none."""
        row = await self._one(f"queues/{self._vhost}/{quote(name, safe='')}?columns=arguments")
        return None if row is None else _found(row)

    async def is_bound(self, queue: str, exchange: str) -> bool:
        """Whether a queue is bound to an exchange; False also if nobody tells."""
        way = f"e/{quote(exchange, safe='')}/q/{quote(queue, safe='')}"
        return bool(await self._get(f"bindings/{self._vhost}/{way}"))

    async def limit(self, name: str) -> int | None:
        """How often a message may come back to a queue, or UNLIMITED; None if nobody tells."""
        row = await self._one(f"queues/{self._vhost}/{quote(name, safe='')}")
        if row is None:
            return None
        broker = await self._one("overview?columns=rabbitmq_version")
        return limit_of(row, str((broker or {}).get("rabbitmq_version", "")))

    async def _get(self, path: str) -> list[dict[str, Any]] | None:
        return await self._ask(path, list[dict[str, Any]])

    async def _one(self, path: str) -> dict[str, Any] | None:
        return await self._ask(path, dict[str, Any])

    async def _ask(self, path: str, kind: type[T]) -> T | None:
        try:
            if self._tls is not None and self._context is None:
                self._context = await self._tls.context(self._url)
            return await asyncio.to_thread(self._fetch, path, kind)
        except (OSError, ValueError, msgspec.MsgspecError) as error:
            why = error.reason if isinstance(error, urllib.error.URLError) else error
            is_refused = isinstance(error, urllib.error.HTTPError) and error.code in _NOT_YOU
            self._remedy = _ADMIT if is_refused else _ENABLE
            self.silence = (
                f"RabbitMQ's management interface does not answer at {self._base} ({why})"
            )
            _log.debug("%s", self.silence)
            return None

    def _fetch(self, path: str, kind: type[T]) -> T:
        request = urllib.request.Request(f"{self._base}/api/{path}", headers=self._headers)
        with urllib.request.urlopen(
            request, timeout=AMQP_MANAGEMENT_SECONDS, context=self._context
        ) as answer:
            return msgspec.json.decode(answer.read(), type=kind)


def _found(row: Mapping[str, Any]) -> Found:
    arguments = row.get("arguments") or {}
    return Found(row.get("messages") or 0, "x-dead-letter-exchange" in arguments)


def limit_of(row: Mapping[str, Any], version: str) -> int | None:
    """How often a message may come back, by what the interface says of a queue and of the broker.

    None if it does not say: it knows of policies some seconds late.
    """
    if row.get("type") == "classic":
        return UNLIMITED
    policy = row.get("effective_policy_definition")
    if policy is None:
        return None
    said = (
        (row.get("arguments") or {}).get("x-delivery-limit"),
        policy.get("delivery-limit") if isinstance(policy, Mapping) else None,
    )
    limits = [each for each in said if isinstance(each, int)]
    if limits:
        return min((each for each in limits if each >= 0), default=UNLIMITED)
    major = version.partition(".")[0]
    if not major.isdecimal():
        return None
    return UNLIMITED if int(major) < 4 else _USUAL_LIMIT


def _bracketed(host: str) -> str:
    """As a URL has it."""
    return f"[{host}]" if ":" in host else host


def bindings_of(found: Iterable[dict[str, Any]], lab: str | None) -> Iterable[Binding]:
    """The bindings that a lab has made, or anybody, out of the interface's rows.

    What belongs to one port alone is left out (a queue is bound to the exchange of its name), and
    queues whose names the broker has made up: those who look on have them.
    """
    rows = [
        each
        for each in found
        if each["source"] not in ("", each["destination"])
        and not each["destination"].startswith(_BROKERS)
        and (lab is None or (each.get("arguments") or {}).get(MARK) == lab)
    ]
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
