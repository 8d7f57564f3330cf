"""Every bound and period of discovery, in one place."""

from __future__ import annotations

DISCOVERY = "fbp"
"""The queue, or topic, on which everybody announces himself."""
HEARTBEAT = 600.0
"""Seconds of silence after which a participant is dead (MsgFlo's documented limit)."""
PERIOD_PER_INTERVAL = 2.2
"""How many intervals between announcements make a period, in every MsgFlo library."""
SHORTEST_INTERVAL = 1.0
"""Seconds. Announcements that follow closer are changes, not heartbeats."""
GAPS_KEPT = 8
"""Its interval is the longest of so many recent gaps: an announcement in between, because
something changed or a link came back, makes the others no shorter."""
GAPS_NEEDED = 3
"""With fewer gaps it is not concluded that a participant announces itself often."""
FLIPS_OF_ONE = 3
"""Somebody who goes back and forth so often is two participants with one id ..."""
REPEATS_OF_ONE = 3
"""... unless the same was said so often in a row: then it has settled."""
MAX_PARTICIPANTS = 100_000
"""With so many in the roster, newcomers are turned away until somebody leaves."""
MAX_FORGOTTEN = 10_000
"""How many forgotten ids are remembered, so that a late announcement does not revive them."""
MAX_ANNOUNCEMENT = 1_000_000
"""Bytes. A longer announcement is not read; a thousand described ports take a tenth of it."""
MAX_PORTS = 1_000
"""Ports on one side of a participant. With more, the announcement is not used."""
MAX_NAME = 1_000
"""Characters of an id, role, component, port or queue name."""
