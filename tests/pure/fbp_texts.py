"""What hypothesis draws from for the graph language: JSON graphs, and texts valid and broken."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from .strategies import STRANGE
from .strategies import json_values as json_values

PLAIN = ["a", "b", "c", "read-it", "_x", "A1", "true", "IN"]
NAMES = [*PLAIN, *STRANGE, "2floor", "a/b/c", "", "a_b", "a b", "a-b", "constructor", "__proto__"]
PORTS = [
    "in",
    "out",
    "in",
    "out",
    "IN",
    "Out",
    "x.y",
    "_1",
    "",
    "my port",
    "ü",
    "port",
    "__proto__",
]

names = st.sampled_from(PLAIN) | st.sampled_from(NAMES) | st.text(max_size=6)
ports = st.sampled_from(PORTS) | st.text(max_size=5)
components = st.sampled_from(
    ["A", "core/Read", "a-b", "", "my comp", "none", "missing", "None", "é"]
)
numbers = st.integers(-5, 500) | st.floats(allow_nan=False, allow_infinity=False)
metadata = st.fixed_dictionaries(
    {},
    optional={
        "x": numbers | json_values,
        "y": numbers,
        "routes": st.sampled_from(["main", "", "a=b", "a,b"]),
        "label": st.text(max_size=8),
        "key": st.sampled_from(["value", "a/b", "with space", ""]),
        "": st.just(""),
        "more": json_values,
    },
)
processes = st.fixed_dictionaries(
    {}, optional={"component": components, "metadata": metadata, "is": json_values}
)
exports = st.fixed_dictionaries({"process": names, "port": ports}, optional={"metadata": metadata})
ends = st.fixed_dictionaries(
    {"process": names, "port": ports}, optional={"index": st.integers(-2, 20)}
)
partial_ends = st.fixed_dictionaries({}, optional={"process": names, "port": ports})
about = {"metadata": st.dictionaries(st.sampled_from(["route", "schema"]), json_values)}
packets: st.SearchStrategy[Any] = (
    json_values
    | st.sampled_from(
        ["it's", "\\", "back\\'", "two\nlines", "# no", "->", "", "\u2028", "a\ud800"]
    )
    | st.text(max_size=8)
)
connections = st.one_of(
    st.fixed_dictionaries({"src": ends, "tgt": ends}, optional=about),
    st.fixed_dictionaries({"src": ends, "tgt": ends}),
    st.fixed_dictionaries({"data": packets, "tgt": ends}, optional=about),
    st.fixed_dictionaries(
        {}, optional={"src": partial_ends, "tgt": partial_ends, "data": packets, **about}
    ),
)
environments = st.fixed_dictionaries(
    {"type": st.sampled_from(["msgflo", "noflo nodejs", "é", ""])},
    optional={"content": st.text(max_size=8)},
)
properties = st.fixed_dictionaries(
    {},
    optional={
        "name": st.text(max_size=8) | st.just("My graph 1.0"),
        "environment": environments,
        "description": st.sampled_from(
            ["plain", "has, comma", " led", "trailed ", "", "two\nlines"]
        ),
        "runtime": st.just("msgflo"),
        "lab": st.just("x"),
        "": st.just("x"),
        "__proto__": st.just("x"),
        "more": json_values,
    },
)
groups = st.fixed_dictionaries(
    {}, optional={"name": st.text(max_size=5), "nodes": st.lists(names, max_size=3), **about}
)
parts: dict[str, st.SearchStrategy[Any]] = {
    "caseSensitive": st.booleans(),
    "properties": properties,
    "inports": st.dictionaries(ports, exports | partial_ends, max_size=3),
    "outports": st.dictionaries(ports, exports | partial_ends, max_size=3),
    "groups": st.lists(groups, max_size=3),
    "processes": st.dictionaries(names, processes, max_size=6),
    "connections": st.lists(connections, max_size=6),
}
graphs: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries({}, optional=parts)
"""Whatever the graph's schema allows, and more."""

_pieces = [
    "a",
    "b",
    "c-",
    "true",
    "IN",
    "OUT",
    "x.y",
    "2f",
    "(A)",
    "(B:x=1,main)",
    "()",
    "(a-/b)",
    "(A",
    "(A:",
    "->",
    "->",
    "->",
    " ",
    " ",
    " ",
    " ",
    "  ",
    "\n",
    "\n",
    "\r\n",
    ",",
    "#",
    "# @k v\n",
    "\n# @name N \n",
    "# @k v,w\n",
    "'",
    "'t'",
    "'it\\'s'",
    "\\",
    "1",
    "-1.5e3",
    "01",
    "[1]",
    "[0]",
    "[",
    "]",
    "{}",
    '{"k":[1,null]}',
    '"s"',
    '"\\u0041"',
    '"',
    "INPORT=",
    "OUTPORT=",
    "INPORT=a.IN:X",
    "DEFAULT_INPORT=",
    "\nDEFAULT_OUTPORT=Foo\n",
    ".",
    ":",
    "=",
    "\t",
    "\ttrue",
    "\u2028",
    "\xa0",
    "é",
    "😀",
    "EXPORT=",
    "1e400",
    "@",
    "-",
    ">",
    "NaN",
    "\ufeff",
]
_node = st.sampled_from(["a(A)", "b(B:x=1,y=2)", "c", "a", "b", "(A/b)", "true(T)", "d()", "c(C)"])
_port = st.sampled_from(["IN", "OUT", "x.y", "p[0]", "P_1[12]"])
_packet = st.sampled_from(
    ["'x'", "''", "'it\\'s'", "1", "-2.5e-3", '{"a":[1,{}]}', "[ ]", '"q\\""', "\ttrue", "'#\n->'"]
)
_gap = st.sampled_from([" ", " ", " ", "", "  "])
_source = st.one_of(
    _packet,
    _node,
    st.builds("{} {}".format, _node, _port),
    st.builds("{} {} {}".format, _port, _node, _port),
)
_target = _node | st.builds("{} {}".format, _port, _node)
_arrow = st.builds("{}->{}".format, _gap, _gap)
_chain = st.builds(
    lambda sources, target: "".join(f"{source}{arrow}" for source, arrow in sources) + target,
    st.lists(st.tuples(_source, _arrow), max_size=3),
    _target,
)
_line = st.one_of(
    _chain,
    _chain,
    st.builds("{}PORT={}.{}:{}".format, st.sampled_from(["IN", "OUT"]), _node, _port, _port),
    st.sampled_from(
        ["DEFAULT_INPORT=Foo", "DEFAULT_OUTPORT=x.y", "# c", "# @name a b", "# @k a,b"]
    ),
)
_end = st.sampled_from(["\n", "\n", "\n", "\r\n", ",", ", ", " # c\n", "", " ", "\n\n", "\u2028"])
sound = st.lists(st.builds("{}{}{}".format, _gap, _line, _end), max_size=6).map("".join)
"""Texts that are mostly right."""
scraps = st.lists(st.sampled_from(_pieces), max_size=14).map("".join)
"""Texts that are mostly wrong."""


@st.composite
def damaged(draw: st.DrawFn, texts: st.SearchStrategy[str] = sound) -> str:
    """A text with one place changed: something put in, taken out, or all behind it cut off."""
    text = draw(texts)
    at = draw(st.integers(0, len(text)))
    taken = draw(st.integers(0, 2))
    put = draw(st.sampled_from(["", *_pieces]) | st.text(max_size=1))
    return text[:at] if draw(st.integers(0, 9)) == 0 else text[:at] + put + text[at + taken :]


texts = sound | damaged() | scraps
"""All of them."""
