"""From a broker's URL to the settings of a connection. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from msgflo_lab.errors import InvalidUrl
from msgflo_lab.transport import BrokerUrl
from msgflo_lab_broker.mqtt import V5, V311

from ..options import TLS_OPTIONS, Tls, check_names, choice, flag, number, tls

PLAIN_PORT = 1883
TLS_PORT = 8883
KEEP_ALIVE = 60

_VERSIONS = {"5": V5, "5.0": V5, "3.1.1": V311, "311": V311}
OPTIONS = tuple(sorted((*TLS_OPTIONS, "client_id", "keep_alive", "qos", "retain", "version")))
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
    """

    url: str
    host: str
    port: int
    tls: Tls | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    version: int | None = None
    keep_alive: int = KEEP_ALIVE
    qos: int = 0
    retain: bool = False
    client_id: str | None = None


def settings_of(url: BrokerUrl) -> Settings:
    """Read a URL.

    Raises:
        InvalidUrl: An option that is not known, or a value that an option cannot have.
    """
    check_names(url, OPTIONS)
    encryption = tls(url, "mqtts")
    if url.path:
        raise InvalidUrl(f"{url}: an MQTT broker's address ends after the port")
    return Settings(
        url=str(url),
        host=url.host or "localhost",
        port=url.port or (TLS_PORT if encryption else PLAIN_PORT),
        tls=encryption,
        user=url.user,
        password=url.password,
        version=choice(url, "version", _VERSIONS),
        keep_alive=number(url, "keep_alive", KEEP_ALIVE, 65_535),
        qos=number(url, "qos", 0, 2),
        retain=flag(url, "retain"),
        client_id=url.options.get("client_id") or None,
    )
