"""Every bound of this package, in one place."""

from __future__ import annotations

GREENLETS = 4_000
"""Greenlets of our own kind, which are threads, that live at once; one more is an error."""
IDLE_WORKERS = 32
"""Threads without a greenlet that are kept for the next ones."""
AT_ONCE = 1_000
"""Messages of one participant that are processed at once, where `process` sleeps or waits. The next
one waits until one of them is through."""
UNSETTLED = 1_000
"""Messages of one inport that may be neither acknowledged nor rejected, on brokers that keep them.
With so many no more come, and that is said. msgflo-python knows no bound."""
CLOSE_SECONDS = 5.0
"""How long a program that ends by itself waits for what it has sent to be on its way."""
