"""The words of the graph language, as patterns.

Pure. The reference is a parsing expression grammar: what it has once taken it never gives back, so
that `a->b` is the name `a-` before something wrong. For that reason words are possessive (`*+`),
and not for speed. Groups are not, since Python 3.11.0 to 3.11.4 mistake possessive ones; they are
written so that no shorter match of them could go on.
"""

from __future__ import annotations

import re

NEWLINE = "\n\r\u2028\u2029"
NAME = r"[a-zA-Z_][a-zA-Z0-9_\-]*+"
"""A node's."""
COMPONENT = r"[a-zA-Z/\-0-9_]*+"
METADATA = r"[a-zA-Z/=_,0-9]++"
PORT = r"[a-zA-Z_][a-zA-Z.0-9_]*+"

_WITH_INDEX = rf"({PORT})(?:\[([0-9]++)\])?"
_BODY = rf"\(({COMPONENT})(?::({METADATA}))?\)"
_NODE = rf"(?:({NAME})(?:{_BODY})?|{_BODY})"

INPORT = re.compile(rf"{_WITH_INDEX} ++")
"""In front of its node. Groups: port, index."""
NODE = re.compile(_NODE)
"""Groups: name, component and metadata; or component and metadata of one without a name."""
OUTPORT = re.compile(rf" ++{_WITH_INDEX}")
"""Behind its node. Groups: port, index."""
ARROW = re.compile(" *+-> *+")
QUOTED = re.compile(r"'((?:[^'\\]++|\\'|\\(?!'))*)'")
"""An initial packet of text; only the quote can be escaped."""

EXPORT = re.compile(rf" *+(IN|OUT)PORT={_NODE}\.({PORT}):({PORT})")
"""Groups: direction, those of NODE, port, public name."""
DEFAULT = re.compile(rf" *+DEFAULT_(IN|OUT)PORT=({PORT})")
SETTING = re.compile(" *+(?:DEFAULT_)?(?:IN|OUT)PORT=")
"""How such lines begin, whether or not they go on well."""

ANNOTATION = re.compile(rf"# ++@([a-zA-Z0-9\-_]++) ++([a-zA-Z0-9\-_ .]++)[{NEWLINE}]")
"""Groups: key, value. Only at the very beginning of a line."""
COMMENT = re.compile(f" *+(#[^{NEWLINE}]*+)[{NEWLINE}]?")
BLANK = re.compile(f"(?: *+[{NEWLINE}])+")
END = re.compile(f" *+(,?)(?: *+(#[^{NEWLINE}]*+))?([{NEWLINE}]?)")
"""Behind a statement. Groups: comma, comment, newline; all may be empty."""

EDGE = re.compile(
    rf" *+(?:({NAME})(?:\(({COMPONENT})\))?(?: ++{_WITH_INDEX})?|'([^'\\]*+)') *+->"
    rf" *+(?:{_WITH_INDEX} ++)?({NAME})(?:\(({COMPONENT})\))?(?:\r?\n|\Z)"
)
"""A whole line with one connection, as most lines are. Groups: source, its component, port and
index; or a text; the target's port, index, name, component. Without blanks at its end: whether the
reference allows those depends on what is in front."""
DECLARATION = re.compile(rf" *+({NAME})\(({COMPONENT})(?::({METADATA}))?\) *+(?:\r?\n|\Z)")
"""A whole line with one node. Groups: name, component, metadata."""

SAYABLE_NAME = re.compile(NAME)
SAYABLE_COMPONENT = re.compile(r"[a-zA-Z/\-0-9_]++")
SAYABLE_PORT = re.compile(PORT)
SAYABLE_KEY = re.compile(r"[a-zA-Z0-9\-_]++")
SAYABLE_VALUE = re.compile(r"[a-zA-Z0-9\-_.](?:[a-zA-Z0-9\-_ .]*[a-zA-Z0-9\-_.])?")
SAYABLE_METADATA = re.compile(r"[a-zA-Z/_0-9]*+")

MAGIC = frozenset(
    (
        "__proto__",
        "constructor",
        "hasOwnProperty",
        "isPrototypeOf",
        "propertyIsEnumerable",
        "toLocaleString",
        "toString",
        "valueOf",
        "__defineGetter__",
        "__defineSetter__",
        "__lookupGetter__",
        "__lookupSetter__",
    )
)
"""Names that every object of JavaScript has: its parsers take them for declared."""
