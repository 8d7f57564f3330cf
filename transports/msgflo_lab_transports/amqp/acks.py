"""Which deliveries of a channel to acknowledge, in as few frames as is safe. Pure.

"Multiple" acknowledges everything up to a tag: never beyond the first delivery that is still open,
or a message that nobody has processed would be forgotten.
"""

from __future__ import annotations


class Acks:
    """The deliveries of one channel, whose tags count from 1."""

    def __init__(self) -> None:
        self._open = 1
        """The first tag that may be unsettled."""
        self._done: set[int] = set()
        """Processed, and not yet acknowledged."""
        self._told: set[int] = set()
        """Settled with the broker, beyond the first that is open."""

    def __len__(self) -> int:
        """How many are to be acknowledged."""
        return len(self._done)

    def add(self, tag: int) -> None:
        """This one is processed."""
        self._done.add(tag)

    def told(self, tag: int) -> None:
        """The broker knows of this one otherwise: it was rejected, or needs no acknowledgement."""
        self._told.add(tag)

    def take(self) -> list[tuple[int, bool]]:
        """What to send: tags, and whether each stands for all before it."""
        done, told, tag = self._done, self._told, self._open
        last, number = 0, 0
        while True:
            if tag in done:
                done.remove(tag)
                last, number = tag, number + 1
            elif tag in told:
                told.remove(tag)
            else:
                break
            tag += 1
        self._open = tag
        frames = [(last, number > 1)] if number else []
        for each in sorted(done):
            frames.append((each, False))
            told.add(each)
        done.clear()
        return frames
