"""What servers have in common: whom they answer, and what goes wrong at their address, in words."""

from __future__ import annotations

import errno
import ipaddress
import logging
import os
import socket
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from .errors import MsgFloLabError

log = logging.getLogger(__name__)


class RequestLog(logging.LoggerAdapter[logging.Logger]):
    """Where aiohttp reports. What is no HTTP is anybody's: a line for debugging, without its text.

    In that text there may be the secret.
    """

    def __init__(self) -> None:
        super().__init__(log)

    def log(self, level: int, msg: object, *args: object, **kwargs: Any) -> None:
        """As any logger, but for requests that cannot be read."""
        error = kwargs.get("exc_info")
        if isinstance(error, HttpProcessingError):
            super().log(logging.DEBUG, "a request cannot be read: %s", type(error).__name__)
        else:
            super().log(level, msg, *args, **kwargs)


async def listen(app: web.Application, address: str, port: int, *, parting: float) -> web.AppRunner:
    """Serve an application there; there is no access log, since addresses may hold a secret.

    Args:
        port: 0 for any that is free.
        parting: Seconds that requests under way have when it ends.

    Raises:
        MsgFloLabError: The address cannot be had; says why.
    """
    runner = web.AppRunner(
        app,
        access_log=None,
        logger=RequestLog(),
        handle_signals=False,
        shutdown_timeout=parting,
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, address, port).start()
    except (OSError, OverflowError) as error:
        await runner.cleanup()
        raise MsgFloLabError(why_not(error, address, port)) from None
    return runner


def why_not(error: OSError | OverflowError, address: str, port: int) -> str:
    """Why one cannot listen there, and what to do."""
    if isinstance(error, OverflowError):
        return f"there is no port {port}; ports go from 1 to 65535"
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return f"`{address}` is no address of this machine; try another one"
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is in use; try another port"
    if error.errno == errno.EACCES:
        return f"port {port} is not for everybody; try one above 1023"
    return os.strerror(error.errno) if error.errno else str(error)


def is_meant(host: str, address: str) -> bool:
    """Whether a request is for a server at this address: False for a bent name (DNS rebinding).

    Args:
        host: What the request says whom it is for.
    """
    name = host_of(f"//{host}")
    if name is None or name == "localhost" or name == address:
        return name is not None
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return not is_loopback(address)
    return True


def host_of(url: str) -> str | None:
    """The name of the host in a URL; None if it is none, or has none."""
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def is_loopback(name: str) -> bool:
    """True if only this machine has this name or address."""
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
