"""Every bound of the protocol, in one place."""

from __future__ import annotations

MESSAGE_BYTES = 8_000_000
"""The longest message that is taken. A longer one is answered with an error."""
FRAME_BYTES = 16_000_000
"""The longest that is read at all. A client that sends more is sent away."""
DEPTH = 200
"""Levels of nesting in what a client sends. More is refused."""
PEERS = 100
"""Clients at once. The next one is refused."""
STRANGER = 5.0
"""Seconds that a client which has given no right secret may stay when another needs its place."""
OUTBOX_MESSAGES = 10_000
"""Messages that wait for a client to take them. One that takes none for so many is sent away."""
OUTBOX_BYTES = 64_000_000
"""Bytes of them: as above."""
DATA_MESSAGES = 1_000
"""Messages of what flows (data, packets, prints, errors) that wait for a client; further ones are
left out until it has taken some, and it is told how many."""
FLOW_BYTES = 8_000_000
"""Bytes that may wait when one of those comes; as above."""
ASKING_MESSAGES = 1_000
"""Messages that wait for a client when its next request is looked at; before, it has to take
some."""
ASKING_BYTES = 1_000_000
"""Bytes of them: as above."""
DATA_BYTES = 100_000
"""The longest payload that a client is shown. Of a longer one it is told the length."""
WATCHED_PORTS = 200
"""Outports of which clients see the data at once; edges of further ones are shown without."""
GRAPHS = 100
"""Graphs at once. The next one takes the place of one that is stopped and empty, or is refused."""
PACKET_BYTES = 1_000_000
"""The longest payload that a client gets through an exported outport, as above."""
HEARTBEAT = 30.0
"""Seconds between two questions whether a client is still there."""
PARTING = 1.0
"""Seconds that a client has to say goodbye when the server ends."""
TRACE_BYTES = 10_000_000
"""What one trace keeps, if its buffer is not given; the oldest goes first."""
TRACE_BYTES_MOST = 100_000_000
"""What all traces keep together, at most."""
BRIEFLY = 0.1
"""Seconds of work that a network may have in hand without being called `running`."""
STARTING = 10.0
"""Seconds that a packet waits for a node that is being started."""
LOOK = 0.05
"""Seconds between two looks whether it is there."""
