"""Every bound of the protocol, in one place."""

from __future__ import annotations

MESSAGE_BYTES = 8_000_000
"""The longest message that is taken. A longer one is answered with an error."""
FRAME_BYTES = 64_000_000
"""The longest that is read at all. A client that sends more is sent away."""
PEERS = 50
"""Clients at once. The next one is refused."""
OUTBOX_MESSAGES = 10_000
"""Messages that wait for a client to take them. One that takes none for so many is sent away."""
OUTBOX_BYTES = 64_000_000
"""Bytes of them: as above."""
DATA_MESSAGES = 1_000
"""Messages of data that wait for a client; further ones are left out until it has taken some."""
DATA_BYTES = 100_000
"""The longest payload that a client is shown. Of a longer one it is told the length."""
WATCHED_PORTS = 200
"""Outports of which clients see the data at once; edges of further ones are shown without."""
GRAPHS = 100
"""Graphs at once. The next one is refused."""
TRACE_BYTES = 10_000_000
"""What one trace keeps, if its buffer is not given; the oldest goes first."""
TRACE_BYTES_MOST = 100_000_000
"""The largest buffer that a client can ask for."""
BRIEFLY = 0.1
"""Seconds of work that a network may have in hand without being called `running`."""
