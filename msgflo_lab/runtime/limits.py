"""Every bound of the runtime, in one place."""

from __future__ import annotations

ANNOUNCE_PERIOD = 60.0
"""Seconds. MsgFlo's discovery period: our participants announce themselves every period / 2.2,
and where the broker does not keep that, more often at first."""
ANNOUNCE_EARLY = 4.0
"""Seconds to their second announcement there. MsgFlo's own test of participants takes one second,
and each announcement in that time for another participant."""
ANNOUNCE_AGAIN = 2.0
"""Seconds after which a participant that could not announce itself tries again."""
SETTLE = 2.0
"""Seconds that an edit waits for the broker to follow, before it returns all the same."""
SWEEP_INTERVAL = 1.0
"""Seconds between two looks at who has gone silent, and between two samples of traffic."""
RATE_WINDOW = 4
"""Samples over which a rate is averaged."""
BIND_AT_ONCE = 100
"""Bindings that are asked of the broker concurrently; the rest waits its turn."""
BIND_RETRY = (0.5, 15.0)
"""Seconds until a refused binding is tried again: first, and at most (doubling in between)."""
TIDY_AFTER = 60.0
"""Seconds without an edit after which bindings of an earlier life of the lab may be undone."""
PACKET_GRACE = 0.5
"""Seconds that new bindings wait for initial packets to be delivered; then they go on meanwhile."""
SHARED_EDGES = 1_000
"""Edges shown for one queue that many ports share. Further ones are not shown."""
SLICE = 0.002
"""Seconds that one participant may keep the loop busy without a pause."""
GATHER = 0.001
"""Seconds that what a busy handler has done waits for more, to be sent together."""
AHEAD = 256
"""Messages that a handler is given while it is busy with one; the rest waits in the inbox."""
AHEAD_BYTES = 4_000_000
"""Bytes of payload that a handler is given ahead; one message of any size is always given."""
UNCONFIRMED = 1_000
"""Messages of a participant that the broker has yet to confirm; with so many, the next waits."""
UNCONFIRMED_BYTES = 32_000_000
"""Bytes of their payload: as above; one message of any size is always sent."""
ADAPTER_PAUSE = 0.05
"""Seconds that an adapter waits for further devices that describe themselves, to follow at once."""
ADAPTER_REASONS = 1_000
"""Reasons why descriptions are ignored that are told; then no more."""
FOREIGN_ANNOUNCE = (0.0, 2.0, 6.0)
"""Pauses between the announcements of all foreign participants when a link is back."""
ADAPTER_AGAIN = 5.0
"""Seconds until an adapter tries again what the broker did not let it do."""
REGISTRY_AGAIN = 5.0
"""Seconds until what could not be registered when a session began is tried again; later, twice as
long each time."""
REGISTRY_AGAIN_MOST = 60.0
"""Seconds between two of these attempts, at most."""
FOREIGN_AGAIN = 1.0
"""Seconds until a message comes again that a broker which is away could not have."""
FOREIGN_FAULTS = 60.0
"""Seconds between two faults of one port that are told; those between them are only counted."""
FOREIGN_KEPT = 1_000
"""Topics behind one outport whose retained message is kept for new edges; not of further ones."""
FOREIGN_KEPT_BYTES = 64_000
"""Bytes of such a message; a longer one is not kept."""
FOREIGN_AHEAD = 100
"""Messages of a foreign participant that the broker has yet to confirm; then the next waits."""
OUTLET = 256
"""Messages of a handler that wait to be published; with so many, senders that can wait do."""
OBSERVING = 0.1
"""Part of the loop's time that counting messages for watchers may take."""
FAILURE_TEXT = 20_000
"""Characters kept of an error's traceback, and a tenth as many of its summary."""
JOBS_AT_ONCE = 250
"""Times of jobs that wait to be counted together, if nobody looks before."""
HISTORY_MESSAGES = 100
"""Messages kept per port for inspection. The oldest goes first."""
HISTORY_BYTES = 1_000_000
"""Bytes kept per port for inspection. The oldest goes first; the newest always stays."""
TAPS = 64
"""Foreign ports that are watched at once because somebody inspected them; the oldest is let go."""
ERROR_SHOWN = 10.0
"""Seconds that a participant is shown as failed after its last error, so that people can see it."""
ERRORS_KEPT = 100
"""Errors kept per participant. The oldest goes first; the count goes on."""
LOG_LINES = 1_000
"""Lines of output kept per participant. The oldest goes first."""
LOG_LINE = 2_000
"""Characters kept of one line of output."""
DIAGNOSES_KEPT = 100
"""Unusable announcements and failed bindings kept for `status`. The oldest goes first."""
STOP_PATIENCE = 2.0
"""Seconds that the handler of a participant which is stopped or gets other code has to return. What
can be interrupted is interrupted then; the thread of what is stopped is abandoned."""
BUSY_SHOWN = 10.0
"""Seconds with one message after which it is shown that a handler is busy with it."""
FRAME = 1 / 30
"""Seconds between two rounds of news for whoever watches the network."""
RETRIES_MOST = 1_000
"""Times that a failed message may come again before it becomes a dead letter."""
LONGEST_RETRY = 86_400
"""Seconds that it may wait before."""
SOURCE_SECONDS = 10.0
"""How long the source of a component that somebody sends may run until it has defined it."""
STARTING_AT_ONCE = 10
"""Participants of a graph that are started concurrently, as msgflo does; the others wait."""
LOOK_INTERVAL = 1.0
"""Seconds between two looks at the directories of the library's projects."""
PROGRAM_PATIENCE = 40.0
"""Seconds that a program has to announce itself, as msgflo gives it, until that is reported."""
PROGRAM_FINISH = 5.0
"""Seconds that a program which is told to end (SIGTERM) may finish, before it is killed."""
PROGRAM_ECHO = 2.0
"""Seconds in which it may still be heard of a program that has ended while it was starting."""
PROGRAM_DRAIN = 0.5
"""Seconds for the last output of a program that has ended."""
RESTART = (1.0, 60.0)
"""Seconds until a program that has failed is started again: first, and at most (doubling)."""
RESTART_CALM = 60.0
"""Seconds that a program has to run for its next failure to count as the first."""
OUTPUT_PAUSE = 0.005
"""Seconds without reading after each portion of a program's output: a flood waits in its pipe."""
OUTPUTS_KEPT = 1_000
"""Roles of programs whose output is kept. The one that began first goes first."""
HELD_MESSAGES = 100_000
"""Messages that wait here for graphs that are stopped; further ones wait with the broker."""
HELD_BYTES = 64_000_000
"""Bytes of payload of them: as above."""
HELD_SECONDS = 7 * 86_400
"""Seconds that a broker keeps what waits for a stopped graph whose lab does not come back."""
