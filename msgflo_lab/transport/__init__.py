"""The contract between the runtime and any broker, and who speaks which URL scheme."""

from .contract import (
    Binder,
    Client,
    DeadLetter,
    DeadLetters,
    Delivery,
    Link,
    OnLink,
    OnNote,
    Subscription,
    Traits,
    Transport,
)
from .registry import register, schemes, transport_for
from .topics import HasTopics, Topics
from .url import BrokerUrl

__all__ = [
    "Binder",
    "BrokerUrl",
    "Client",
    "DeadLetter",
    "DeadLetters",
    "Delivery",
    "HasTopics",
    "Link",
    "OnLink",
    "OnNote",
    "Subscription",
    "Topics",
    "Traits",
    "Transport",
    "register",
    "schemes",
    "transport_for",
]
