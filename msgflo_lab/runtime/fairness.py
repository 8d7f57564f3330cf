"""So that nobody keeps the loop: a task that never has to wait gives way now and then.

Taking from an inbox that is not empty, and publishing where there is room, do not suspend. A task
that only does these (for a participant bound to itself, say) would be alone on the loop for ever.
"""

from __future__ import annotations

import asyncio
from time import monotonic

from .limits import SLICE


class TimeSlice:
    """Belongs to one task, or to one participant."""

    def __init__(self) -> None:
        self._end = monotonic() + SLICE

    @property
    def is_over(self) -> bool:
        """It is time to `give_way`. Whoever is in a hurry asks before he calls that."""
        return monotonic() >= self._end

    async def give_way(self) -> None:
        """Let the others run if `SLICE` is over. Does not suspend else."""
        if monotonic() >= self._end:
            await asyncio.sleep(0)
            self._end = monotonic() + SLICE
