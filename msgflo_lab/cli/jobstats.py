"""`msgflo-lab jobstats`: how long jobs take, out of job events, for guv."""

from __future__ import annotations

import sys
from collections import defaultdict, deque
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from ..errors import MsgFloLabError
from ..metrics import FAILED, JobCompleted, statistics_of
from ..names import shown
from . import options, printing

MOST = 100_000
"""Jobs of a role that count: the latest."""

EPILOG = options.examples(
    "msgflo-lab run main.fbp --job-events jobs.jsonl",
    "msgflo-lab jobstats jobs.jsonl | guv-update-jobstats autoscale.guv.yaml",
)


def jobstats(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Job events, one a line; - for stdin.")
    ],
) -> None:
    """Print average, standard deviation and 90th percentile of the time that jobs take, by role.

    All in seconds, as JSON. Jobs that failed do not count.
    """
    seconds: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=MOST))
    decoder = msgspec.json.Decoder(JobCompleted)
    try:
        with sys.stdin.buffer if file == options.STREAM else file.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                # One without an end is being written, or was when its program ended.
                is_begun = line.startswith(b"{") and not line.endswith(b"\n")
                if is_begun or not line.strip():
                    continue
                try:
                    job = decoder.decode(line)
                except msgspec.MsgspecError as error:
                    raise MsgFloLabError(f"{file}:{number}: no job event: {error}") from error
                if job.outport != FAILED:
                    seconds[job.role].append(job.duration / 1e3)
    except OSError as error:
        why = error.strerror or str(error)
        raise MsgFloLabError(f"`{shown(str(file))}` cannot be read: {why}") from error
    found = {role: statistics_of(times) for role, times in seconds.items()}
    printing.say_json(msgspec.to_builtins(found), indent=2)
