"""Which messages come back to a router only because it sent them itself.

MQTT 5 has No Local for this; on 3.1.1 a router that is subscribed to a topic it forwards to hears
every message it forwards again. Pure: the clock is passed in.
"""

from __future__ import annotations

from collections import OrderedDict, deque

from ..limits import MQTT_ECHO_OVERTAKEN_SECONDS, MQTT_ECHO_SECONDS, MQTT_ECHOES


class Echoes:
    """What was forwarded to one topic and has not come back yet.

    A message that comes back is recognised by its content: of two equal ones, one forwarded and
    one foreign, it does not matter which is taken for the echo. An echo may be lost (QoS 0, or the
    broker dropped it); the expectation must not then swallow an equal foreign message for ever, so
    it ends after `MQTT_ECHO_SECONDS`, or `MQTT_ECHO_OVERTAKEN_SECONDS` after the echo of a later
    message has come. At `MQTT_ECHOES` the oldest is given up.
    """

    def __init__(self) -> None:
        # Keyed by a running number, in the order of sending; the digest leads to the numbers.
        self._sent: OrderedDict[int, tuple[int, float]] = OrderedDict()
        self._numbers: dict[int, deque[int]] = {}
        self._next = 0
        self._overtaken = -1
        self._overtaken_at = 0.0

    def __len__(self) -> int:
        return len(self._sent)

    def sent(self, payload: bytes, now: float) -> None:
        """This was forwarded to the topic. `now` in seconds, never going back."""
        digest = hash(payload)
        number = self._next
        self._next += 1
        self._sent[number] = (digest, now)
        self._numbers.setdefault(digest, deque()).append(number)
        if len(self._sent) > MQTT_ECHOES:
            self._forget_oldest()

    def came(self, payload: bytes, now: float) -> bool:
        """This was received from the topic: is it an echo? An echo is expected once."""
        self._expire(now)
        digest = hash(payload)
        numbers = self._numbers.get(digest)
        if numbers is None:
            return False
        number = numbers.popleft()
        if not numbers:
            del self._numbers[digest]
        del self._sent[number]
        if self._sent and number > self._overtaken and next(iter(self._sent)) < number:
            if self._overtaken < next(iter(self._sent)):
                self._overtaken_at = now
            self._overtaken = number
        return True

    def renew(self, now: float) -> None:
        """The link was lost and is back: what the broker has kept may come only now."""
        for number, (digest, _) in self._sent.items():
            self._sent[number] = (digest, now)
        self._overtaken_at = now

    def _expire(self, now: float) -> None:
        while self._sent:
            number, (_, at) = next(iter(self._sent.items()))
            overtaken = (
                number < self._overtaken and now - self._overtaken_at > MQTT_ECHO_OVERTAKEN_SECONDS
            )
            if not overtaken and now - at <= MQTT_ECHO_SECONDS:
                return
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        _, (digest, _) = self._sent.popitem(last=False)
        numbers = self._numbers[digest]
        numbers.popleft()
        if not numbers:
            del self._numbers[digest]
