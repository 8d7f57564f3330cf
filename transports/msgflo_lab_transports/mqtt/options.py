"""From a broker's URL to the settings of a connection. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from msgflo_lab.errors import InvalidUrl
from msgflo_lab.names import listed, shown
from msgflo_lab.transport import BrokerUrl
from msgflo_lab_broker.mqtt import V5, V311

PLAIN_PORT = 1883
TLS_PORT = 8883
KEEP_ALIVE = 60

_VERSIONS = {"5": V5, "5.0": V5, "3.1.1": V311, "311": V311}
_TLS_OPTIONS = ("ca_certs", "certfile", "insecure", "keyfile")
OPTIONS = ("ca_certs", "certfile", "client_id", "insecure", "keep_alive", "keyfile", "qos",
           "retain", "version")  # fmt: skip
"""The options that a URL of this transport may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a connection needs to know.

    Attributes:
        url: For messages; it never shows the password.
        version: The protocol level that is forced, or None to find out.
        keep_alive: Seconds; 0 switches it off.
        qos: Of subscriptions and of what is published.
        retain: Whether what a client publishes is kept by the broker for later subscribers.
        client_id: How the client identifier of every handle begins, or None for the usual.
        ca_certs: File of certificates that the broker's must descend from; None: the system's.
        certfile: File of our own certificate (with its key, unless `keyfile` is given).
        insecure: Accept whatever certificate the broker shows.
    """

    url: str
    host: str
    port: int
    tls: bool = False
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    version: int | None = None
    keep_alive: int = KEEP_ALIVE
    qos: int = 0
    retain: bool = False
    client_id: str | None = None
    ca_certs: str | None = None
    certfile: str | None = None
    keyfile: str | None = None
    insecure: bool = False


def settings_of(url: BrokerUrl) -> Settings:
    """Read a URL.

    Raises:
        InvalidUrl: An option that is not known, or a value that an option cannot have.
    """
    options = url.options
    for name in options:
        if name not in OPTIONS:
            raise InvalidUrl(f"{url}: no option `{shown(name)}`; there are: {listed(OPTIONS, 20)}")
    tls = url.scheme == "mqtts"
    if not tls:
        for name in _TLS_OPTIONS:
            if name in options:
                raise InvalidUrl(f"{url}: option `{name}` is for mqtts://, which encrypts")
    if url.path:
        raise InvalidUrl(f"{url}: an MQTT broker's address ends after the port")
    if options.get("keyfile") and not options.get("certfile"):
        raise InvalidUrl(f"{url}: option `keyfile` needs `certfile`, the certificate of that key")
    return Settings(
        url=str(url),
        host=url.host or "localhost",
        port=url.port or (TLS_PORT if tls else PLAIN_PORT),
        tls=tls,
        user=url.user,
        password=url.password,
        version=_choice(url, "version", _VERSIONS),
        keep_alive=_number(url, "keep_alive", KEEP_ALIVE, 65_535),
        qos=_number(url, "qos", 0, 2),
        retain=_flag(url, "retain"),
        client_id=options.get("client_id") or None,
        ca_certs=options.get("ca_certs") or None,
        certfile=options.get("certfile") or None,
        keyfile=options.get("keyfile") or None,
        insecure=_flag(url, "insecure"),
    )


def _choice(url: BrokerUrl, name: str, values: Mapping[str, int]) -> int | None:
    text = url.options.get(name)
    if text is None:
        return None
    if text.lower() not in values:
        raise InvalidUrl(f"{url}: option `{name}` is `{shown(text)}`; it can be: {listed(values)}")
    return values[text.lower()]


def _number(url: BrokerUrl, name: str, default: int, most: int) -> int:
    text = url.options.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) <= most):
        raise InvalidUrl(
            f"{url}: option `{name}` is `{shown(text)}`; it is a number from 0 to {most:,}"
        )
    return int(text)


def _flag(url: BrokerUrl, name: str) -> bool:
    values = {"true": 1, "false": 0, "1": 1, "0": 0, "yes": 1, "no": 0, "": 1}
    return bool(_choice(url, name, values))
