"""From a broker's URL to the settings of a connection. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from msgflo_lab.errors import InvalidUrl
from msgflo_lab.transport import BrokerUrl

from ..options import TLS_OPTIONS, Tls, check_names, choice, flag, number, tls
from .limits import AMQP_HEARTBEAT_SECONDS, AMQP_HELD_BRIEFLY_SECONDS, AMQP_HELD_SECONDS

OPTIONS = (*TLS_OPTIONS, "confirms", "heartbeat", "management", "persistent", "prefetch", "quorum")
"""The options that a URL of this transport may have."""


class Confirms(StrEnum):
    """For which messages the broker is to answer before they count as sent."""

    OWN = "own"
    """For all. For those that are sent on a delivery's account, the transport waits: then it
    acknowledges the delivery, or makes it a dead letter if one is refused."""
    ALL = "all"
    """For all, and whoever sends them waits himself: a refusal is an error of the handler's."""
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a handle needs to know.

    Attributes:
        url: Where to connect to; `str(url)` never shows the password.
        confirms: See `Confirms`; for all if `quorum`, where a node may go with what it was told.
        heartbeat: Seconds; 0: none.
        management: Address of the management interface, or "" to guess it.
        persistent: Messages survive a restart of the broker, in queues that do.
        prefetch: Messages of one subscription that may be unsettled; 0: as many as its reader
            proves to work off soon (see `Pace`).
        quorum: Queues that we declare are quorum queues, unless the port's options say otherwise.
    """

    url: BrokerUrl
    tls: Tls | None = None
    confirms: Confirms = Confirms.OWN
    heartbeat: int = AMQP_HEARTBEAT_SECONDS
    management: str = ""
    persistent: bool = True
    prefetch: int = 0
    quorum: bool = False

    @property
    def held(self) -> float:
        """How long, in seconds, a message that is to come again waits in our hands at most."""
        is_careful = self.confirms is Confirms.ALL
        return AMQP_HELD_SECONDS if is_careful else AMQP_HELD_BRIEFLY_SECONDS


def settings_of(url: BrokerUrl) -> Settings:
    """Read a URL.

    Raises:
        InvalidUrl: An option that is not known, or a value that an option cannot have.
    """
    check_names(url, OPTIONS)
    quorum = flag(url, "quorum")
    usual = Confirms.ALL if quorum else Confirms.OWN
    return Settings(
        url=url,
        tls=tls(url, "amqps"),
        confirms=choice(url, "confirms", {each.value: each for each in Confirms}) or usual,
        heartbeat=number(url, "heartbeat", AMQP_HEARTBEAT_SECONDS, 3_600),
        management=_management(url),
        persistent=flag(url, "persistent", default=True),
        prefetch=number(url, "prefetch", 0, 65_535),
        quorum=quorum,
    )


def _management(url: BrokerUrl) -> str:
    text = url.options.get("management", "")
    try:
        parts = urlsplit(text)
        is_sound = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        is_sound = False
    if text and not is_sound:
        # What was given may hold a password.
        raise InvalidUrl(
            f"{url}: option `management` is an address like http://localhost:15672, and was given "
            "something else"
        )
    return text.rstrip("/")
