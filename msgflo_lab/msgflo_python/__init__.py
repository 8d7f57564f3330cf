"""Programs that are written for msgflo-python, MsgFlo's library for Python, run unmodified.

finding        where `msgflo` and `gevent` are found that nobody has installed
stand_in/      what is found there: two packages that only name what is here
participant    what a program derives from, and what it is given
engine         `run`: the program's participants on a broker, by `msgflo_lab.runtime`
carried        one of them there
arrivals       its messages, in the order of all its inports
program        `main`, and the script `msgflo-python`
hub            where a program's code runs: gevent's greenlets, or ours
strands        ours: threads of which one runs at a time, as greenlets do
greenlets, timeouts, events, queues, locks     what gevent calls so, on strands
blocking       what Python's own modules have, after `patch_all`
failures       what they print where something raises
"""
