"""What hypothesis draws from: names, definitions, edges and JSON as strange as they may come."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from msgflo_lab.definition import ParticipantDefinition, Port
from msgflo_lab.graph import Edge
from msgflo_lab.names import ComponentName, ParticipantId, PortName, QueueName, Role

STRANGE = [
    "two words",
    "a/b",
    "2floor",
    'quo"te',
    "it's",
    "line\nbreak",
    "tab\t",
    "🌡️",
    "<script>alert(1)</script>",
    "&amp;",
    "nul\0",
    "\x1b[31m",
    "\u202eright to left",
    "$SYS/broker",
    "a+b#",
    "100%",
    "naïve",
    "温度",
    " ",
    ".",
]
"""Names that somebody will use one day."""

names = st.one_of(
    st.sampled_from(STRANGE),
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=8),
    st.text("ab.%", min_size=1, max_size=4),
)
few_roles = st.sampled_from([Role(each) for each in "abc"])
few_ports = st.sampled_from([PortName(each) for each in "xy"])
edges = st.builds(Edge, few_roles, few_ports, few_roles, few_ports)

json_values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8"), max_size=10),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)

ports = st.builds(
    Port,
    id=names.map(PortName),
    queue=st.none() | names.map(QueueName),
    type=names,
    description=st.text(st.characters(codec="utf-8"), max_size=10),
    options=st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=4), json_values),
)


def _different(entries: list[Port]) -> tuple[Port, ...]:
    return tuple({port.id: port for port in entries}.values())


port_lists = st.lists(ports, max_size=4).map(_different)
definitions = st.builds(
    ParticipantDefinition,
    id=names.map(ParticipantId),
    role=names.map(Role),
    component=names.map(ComponentName),
    inports=port_lists,
    outports=port_lists,
    label=st.text(st.characters(codec="utf-8"), max_size=10),
    icon=st.text(st.characters(codec="utf-8"), max_size=10).filter(
        lambda icon: not icon.startswith("fa-")
    ),
)
