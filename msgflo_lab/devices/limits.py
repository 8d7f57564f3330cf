"""Every bound of what devices may say of themselves, in one place."""

from __future__ import annotations

MAX_FOUND = 10_000
"""Participants of one adapter; what is described beyond that is ignored, with a reason."""
MAX_DESCRIPTION = 256_000
"""Bytes of one description; a Zigbee bridge with a hundred entities sends a fifth of it."""
MAX_PARTS = 500
"""Entities in one description, properties of one node, nodes of one device."""
MAX_TRIGGERS = 100
"""Triggers that are put together, since they come on one topic."""
MAX_WATCHED = 10_000
"""Topics of availability of one adapter. Whoever names another one counts as alive."""
MAX_STATUS = 10_000
"""Bytes of a message that says whether somebody is there; of a longer one the rest is left out."""
MAX_ATTRIBUTES = 200_000
"""Retained attributes of Homie 3 and 4 that are remembered, of all devices together; and targets of
Homie 5."""
MAX_ATTRIBUTE = 10_000
"""Bytes of one of these."""
MAX_IGNORED = 200
"""How many topics are remembered with the reason why they are ignored; the oldest go."""
MAX_NOTES = 20
"""Notes on one participant."""
MAX_SECONDS = 366 * 24 * 3600
"""Of silence after which somebody counts as gone, and until what is on counts as off."""
MAX_NAME = 60
"""Characters of each part of a role, and of a port's name."""
MAX_TEXT = 500
"""Characters of a label, a description, a note."""
MAX_TOPIC = 1_000
"""Characters of a topic. MQTT would allow 65,535 bytes."""
MAX_TOPICS = 5_000
"""Topics that a scan looks at; others are only counted."""
MAX_SAMPLES = 6
"""Different payloads of each that it remembers; the oldest goes."""
MAX_SAMPLE = 4_000
"""Bytes of one of these; a longer payload is only counted."""
MAX_SAMPLED = 20_000_000
"""Bytes of all of them; then no more are remembered."""
MAX_PROPOSALS = 500
"""Participants that a scan proposes."""
MAX_FIELDS = 16
"""Fields of JSON objects on one topic that become ports of their own."""
