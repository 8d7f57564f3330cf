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
nobody configures it otherwise (`max_message_size`); it closes the channel on a larger one. Copies
of what others have sent may be longer."""
AMQP_MAX_RECEIVED: Final = 128 * 1024 * 1024
"""Bytes of one message that we take. A larger one is rejected (dead-lettered) and logged."""
AMQP_UNCONFIRMED: Final = 10_000
"""Messages on one channel that the broker has not confirmed yet. Above: `Channel.room` waits."""
AMQP_UNCONFIRMED_BYTES: Final = 16 * 1024 * 1024
"""Bytes of such messages that we keep, since they may come back. Above, or above one message:
`Channel.room` waits."""
AMQP_REFUSED_SECONDS: Final = 30.0
"""How long nothing is sent to where the broker has just forbidden it: each attempt costs a channel.
How long results go the careful way, one by one confirmed, after one has cost a channel. And how
long nothing is sent twice to where a queue has refused both."""
AMQP_ROUTES_KEPT: Final = 1_000
"""Encoded exchanges and routing keys that a channel remembers. Above: it forgets them all and
starts again."""
AMQP_PREFETCH_FIRST: Final = 2
"""Messages that a new subscription may have in hand (what msgflo-nodejs always has)."""
AMQP_PREFETCH_MOST: Final = 512
"""The most that a subscription may have in hand, unless the URL's option says otherwise."""
AMQP_PREFETCH_QUORUM: Final = 8
"""Messages that a subscription may have in hand, always, unless the URL's option says otherwise: to
a quorum queue, to one with a single active consumer, or to one that somebody has made in another
way than we would have."""
AMQP_PREFETCH_SECONDS: Final = 0.05
"""A reader that works off all that it has in hand in this time gets more."""
AMQP_NAME_BYTES: Final = 255
"""Longest name of a queue, with what our own names put before it. Above: InvalidName."""
AMQP_ANNOUNCEMENT_SECONDS: Final = 120
"""How long an announcement waits for somebody who reads them. Then it goes: nothing piles up."""
AMQP_OBSERVED: Final = 10_000
"""Messages that the broker keeps for an observer who is too slow. Above: the oldest goes."""
AMQP_LONGEST_DELAY_SECONDS: Final = 86_400
"""The longest that a message waits to come again. Above: InvalidMessage."""
AMQP_RETRY_QUEUE_SECONDS: Final = 7 * 86_400
"""How much longer than its messages an unused queue of delayed messages stays. It goes with what is
in it: with messages whose own queue has taken none for so long, while nobody delayed another."""
AMQP_FRESH_SECONDS: Final = 2.0
"""No message is entrusted to a queue of delayed messages that is younger: one that RabbitMQ (3.10)
has made less than a second before it is killed may never answer again, with all that is in it.
Another one takes its place then."""
AMQP_ANSWER_SECONDS: Final = 15.0
"""A copy of which a broker that takes messages has not said for so long whether it has it, counts
as not sent: at worst, it comes twice."""
AMQP_HELD_BRIEFLY_SECONDS: Final = 1.0
"""A message that is to come again sooner waits unsettled in our hands (and counts for the
prefetch). With longer delays it waits in a queue for delayed messages."""
AMQP_HELD_SECONDS: Final = 5.0
"""The same with `confirms=all`. Where the broker does not let us have such a queue, a message waits
in our hands for so long at most, whatever its delay."""
AMQP_REQUEUE_SECONDS: Final = 1.0
"""How long a message is held, in our hands, of which the broker took no copy: before it comes again
there, or goes back to its queue because it cannot become a dead letter."""
AMQP_LETTERS_BYTES: Final = 256 * 1024 * 1024
"""Bytes of the dead letters that one look shows. Above: those behind are not shown."""
AMQP_LETTERS_AT_ONCE: Final = 500
"""Dead letters that the broker sends us at once, at most. (To find some by their names, all that
lie before them are ours meanwhile; but what is in those that nobody wants, we do not keep.)"""
AMQP_LETTERS_FIRST: Final = 32
"""How many of them it sends when nothing is known of their size yet."""
AMQP_LETTERS_IN_HAND: Final = 32 * 1024 * 1024
"""Bytes of dead letters in our memory while they are requeued, dropped or searched, or one letter,
or as many as come first. And the same again that are sent and not confirmed."""
AMQP_LOOKS_UNKNOWN: Final = 2
"""How often a letter in a quorum queue may have come back there before we put a fresh copy in its
place, if nobody tells how often it may. If somebody does, it is half as often as it may."""
AMQP_LETTER_SECONDS: Final = 2.0
"""How long to wait for a letter that lay there a moment ago. Past it: somebody else has it. And for
letters that are given back to be in their place."""
AMQP_TURN_SECONDS: Final = 10.0
"""How long to wait for another lab that works with the letters of a queue. Past it:
TransportError."""
AMQP_LOOKS_SECONDS: Final = 1.0
"""How long to wait with counting for somebody who reads a queue of letters: he may only look. Past
it, he is taken for one who reads for good."""
AMQP_SOON_SECONDS: Final = 2.0
"""How long whoever works with dead letters waits for a link, from when it was lost. Past it:
ConnectionFailed, at once. And how long an answer is awaited of a broker that takes no messages."""
AMQP_RENEWED_SECONDS: Final = 3.0
"""How long a client whose messages lead nowhere, or that has declared again what was deleted, waits
until all who bind have done that again. Past it, those who are silent count as away."""
AMQP_SILENT_SECONDS: Final = 60.0
"""How long nobody who binds is asked again, if one was away for too long, or if we may not ask."""
AMQP_ROLL_SECONDS: Final = 60
"""How long it is known on the broker that somebody was there who binds."""
AMQP_AWAY_SECONDS: Final = 10.0
"""How long messages that lead nowhere wait for somebody who binds to come back. Past it, he is
forgotten, and they with him."""
AMQP_UNROUTED_ATTEMPTS: Final = 10
"""How often a message is sent to an exchange that leads somewhere, as those say who bind, and comes
back nevertheless. Above: the broker refuses it."""
AMQP_UNROUTED_HOPES: Final = 3
"""How often it is sent again while an end of its binding is missing: somebody may be about to make
that again. Above: nobody is connected."""
AMQP_UNROUTED_SECONDS: Final = 0.1
"""Wait before the second of these attempts, and so much more before each further one."""
AMQP_UNCONNECTED_SECONDS: Final = 5.0
"""How long those who bind are not asked about an outport again that they have not bound. What is
sent there is forgotten by the broker."""
AMQP_RECENT_SECONDS: Final = 60.0
"""How long a binder remembers what has passed its bindings: a queue that somebody deletes is given
back what went with it (see `Refill`). Past it, that is lost, and people are told."""
AMQP_RECENT: Final = 20_000
"""How many messages it remembers. Above: the oldest is forgotten."""
AMQP_RECENT_BYTES: Final = 16 * 1024 * 1024
"""Bytes of them. Above: the oldest is forgotten."""
AMQP_STARVING_SECONDS: Final = 5.0
"""A reader who could have more in hand, and to whom nothing has come for so long, knows that his
queue is empty."""
AMQP_TOGETHER_SECONDS: Final = 0.02
"""How long to listen, when a queue was deleted, whether others go as well."""
AMQP_NOTICED_SECONDS: Final = 1.0
"""How long before its readers heard of it a queue may have been deleted, of which they had got
nothing yet. What has passed since then may come twice."""
AMQP_ON_ITS_WAY_SECONDS: Final = 0.1
"""How long after the bindings of a queue are made again a message may still be on its way that the
broker had nowhere to put; and how far from each other those may be, in another queue, that are next
to each other in this one. What passes in that time comes twice."""
AMQP_STOOD_SECONDS: Final = 1.0
"""A connection that we give up ourselves, after so long, is followed by another one at the shortest
wait: it was not the broker's fault."""
AMQP_REASSERT_SECONDS: Final = 5.0
"""Between two times that bindings are bound again: somebody may have deleted their ends."""
AMQP_REASSERTED: Final = 200
"""How many are at most, besides those that are known to be missing; the others have their turn."""
AMQP_CLAIM_SECONDS: Final = 2.0
"""How long another lab of our name may take to answer. Past it, it is taken to be dead: the broker
has not noticed yet."""
AMQP_MANAGEMENT_SECONDS: Final = 3.0
"""How long the management interface may take to answer. Past it, it is taken to be absent."""
AMQP_ACK_SECONDS: Final = 0.001
"""How long an acknowledgement waits for others to go with it."""
