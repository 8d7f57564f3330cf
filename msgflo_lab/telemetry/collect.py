"""Figures of participants and of a network, as they are now. On their loop; none of it waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from ..definition import Side
from ..discovery import Liveness
from ..metrics import Family
from ..metrics.catalogue import (
    BINDINGS,
    BUSY,
    DEAD,
    EDGES,
    ERRORS,
    FAILURES,
    HELD,
    IN_HAND,
    JOB,
    LEFT_OUT,
    MESSAGES,
    PARTICIPANTS,
    PASSED,
    WAITING,
)
from ..names import PortName, QueueName, Role
from ..network import EdgeState
from ..runtime.participant import LocalParticipant
from ..runtime.session import Session


def of_participants(participants: Iterable[LocalParticipant]) -> list[Family]:
    """What participants of this process have counted."""
    messages, jobs, failures = Family(MESSAGES), Family(JOB), Family(FAILURES)
    errors, in_hand, busy = Family(ERRORS), Family(IN_HAND), Family(BUSY)
    for each in participants:
        role, health = each.role, each.health
        for (side, port), history in each.histories.items():
            messages.add(history.count, role, port, side.value)
        for inport, buckets in each.measured.buckets().items():
            jobs.add(buckets, role, inport)
        # Also those that have never failed: a rate begins with the first failure then.
        inports = [port.name for port in each.behaviour.inports]
        for where in dict.fromkeys([*inports, *health.failed_at]):
            failures.add(health.failed_at[where], role, where)
        errors.add(health.errors, role)
        in_hand.add(each.in_hand, role)
        busy.add(health.busy, role)
    return [messages, jobs, failures, errors, in_hand, busy]


def of_network(session: Session) -> list[Family]:
    """Who is there, and what is bound."""
    coordinator = session.coordinator
    participants, edges, bindings = Family(PARTICIPANTS), Family(EDGES), Family(BINDINGS)
    alive: Counter[tuple[Role, Liveness]] = Counter(
        (member.definition.role, member.liveness) for member in coordinator.roster
    )
    view = session.observer.view()
    for role in view.roles:
        if not role.is_junction:
            # Also those that there are none of: that is what one wants to be alarmed of.
            for liveness in Liveness:
                participants.add(alive[role.role, liveness], role.role, liveness.value)
    states = Counter(edge.state for edge in view.edges)
    for state in EdgeState:
        edges.add(states[state], state.value)
    wanted = coordinator.planner.wanted
    bound = len(wanted & coordinator.carrier.bound)
    bindings.add(bound, "bound")
    bindings.add(len(wanted) - bound, "pending")
    passed, held = Family(PASSED), Family(HELD)
    held.add(coordinator.carrier.held)
    for binding, count in session.binder.traffic():
        passed.add(count, binding.source, binding.target, binding.kind.value)
    return [participants, edges, bindings, passed, held]


def of_inboxes(participants: Iterable[LocalParticipant]) -> Family:
    """What waits with those who run in this process, or is in their hands."""
    counts: Counter[tuple[Role, PortName, QueueName]] = Counter()
    for each in participants:
        for inport, number in each.waiting().items():
            counts[each.role, inport, each.queue(Side.IN, inport)] += number
    family = Family(WAITING)
    for labels, number in counts.items():
        family.add(number, *labels)
    return family


def of_queues(session: Session, counts: Mapping[QueueName, int]) -> Family:
    """What lies in queues on the broker, by the inports that have them."""
    family = Family(WAITING)
    for view in session.observer.view().roles:
        for port in view.inports:
            if port.queue is not None and port.queue in counts:
                family.add(counts[port.queue], view.role, port.id, port.queue)
    return family


def of_dead_letters(counts: Mapping[QueueName, int]) -> Family:
    """How many there are, by queue."""
    family = Family(DEAD)
    for queue, number in counts.items():
        family.add(number, queue)
    return family


def left_out(families: Iterable[Family]) -> Family:
    """What of these there was no room for."""
    found = Family(LEFT_OUT)
    for family in families:
        if family.dropped:
            found.add(family.dropped, family.metric.name)
    return found
