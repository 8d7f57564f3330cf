"""All that is measured: names, labels, and what they mean. Pure layer."""

from __future__ import annotations

from .model import Kind, Metric

_COUNTER, _GAUGE = Kind.COUNTER, Kind.GAUGE

INFO = Metric("msgflo_lab_info", _GAUGE, "What is measured here.", ("version", "name"))
LINK = Metric("msgflo_link_up", _GAUGE, "Whether the broker can be reached (1) or not (0).")

MESSAGES = Metric(
    "msgflo_messages_total",
    _COUNTER,
    "Messages that passed a port of a participant of this process; side is in or out.",
    ("role", "port", "side"),
    "{message}",
)
JOB = Metric(
    "msgflo_job_seconds",
    Kind.HISTOGRAM,
    "How long a handler took for a message, since somebody asked for it.",
    ("role", "inport"),
    "s",
)
FAILURES = Metric(
    "msgflo_job_failures_total",
    _COUNTER,
    "Times that a handler has raised, by the inport of its message; none for a source.",
    ("role", "inport"),
    "{failure}",
)
ERRORS = Metric(
    "msgflo_errors_total",
    _COUNTER,
    "All errors of a participant of this process: those of handlers, and results not sent.",
    ("role",),
    "{error}",
)
IN_HAND = Metric(
    "msgflo_in_hand",
    _GAUGE,
    "Messages that a handler has been given and is not done with.",
    ("role",),
    "{message}",
)
BUSY = Metric(
    "msgflo_busy_seconds",
    _GAUGE,
    "How long a handler has been at its present message; 0 below ten seconds.",
    ("role",),
    "s",
)

PARTICIPANTS = Metric(
    "msgflo_participants",
    _GAUGE,
    "Who plays a role, here or elsewhere; state is alive or stale (silent for long).",
    ("role", "state"),
    "{participant}",
)
EDGES = Metric(
    "msgflo_edges",
    _GAUGE,
    "Edges of the network; state is bound, pending, shared or stopped.",
    ("state",),
    "{edge}",
)
BINDINGS = Metric(
    "msgflo_bindings",
    _GAUGE,
    "Bindings that there should be; state is bound, or pending where it is not there yet.",
    ("state",),
    "{binding}",
)
PASSED = Metric(
    "msgflo_binding_messages_total",
    _COUNTER,
    "Messages that passed a binding, from queue to queue, since it was bound here.",
    ("source", "target", "kind"),
    "{message}",
)
WAITING = Metric(
    "msgflo_queue_messages",
    _GAUGE,
    "Messages of an inport's queue that wait or are in hand: on the broker if it keeps queues, "
    "else in this process.",
    ("role", "port", "queue"),
    "{message}",
)
HELD = Metric(
    "msgflo_held_messages",
    _GAUGE,
    "Messages that wait here for graphs that are stopped.",
    (),
    "{message}",
)
DEAD = Metric(
    "msgflo_dead_letters",
    _GAUGE,
    "Rejected messages that nobody works on, by the queue that they come from.",
    ("queue",),
    "{message}",
)

LOST_EVENTS = Metric(
    "msgflo_job_events_lost_total",
    _COUNTER,
    "Job events that were not written, as the file could not take them.",
    (),
    "{event}",
)
LEFT_OUT = Metric(
    "msgflo_metrics_left_out",
    _GAUGE,
    "Sets of label values that a metric has too many of, and that are left out of it.",
    ("metric",),
    "{series}",
)

CPU = Metric(
    "process_cpu_seconds_total", _COUNTER, "User and system time of this process.", (), "s"
)
MEMORY = Metric("process_resident_memory_bytes", _GAUGE, "Resident memory.", (), "By")
VIRTUAL = Metric("process_virtual_memory_bytes", _GAUGE, "Virtual memory.", (), "By")
BEGAN = Metric(
    "process_start_time_seconds", _GAUGE, "When it began, in seconds since the epoch.", (), "s"
)
FILES = Metric("process_open_fds", _GAUGE, "Open file descriptors.")
FILES_MOST = Metric("process_max_fds", _GAUGE, "Most file descriptors that can be open.")
THREADS = Metric("process_threads", _GAUGE, "Threads; every handler has one.")

OURS = (
    *(INFO, LINK, MESSAGES, JOB, FAILURES, ERRORS, IN_HAND, BUSY),
    *(PARTICIPANTS, EDGES, BINDINGS, PASSED, WAITING, HELD, DEAD, LOST_EVENTS, LEFT_OUT),
)
"""What is not common to all processes."""
