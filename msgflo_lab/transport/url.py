"""A broker's address, taken apart, that never shows its password."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from ..errors import InvalidUrl

_HIDDEN = "***"
_ENCODE = "in a user or password, write `/` as %2F, `?` as %3F, `#` as %23, `@` as %40"


@dataclass(frozen=True, slots=True)
class BrokerUrl:
    """`scheme://[user[:password]@]host[:port][/path][?option=value&...]`.

    `str()` and `repr()` mask the password, so that logs, pictures and exports cannot leak it.

    Attributes:
        port: None if the URL has none; each transport has its default.
        path: Without the leading slash (an AMQP vhost, a direct broker's name has none).
        options: The query; names are lower case.
    """

    scheme: str
    host: str
    port: int | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    path: str = ""
    options: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str, **options: object) -> BrokerUrl:
        """Take a URL apart. Keyword options are added to those of the query and win.

        Raises:
            InvalidUrl: It has no scheme, or a port that is no port.
        """
        try:
            parts = urlsplit(text.strip())
            port = parts.port
        except ValueError:  # its own text may hold a part of the password
            raise InvalidUrl(
                f"not a broker's address: `{_masked(text)}`; the port is a number below 65536, "
                f"and {_ENCODE}"
            ) from None
        if "@" in f"{parts.path}{parts.query}{parts.fragment}":
            raise InvalidUrl(f"not a broker's address: `{_masked(text)}`; {_ENCODE}")
        if not parts.scheme or "://" not in text:
            raise InvalidUrl(
                f"not a broker's address: `{_masked(text)}`; it looks like mqtt://localhost:1883"
            )
        query = {name.lower(): value for name, value in parse_qsl(parts.query, True)}
        query.update({name.lower(): _option(value) for name, value in options.items()})
        return cls(
            scheme=parts.scheme.lower(),
            host=parts.hostname or "",
            port=port,
            user=None if parts.username is None else unquote(parts.username),
            password=None if parts.password is None else unquote(parts.password),
            path=unquote(parts.path.removeprefix("/")),
            options=query,
        )

    def __str__(self) -> str:
        return self._text(_HIDDEN, self.host)

    def revealed(self) -> str:
        """All of it, with the password and the options: for programs, never for people."""
        secret = quote(self.password or "", safe="")
        query = f"?{urlencode(self.options)}" if self.options else ""
        return f"{self._text(secret, self.host or 'localhost')}{query}"

    def _text(self, secret: str, host: str) -> str:
        who = ""
        if self.user is not None or self.password is not None:
            secret = f":{secret}" if self.password is not None else ""
            who = f"{quote(self.user or '', safe='')}{secret}@"
        host = f"[{host}]" if ":" in host else host
        port = f":{self.port}" if self.port is not None else ""
        path = f"/{quote(self.path, safe='')}" if self.path else ""
        return f"{self.scheme}://{who}{host}{port}{path}"


def _option(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _masked(text: str) -> str:
    """The text without anything that could be a password: all before the last `@`."""
    scheme, mark, rest = text.partition("://")
    if "@" not in text:
        return text
    return f"{scheme if mark else ''}{mark}{_HIDDEN}@{(rest or text).rpartition('@')[2]}"
