"""Which transport speaks which URL scheme. Anybody's package can add one.

A package registers a transport with an entry point in the group `msgflo_lab.transports`, whose
name is the scheme and whose object, called without arguments, is a `Transport`. A test or a
notebook can also call `register`.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points
from typing import cast

from ..errors import TransportError, UnsupportedScheme
from .contract import Transport
from .url import BrokerUrl

GROUP = "msgflo_lab.transports"

_registered: dict[str, Transport] = {}


def register(scheme: str, transport: Transport) -> None:
    """Let `transport` speak `scheme` in this process, in place of any entry point."""
    _registered[scheme.lower()] = transport


def schemes() -> list[str]:
    """All schemes there are, sorted."""
    return sorted({*_registered, *(entry.name for entry in entry_points(group=GROUP))})


def transport_for(url: BrokerUrl) -> Transport:
    """The transport of the URL's scheme.

    Raises:
        UnsupportedScheme: Nobody registered it.
        TransportError: The package that registered it cannot be imported.
    """
    found = _registered.get(url.scheme)
    if found is not None:
        return found
    for entry in entry_points(group=GROUP, name=url.scheme):
        try:
            factory = cast(Callable[[], Transport], entry.load())
            transport = factory()
        except Exception as error:  # somebody else's code: whatever it raises, it is their package
            raise TransportError(
                f"the transport for `{url.scheme}` ({entry.value}) cannot be loaded: "
                f"{type(error).__name__}: {error}"
            ) from error
        return _registered.setdefault(url.scheme, transport)
    raise UnsupportedScheme(url.scheme, schemes())
