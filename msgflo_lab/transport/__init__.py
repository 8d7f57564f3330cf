"""The contract between the runtime and any broker, and who speaks which URL scheme."""

from .contract import Binder, Client, Delivery, Link, OnLink, Subscription, Transport
from .registry import register, schemes, transport_for
from .url import BrokerUrl

__all__ = [
    "Binder",
    "BrokerUrl",
    "Client",
    "Delivery",
    "Link",
    "OnLink",
    "Subscription",
    "Transport",
    "register",
    "schemes",
    "transport_for",
]
