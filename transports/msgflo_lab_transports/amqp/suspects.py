"""Which of several messages it is that the broker closes a channel on.

It does not say which one it did not like: it may be any that it had not confirmed. So they are sent
again in halves, over channels that may be lost, until the one is alone.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from .channel import Channel
from .confirms import Fate
from .declarer import NOT_FOUND
from .errors import ChannelClosed

Publish = Callable[[Channel, int, Callable[[Fate], None]], None]
"""Sends a message, named by its place, over a channel."""
Tell = Callable[[int, Fate | ChannelClosed], None]
"""Told once what became of each: what the broker said, or why it closes channels on it."""

_MOST = re.compile(r"max(?:imum)? size (?:of )?(\d+)")


async def examine(
    number: int, open_channel: Callable[[], Awaitable[Channel]], publish: Publish, tell: Tell
) -> None:
    """Send so many messages, in order, until it is known of each what becomes of it.

    Raises:
        TransportError: The link is gone; nothing is known of those that nobody was told of.
    """
    batches: list[Sequence[int]] = [range(number)]
    while batches:
        batch = batches.pop(0)
        left = dict.fromkeys(batch)
        channel = await open_channel()
        try:
            for place in batch:
                publish(channel, place, partial(_told, left, tell, place))
            await channel.settled()
        except ChannelClosed:
            await channel.settled()
        why = channel.error
        channel.abandon()
        if not left:
            continue
        if not isinstance(why, ChannelClosed):
            raise why or AssertionError("an answer for all, or an end")
        places = list(left)
        if len(places) == 1:
            tell(places[0], why)
        else:
            half = len(places) // 2
            batches[:0] = [places[:half], places[half:]]


def is_suspicious(error: BaseException | None) -> bool:
    """Whether a message can be the reason that a channel was closed for.

    An exchange that is gone is another thing: it is declared again, or it is said that it is not
    there.
    """
    return isinstance(error, ChannelClosed) and error.code not in (NOT_FOUND, 200)


def most_bytes(error: ChannelClosed) -> int | None:
    """The size that messages may have, if that is what the broker says."""
    found = _MOST.search(error.text)
    return int(found[1]) if found and "message size" in error.text else None


def _told(left: dict[int, None], tell: Tell, place: int, fate: Fate) -> None:
    if fate is not Fate.LOST and place in left:
        del left[place]
        tell(place, fate)
