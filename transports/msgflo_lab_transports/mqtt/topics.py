"""Which queue names MQTT can have as topics, and how they are on the wire. Pure."""

from __future__ import annotations

import re

from msgflo_lab.errors import InvalidName
from msgflo_lab.names import QueueName, shown
from msgflo_lab.topics import ONE, REST, problem_of
from msgflo_lab_broker.mqtt import MAX_FIELD

_SHARE = b"$share/msgflo-lab/"
"""One name for the group of all who share a queue, so that labs and scripts share with another."""

# Section 1.5.4: NUL must not occur; control characters and non-characters should not, and brokers
# (Mosquitto is one) close the connection on them, for ever if the message is sent again.
_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\ufdd0-\ufdef]|[\ufffe\uffff]")


def topic_of(queue: QueueName) -> bytes:
    """The queue's topic in UTF-8.

    Raises:
        InvalidName: MQTT cannot have a topic of that name.
    """
    if not queue:
        raise InvalidName("a queue's name is empty; MQTT needs at least one character")
    try:
        topic = queue.encode()
    except UnicodeEncodeError:
        raise _invalid(queue, "half of a surrogate pair in it cannot be sent as UTF-8") from None
    if len(topic) > MAX_FIELD:
        raise _invalid(queue, f"{len(topic):,} bytes is above {MAX_FIELD:,}, MQTT's longest topic")
    for wildcard in "+#":
        if wildcard in queue:
            raise _invalid(queue, f"MQTT keeps `{wildcard}` for patterns")
    if queue.startswith("$share/"):
        raise _invalid(queue, "MQTT keeps `$share/` for shared subscriptions")
    found = _FORBIDDEN.search(queue) or next(
        (each for each in queue if ord(each) & 0xFFFE == 0xFFFE), None
    )
    if found is not None:
        char = found if isinstance(found, str) else found.group()
        raise _invalid(queue, f"MQTT brokers reject the character U+{ord(char):04X}")
    return topic


def pattern_of(pattern: str) -> bytes:
    """A pattern of topics in UTF-8.

    Raises:
        InvalidName: MQTT cannot have it.
    """
    problem = problem_of(pattern)
    if problem:
        raise InvalidName(f"`{shown(pattern)}` is no pattern of topics: {problem}")
    # Every other rule is the same as for a topic.
    topic_of(QueueName(pattern.replace(ONE, "-").replace(REST, "-")))
    return pattern.encode()


def shared(topic: bytes) -> bytes:
    """The filter of a shared subscription to a topic (section 4.8.2)."""
    return _SHARE + topic


def check_shareable(queue: QueueName) -> None:
    """Raise InvalidName if MQTT cannot have a topic of that name, or not share it."""
    size = len(shared(topic_of(queue)))
    if size > MAX_FIELD:
        why = f"{size:,} bytes, `{_SHARE.decode()}` included, is above {MAX_FIELD:,}"
        raise _invalid(queue, f"{why}, so it cannot be shared")


def _invalid(queue: QueueName, why: str) -> InvalidName:
    return InvalidName(f"`{shown(queue)}` cannot be a queue on MQTT: {why}")
