"""Job events for New Relic, as MsgFlo's participants record them.

Only if its agent is installed (`pip install newrelic`) and `NEW_RELIC_LICENSE_KEY` is set. Source:
docs.newrelic.com, Python agent API: `initialize`, `register_application`, `record_custom_event`.
"""

from __future__ import annotations

import importlib
import logging
import os
from typing import Any

import msgspec

from ..metrics import EVENT, JobCompleted
from ..runtime.measured import Jobs

log = logging.getLogger(__name__)

KEY = "NEW_RELIC_LICENSE_KEY"


class NewRelic:
    """Records each job as an event `MsgfloJobCompleted`. The agent sends them, from its thread."""

    def __init__(self, jobs: Jobs, agent: Any) -> None:
        self._jobs = jobs
        self._agent = agent
        agent.initialize()
        # Messages do not wait for the agent to connect; jobs until then are not recorded.
        self._application = agent.register_application(timeout=0)
        jobs.subscribe(self._done)

    async def stop(self) -> None:
        """Record no more. Idempotent."""
        self._jobs.unsubscribe(self._done)

    def _done(self, job: JobCompleted) -> None:
        self._agent.record_custom_event(EVENT, msgspec.structs.asdict(job), self._application)


def new_relic(jobs: Jobs) -> NewRelic | None:
    """Record jobs, if the environment asks for it and the agent is there."""
    if not os.environ.get(KEY):
        return None
    try:
        agent = importlib.import_module("newrelic.agent")
    except ImportError:
        log.warning("%s is set, but New Relic's agent is missing: pip install newrelic", KEY)
        return None
    return NewRelic(jobs, agent)
