"""Foreign participants: devices and programs that know nothing of us, and are described.

Pure layer. `description.loads` reads a description, as MsgFlo has it, in YAML, and `dumps` writes
one. `interpreted` says what has to be done for ports that do not speak JSON on a queue.
"""

from .interpreting import Interpretation, Interpreted, QueueOf, interpreted

__all__ = ["Interpretation", "Interpreted", "QueueOf", "interpreted"]
