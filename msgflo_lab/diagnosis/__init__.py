"""What is probably not meant so in a network: found without running anything.

Pure layer: graph, network view and library in, findings out. What cannot be judged for sure is not
mentioned: types are free words, and a schema is an address that nobody here fetches.
"""

from .checks import SUGGESTIONS, diagnose
from .model import Finding, Kind, Marks, Needs, marks_of

__all__ = ["SUGGESTIONS", "Finding", "Kind", "Marks", "Needs", "diagnose", "marks_of"]
