"""The graph language: `.fbp` text to JSON-graph dictionaries and back.

Pure: values in, values out; knows the errors and nothing else of this package. `loads` gives what
the reference parser (npm `fbp`) gives; `dumps` loses nothing, and what it writes, every reader of
the language accepts. Typed graphs (`msgflo_lab.graph`) have functions of their own.

Known differences from the reference, on purpose: integers stay exact above 2^53, names that every
JavaScript object has (`constructor`) are names like others, chains may have any length, and JSON
that is nested deeper than `limits.MAX_DEPTH` is refused.
"""

from .places import Notice, Place
from .structure import check, check_values, normalise
from .text import FbpWarning, Parsed, loads, parse
from .writer import dumps

__all__ = [
    "FbpWarning",
    "Notice",
    "Parsed",
    "Place",
    "check",
    "check_values",
    "dumps",
    "loads",
    "normalise",
    "parse",
]
