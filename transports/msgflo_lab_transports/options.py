"""The options of a broker's URL, read and checked. Pure."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TypeVar

from msgflo_lab.errors import ConnectionFailed, InvalidUrl
from msgflo_lab.names import listed, shown
from msgflo_lab.transport import BrokerUrl

T = TypeVar("T")

TLS_OPTIONS = ("ca_certs", "certfile", "insecure", "keyfile")


@dataclass(frozen=True, slots=True)
class Tls:
    """How a connection is to be encrypted.

    Attributes:
        ca_certs: File of certificates that the broker's must descend from; None: the system's.
        certfile: File of our own certificate (with its key, unless `keyfile` is given).
        insecure: Accept whatever certificate the broker shows.
    """

    ca_certs: str | None = None
    certfile: str | None = None
    keyfile: str | None = None
    insecure: bool = False

    @property
    def is_certified(self) -> bool:
        """We have a certificate to show."""
        return self.certfile is not None

    async def context(self, url: BrokerUrl | str) -> ssl.SSLContext:
        """What a socket needs.

        Raises:
            ConnectionFailed: A file is missing or cannot be used.
        """
        try:
            return await asyncio.to_thread(self._read, url)  # files
        except ConnectionFailed:
            raise
        except (ssl.SSLError, OSError) as error:
            raise ConnectionFailed(
                f"cannot connect to {url}: TLS: the certificate or key files cannot be used "
                f"({error})"
            ) from error

    def _read(self, url: BrokerUrl | str) -> ssl.SSLContext:
        for name in ("ca_certs", "certfile", "keyfile"):
            path = getattr(self, name)
            if path is not None and not os.path.isfile(path):
                raise ConnectionFailed(
                    f"cannot connect to {url}: option `{name}`: there is no file {path}"
                )
        context = ssl.create_default_context(cafile=self.ca_certs)
        if self.insecure:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if self.certfile is not None:
            # An encrypted key would make OpenSSL ask on the terminal, for ever.
            context.load_cert_chain(self.certfile, self.keyfile, password=lambda: "")
        return context


def check_names(url: BrokerUrl, known: Collection[str]) -> None:
    """Raise InvalidUrl for an option that nobody knows."""
    for name in url.options:
        if name not in known:
            raise InvalidUrl(f"{url}: no option `{shown(name)}`; there are: {listed(known, 20)}")


def tls(url: BrokerUrl, scheme: str) -> Tls | None:
    """The options for TLS, where the URL's scheme is the encrypted one; else None.

    Raises:
        InvalidUrl: They are for the other scheme, or are not complete.
    """
    options = url.options
    if url.scheme != scheme:
        for name in TLS_OPTIONS:
            if name in options:
                raise InvalidUrl(f"{url}: option `{name}` is for {scheme}://, which encrypts")
        return None
    if options.get("keyfile") and not options.get("certfile"):
        raise InvalidUrl(f"{url}: option `keyfile` needs `certfile`, the certificate of that key")
    return Tls(
        ca_certs=options.get("ca_certs") or None,
        certfile=options.get("certfile") or None,
        keyfile=options.get("keyfile") or None,
        insecure=flag(url, "insecure"),
    )


def choice(url: BrokerUrl, name: str, values: Mapping[str, T]) -> T | None:
    """One of several words; None if the option is not given. Raises InvalidUrl."""
    text = url.options.get(name)
    if text is None:
        return None
    if text.lower() not in values:
        said = listed(filter(None, values))
        raise InvalidUrl(f"{url}: option `{name}` is `{shown(text)}`; it can be: {said}")
    return values[text.lower()]


def number(url: BrokerUrl, name: str, default: int, most: int) -> int:
    """A number from 0 to `most`. Raises InvalidUrl."""
    text = url.options.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) <= most):
        raise InvalidUrl(
            f"{url}: option `{name}` is `{shown(text)}`; it is a number from 0 to {most:,}"
        )
    return int(text)


def flag(url: BrokerUrl, name: str, default: bool = False) -> bool:
    """Yes or no; the option alone means yes. Raises InvalidUrl."""
    words = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False}
    found = choice(url, name, {**words, "": True})
    return default if found is None else found
