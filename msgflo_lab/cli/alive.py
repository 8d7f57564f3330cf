"""Which runtime this is, and that it is alive: told to a registry, as msgflo tells Flowhub's.

Source: msgflo, `src/common.coffee` (`normalizeOptions`) and `src/coordinator.coffee` (`pingUrl`):
the first request at the start, then one after each interval, without a body, 10 s for an answer.
"""

from __future__ import annotations

import threading
import uuid
from base64 import b64encode
from http.client import HTTPException
from typing import Annotated, Self
from urllib.error import HTTPError, URLError
from urllib.parse import quote, unquote, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

import typer

from ..errors import MsgFloLabError
from ..names import shown
from . import printing

URL = "https://api.flowhub.io/runtimes/$RUNTIME_ID"
METHOD = "POST"
PLACE = "$RUNTIME_ID"
"""What stands in the address for the runtime's id."""
LONGEST = 86_400.0
"""Seconds between two requests, at most."""
_TIMEOUT = 10.0
"""Seconds for an answer."""

RuntimeId = Annotated[
    str,
    typer.Option(
        "--runtime-id",
        envvar="MSGFLO_RUNTIME_ID",
        metavar="UUID",
        help="Which runtime this is. Default: another one each time.",
    ),
]
PingUrl = Annotated[
    str,
    typer.Option(
        envvar="MSGFLO_PING_URL",
        metavar="URL",
        help=f"Address of a registry, which is told that the runtime is alive; {PLACE} in it is "
        "the runtime's id.",
    ),
]
PingMethod = Annotated[
    str, typer.Option(envvar="MSGFLO_PING_METHOD", metavar="GET|POST|...", help="How it is told.")
]
PingInterval = Annotated[
    float,
    typer.Option(
        envvar="MSGFLO_PING_INTERVAL", metavar="SECONDS", help="How often it is told; 0 for never."
    ),
]
Ide = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="Another editor, as https://app.flowhub.io: print the link that opens it; its pages "
        "may connect.",
    ),
]


def runtime_id(given: str) -> str:
    """The runtime's id: as given, or one that nobody has."""
    return given or str(uuid.uuid4())


class Pinging:
    """A thread that asks for an address again and again, while the block runs.

    Nothing waits for it. What goes wrong is said once, and once that it is well again.

    Args:
        url: May have `PLACE` in it, and a user and a password, which are never printed.
        interval: Seconds; 0 for never.
        about: The runtime's id.

    Raises:
        MsgFloLabError: These are no address, method or interval.
    """

    def __init__(self, url: str, method: str, interval: float, about: str) -> None:
        if not 0 <= interval <= LONGEST:
            raise MsgFloLabError(
                f"--ping-interval {interval:g}: it is between 0 and {LONGEST:g} seconds"
            )
        if not (method.isascii() and method.isalpha()):
            raise MsgFloLabError(f"--ping-method {shown(method)}: it is a word, as GET or POST")
        self._interval = interval
        self._request = _request(url.replace(PLACE, quote(about, safe="")), method.upper())
        target = urlsplit(self._request.full_url)
        self._where = f"{method.upper()} {target.scheme}://{target.netloc}{target.path}"
        self._opener = build_opener(_Straight)
        self._over = threading.Event()

    def __enter__(self) -> Self:
        if self._interval:
            threading.Thread(target=self._go_on, name="ping", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()

    def _go_on(self) -> None:
        was_well = True
        while not self._over.is_set():
            problem = self._ask()
            if problem and was_well:
                printing.complain(f"ping: {self._where}: {problem}; it is tried on")
            elif not problem and not was_well:
                printing.complain(f"ping: {self._where}: well again")
            was_well = not problem
            self._over.wait(self._interval)

    def _ask(self) -> str:
        """What went wrong; "" if nothing did."""
        try:
            self._opener.open(self._request, timeout=_TIMEOUT).close()
        except HTTPError as error:
            error.close()
            return shown(f"the answer is {error.code} {error.reason}", 200)
        except (OSError, HTTPException, ValueError) as error:
            why = error.reason if isinstance(error, URLError) else error
            return shown(str(getattr(why, "strerror", None) or why), 200)
        return ""


class _Straight(HTTPRedirectHandler):
    """Goes nowhere else: what a registry counts is the request that it was asked for."""

    def redirect_request(self, *_: object) -> None:
        return None


def _request(url: str, method: str) -> Request:
    """Raises MsgFloLabError if it is no address."""
    try:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
            raise ValueError
        user, at, host = parts.netloc.rpartition("@")
        request = Request(parts._replace(netloc=host, fragment="").geturl(), method=method)
    except ValueError:
        raise MsgFloLabError("--ping-url: it is an address, as https://host/path") from None
    if at:
        request.add_header("Authorization", f"Basic {b64encode(unquote(user).encode()).decode()}")
    return request
