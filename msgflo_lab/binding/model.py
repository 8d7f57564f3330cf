"""The one value that brokers are asked to carry out."""

from __future__ import annotations

from typing import NamedTuple

from ..names import QueueName


class Binding(NamedTuple):
    """Whatever is published to `source` also arrives at `target` (MsgFlo: `pubsub`).

    Source and target may be equal: two ports share a queue, nothing is to be forwarded, and the
    binder only counts what passes.
    """

    source: QueueName
    target: QueueName
