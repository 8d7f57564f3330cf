"""Says what keeps something in the notebook, all of it at once."""

from __future__ import annotations

from collections.abc import Iterable

from msgflo_lab.errors import MsgFloLabError

_SHOWN = 8
"""Problems that are named."""


class CannotTravel(MsgFloLabError):
    """Something cannot be written as it is; says why, a line each, and what to do."""


def refuse(what: str, problems: Iterable[str], *, since: str = "it needs") -> None:
    """Raises CannotTravel if there are any.

    Args:
        what: What would have been written.
        since: What is wrong with it, before the list.
    """
    told = list(dict.fromkeys(problems))
    if told:
        more = f"\nand {len(told) - _SHOWN} more" if len(told) > _SHOWN else ""
        lines = "".join(f"\n- {each}" for each in told[:_SHOWN])
        raise CannotTravel(f"{what} cannot be written, since {since}:{lines}{more}")
