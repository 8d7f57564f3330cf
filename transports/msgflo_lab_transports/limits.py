"""Every bound of the transports that are shipped, in one place, and what happens at it.

And the one name that they agree on.
"""

from __future__ import annotations

from typing import Final

from msgflo_lab.names import QueueName

DISCOVERY: Final = QueueName("fbp")
"""Where participants announce themselves (MsgFlo discovery protocol)."""

INBOX_MESSAGES: Final = 1_000
"""Messages in one subscription's inbox. Full: the transport stops taking more (it says how)."""
INBOX_BYTES: Final = 64 * 1024 * 1024
"""Bytes of payload in one subscription's inbox. Full: as above."""
INBOX_OVERSHOOT: Final = 8
"""How far an inbox may go beyond its bound while its MQTT connection has to be read on, because an
acknowledgement is awaited on it. Further: new messages of QoS 0 are dropped and counted."""
TAP_MESSAGES: Final = 10_000
"""Messages in an observer's inbox (taps, discoveries). Full: the oldest is dropped and counted."""
TAP_BYTES: Final = 64 * 1024 * 1024
"""Bytes of payload in an observer's inbox. Full: as above."""
RETRIES: Final = 1_000
"""Messages of one subscription that wait for another attempt. Above: they become dead letters."""
RETRIES_BYTES: Final = 64 * 1024 * 1024
"""Bytes of their payloads. Above: as above."""

DEAD_LETTERS: Final = 1_000
"""Dead letters of one queue that are kept in the process. Above: the oldest goes, and is
counted."""
DEAD_LETTERS_BYTES: Final = 16 * 1024 * 1024
"""Bytes of their payloads. Above: as above; the newest is kept however large it is."""
DEAD_LETTER_QUEUES: Final = 1_000
"""Queues of one broker whose dead letters are kept. Above: all of the one that was the first to
have any go, and are counted."""
HEARD_SECONDS: Final = 60.0
"""How long one who has announced that he reads a queue is believed to be there: MsgFlo's own
period, in which he announces himself twice."""
QUEUES_HEARD_OF: Final = 10_000
"""Queues whose readers have announced themselves. Above: the one that was heard of first goes."""
PROOF_SECONDS: Final = 1.0
"""How long it is believed of an MQTT broker that it tells when nobody listens: who listens to
everything, and would hide that, may come at any time."""
DEAD_LETTER_REASON: Final = 1_000
"""Characters of a reason that are kept."""
REQUEUED: Final = 1_000
"""Requeued messages of one queue that are known again if they come back as dead letters. Above: it
is forgotten of the oldest that they ever were."""

CONNECT_SECONDS: Final = 5.0
"""From opening a socket to the broker's welcome. Past it: ConnectionFailed."""
PATIENCE_SECONDS: Final = 30.0
"""How long a call waits for a link that is down to come back. Past it: ConnectionFailed."""
BACKOFF_FIRST_SECONDS: Final = 0.1
"""Wait before the first attempt to reconnect; doubled for each further one."""
BACKOFF_MAX_SECONDS: Final = 5.0
"""Longest wait between two attempts to reconnect (before jitter of up to a half less)."""
STABLE_SECONDS: Final = 10.0
"""A link that stood this long starts again at the shortest wait; one lost earlier does not."""
CLOSE_SECONDS: Final = 2.0
"""How long `close` waits for what was published to leave. Past it, it is given up."""
LOSS_LOG_SECONDS: Final = 10.0
"""Losses of one kind are logged at once, and then at most this often, with their number."""
READ_BYTES: Final = 128 * 1024
"""The most that is read from a broker at once."""
FLUSH_BYTES: Final = 64 * 1024
"""What is written to a broker is collected until the end of the loop's turn, or up to this many
bytes."""
WRITE_HIGH_BYTES: Final = 4 * 1024 * 1024
"""Unsent bytes on one connection. Above: publishing waits, and a router on MQTT stops reading."""
WRITE_LOW_BYTES: Final = 1024 * 1024
"""Unsent bytes at which they go on."""
DIRECT_MAX_PAYLOAD: Final = 256 * 1024 * 1024
"""Bytes of one payload in the process: what MQTT could carry, so that a graph can move there."""
DIRECT_RETAINED: Final = 10_000
"""Topics in the process of which a message is retained. Above: the one that was retained first is
forgotten."""
DIRECT_INBOX_MESSAGES: Final = 10_000
"""Messages in a subscription's inbox in the process, where no broker stores any. Full: publishers
wait for this receiver, after all others have got the message."""

MQTT_QUICK_ACK_BYTES: Final = 4096
"""Reads above are dense traffic, where nobody waits for an acknowledgement of the kernel's."""
MQTT_DENSE_SECONDS: Final = 0.0004
"""Reads of a relay that follow each other closer than that are dense ..."""
MQTT_DENSE_READS: Final = 16
"""... and after so many of them it begins to gather ..."""
MQTT_GATHER_SECONDS: Final = 0.0005
"""... by waiting so long before each read (the loop makes it a millisecond) ..."""
MQTT_GATHER_BYTES: Final = 2048
"""... for as long as each read brings at least so much."""
MQTT_PACKET_BYTES: Final = 268_435_455 + 5
"""Longest packet that MQTT can express, header included. Above: PayloadTooLarge."""
MQTT_RECEIVE_MAXIMUM: Final = 1_000
"""Unacknowledged messages of QoS 1 and 2 that we let an MQTT 5 broker send on one connection."""
MQTT_IN_FLIGHT: Final = 1_000
"""Messages of QoS 1 and 2 that we send without acknowledgement, or fewer if the broker says so.
Above: they wait."""
MQTT_IN_FLIGHT_311: Final = 20
"""The same on MQTT 3.1.1, where a broker cannot say how many it takes. Mosquitto closes the
connection at the 21st of QoS 2."""
MQTT_ATTEMPTS: Final = 4
"""How often one message is sent when the link is lost each time. Then it is given up: a broker
that closes the connection on it would do so for ever."""
MQTT_TOPICS_KEPT: Final = 1_000
"""Encoded topics that a client remembers. Above: it forgets them all and starts again."""
MQTT_SIZES_KEPT: Final = 256
"""Sizes of messages for which a router remembers how their packets begin, for each source; and
for which it remembers that it has complained. Above: as with topics."""
MQTT_TOPICS_PER_SUBSCRIBE: Final = 100
"""Topics in one SUBSCRIBE when subscriptions are restored."""
MQTT_SESSION_SECONDS: Final = 600
"""How long an MQTT 5 broker is to keep the session of a lost connection with QoS 1 or 2. Past it:
what it kept is lost, and everything is restored as on a new one."""
MQTT_NO_ANSWER_SECONDS: Final = 10.0
"""A broker that does not answer a ping for this long is taken for lost."""
MQTT_ECHOES: Final = 100_000
"""Forwarded messages of which a router on MQTT 3.1.1 expects an echo, for each topic (24 bytes of
digest and time each). Above: the oldest is no longer expected."""
MQTT_ECHO_SECONDS: Final = 60.0
"""How long an echo is expected."""
MQTT_ECHO_OVERTAKEN_SECONDS: Final = 2.0
"""How long it is expected once an echo of a later message has come: topics keep their order, so it
was lost."""
RETAINED_TOPICS: Final = 10_000
"""Topics of devices whose retained message is at hand for late readers."""
RETAINED_BYTES: Final = 16 * 1024 * 1024
"""Of all these together."""
