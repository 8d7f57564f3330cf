"""Nodes of the graph that nobody plays: they say how edges are to be carried out.

Pure layer. The components are MsgFlo's: `msgflo/RoundRobin` hands what comes in at IN out to the
participants at OUT in turn, and what these reject to DEADLETTER; `msgflo/PubSub` only joins edges.
"""

from __future__ import annotations

from enum import StrEnum


class Junction(StrEnum):
    """A node's component, where the node is a junction."""

    ROUND_ROBIN = "msgflo/RoundRobin"
    PUBSUB = "msgflo/PubSub"

    @classmethod
    def of(cls, component: str) -> Junction | None:
        """The junction that a component is, or None where it is for a participant to run."""
        return _BY_COMPONENT.get(component)

    @property
    def outports(self) -> tuple[str, ...]:
        """Where its messages go on."""
        return (OUT, DEAD_LETTER) if self is Junction.ROUND_ROBIN else (OUT,)


_BY_COMPONENT = {each.value: each for each in Junction}

IN = "in"
OUT = "out"
DEAD_LETTER = "deadletter"
"""The ports of junctions; MsgFlo writes them in capitals, and any capitals will do."""
