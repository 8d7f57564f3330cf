"""Every bound of the AMQP transport, and what happens at it."""

from __future__ import annotations

from typing import Final

AMQP_HEARTBEAT_SECONDS: Final = 20
"""What we ask the broker for. A link that is silent for twice as long is taken for lost."""
AMQP_FRAME_MAX: Final = 131_072
"""Longest frame that we send or take, in bytes, or less if the broker says so. A longer one that
arrives: the link is dropped. Longer bodies are split."""
AMQP_CHANNELS: Final = 2_047
"""Channels on one connection, or fewer if the broker says so. Above: ConnectionFailed."""
AMQP_MAX_PAYLOAD: Final = 16 * 1024 * 1024
"""Bytes of one message that we send. Above: PayloadTooLarge. It is what RabbitMQ 4 takes as long as
nobody configures it otherwise (`max_message_size`); it closes the channel on a larger one."""
AMQP_MAX_RECEIVED: Final = 128 * 1024 * 1024
"""Bytes of one message that we take. A larger one is rejected (dead-lettered) and logged."""
AMQP_UNCONFIRMED: Final = 10_000
"""Messages on one channel that the broker has not confirmed yet. Above: `Channel.room` waits."""
AMQP_ROUTES_KEPT: Final = 1_000
"""Encoded exchanges and routing keys that a channel remembers. Above: it forgets them all and
starts again."""
AMQP_PREFETCH_FIRST: Final = 2
"""Messages that a new subscription may have in hand (what msgflo-nodejs always has)."""
AMQP_PREFETCH_MOST: Final = 512
"""The most that a subscription may have in hand, unless the URL's option says otherwise."""
AMQP_PREFETCH_QUORUM: Final = 32
"""Messages that a subscription to a quorum queue may have in hand, always, unless the URL's option
says otherwise."""
AMQP_PREFETCH_SECONDS: Final = 0.05
"""A reader that works off all that it has in hand in this time gets more."""
AMQP_NAME_BYTES: Final = 255
"""Longest name of a queue, with what our own names put before it. Above: InvalidName."""
AMQP_ANNOUNCEMENT_SECONDS: Final = 120
"""How long an announcement waits for somebody who reads them. Then it goes: nothing piles up."""
AMQP_OBSERVED: Final = 10_000
"""Messages that the broker keeps for an observer who is too slow. Above: the oldest goes."""
AMQP_RETRY_QUEUE_SECONDS: Final = 60
"""How much longer than its messages an unused queue of delayed messages stays."""
AMQP_HELD_SECONDS: Final = 5.0
"""With `confirms=all`, a message that is to come again sooner waits unsettled in our hands (and
counts for the prefetch): no crash of the broker can lose it. With longer delays it waits in a queue
for delayed messages; a classic one may lose it if the broker crashes in the moment it is due.
Where the broker does not let us have such a queue, a message waits in our hands for so long at
most, whatever its delay."""
AMQP_REQUEUE_SECONDS: Final = 1.0
"""How long a message that is to come again is held before it is put back, where no copy of it could
be sent (which would count its attempts)."""
AMQP_DEAD_LETTERS_LOOKED_AT: Final = 10_000
"""How many dead letters of one queue are gone through to find some. Others lie further behind."""
AMQP_REASSERT_SECONDS: Final = 5.0
"""Between two times that bindings are bound again: somebody may have deleted their ends."""
AMQP_REASSERTED: Final = 200
"""How many are at most, besides those that are known to be missing; the others have their turn."""
AMQP_MANAGEMENT_SECONDS: Final = 3.0
"""How long the management interface may take to answer. Past it, it is taken to be absent."""
AMQP_ACK_SECONDS: Final = 0.001
"""How long an acknowledgement waits for others to go with it."""
