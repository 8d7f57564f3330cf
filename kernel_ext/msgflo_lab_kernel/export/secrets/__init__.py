"""What must be in no file that leaves the notebook. Pure, but for what `known` looks at.

words          a name for a secret
called         a value that may be one, by name or by looks
finding        one that was found: where it stands, and what to do
parameters     what functions and classes call what they are given by its place
flags          what the options of a command give
named          what code gives a name
pieces         what an expression is made of, if that stands in the code
spelled        where code has one, in one piece or in several
known          the values that names of secrets have now, to be found wherever they stand
carried        where a graph, or a command, has one
texts          where files of any kind have one
"""

from .called import is_secret
from .carried import in_command, in_graph
from .finding import Finding
from .known import Known, known_of
from .parameters import parameters_of, signatures_in
from .pieces import given_of
from .spelled import secrets_in
from .texts import in_file
from .words import is_called_key, is_called_secret

__all__ = [
    "Finding",
    "Known",
    "given_of",
    "in_command",
    "in_file",
    "in_graph",
    "is_called_key",
    "is_called_secret",
    "is_secret",
    "known_of",
    "parameters_of",
    "secrets_in",
    "signatures_in",
]
