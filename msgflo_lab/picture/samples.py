"""Networks to look at: for the documentation, for tests, and for measuring.

Pure layer. They show every state there is, and every kind of edge.
"""

from __future__ import annotations

from ..names import PortName, Role
from ..network import EdgeState, EdgeView, NetworkView, PortView, RoleState, RoleView


def ports(*names: str) -> tuple[PortView, ...]:
    """Ports by name; `name=literal` gives an inport its initial packet."""
    found = []
    for name in names:
        port, has_literal, literal = name.partition("=")
        found.append(PortView(PortName(port), literal=literal if has_literal else None))
    return tuple(found)


def role(
    name: str,
    component: str = "",
    icon: str = "",
    *,
    ins: str = "",
    outs: str = "",
    state: RoleState = RoleState.RUNNING,
    note: str = "",
    errors: int = 0,
    workers: int = 1,
) -> RoleView:
    """A role, its ports being words separated by blanks."""
    return RoleView(
        Role(name),
        component,
        icon=icon,
        state=state,
        note=note,
        errors=errors,
        workers=workers,
        inports=ports(*ins.split()),
        outports=ports(*outs.split()),
    )


def edge(text: str, state: EdgeState = EdgeState.BOUND, *, dead: bool = False) -> EdgeView:
    """An edge, written `source.outport > target.inport`."""
    left, _, right = text.partition(" > ")
    source, _, outport = left.partition(".")
    target, _, inport = right.partition(".")
    return EdgeView(Role(source), PortName(outport), Role(target), PortName(inport), state, dead)


def thermometer() -> NetworkView:
    """Six roles in all states."""
    return NetworkView(
        "thermometer",
        (
            role("thermo", "TemperatureSensor", "thermometer", ins="interval", outs="celsius raw"),
            role(
                "outside", "TemperatureSensor", "thermometer-half",
                ins="interval", outs="celsius raw",
                state=RoleState.STALE, note="silent for 42 s",
            ),
            RoleView(
                Role("format"), "FormatText", icon="font",
                inports=(PortView(PortName("celsius")),
                         PortView(PortName("template"), literal='"Inside %s"')),
                outports=ports("text"),
            ),
            role(
                "control", "Thermostat", "code-fork", ins="inside outside target=21.5", outs="heat",
                state=RoleState.ERROR, note="KeyError: unit", errors=3,
            ),
            role("display", "OledDisplay", "desktop", ins="text contrast", outs="shown"),
            role("heater", "", "fire", ins="heat", state=RoleState.ABSENT, workers=0),
        ),
        (
            edge("thermo.celsius > format.celsius"),
            edge("thermo.celsius > control.inside"),
            edge("outside.celsius > control.outside"),
            edge("format.text > display.text"),
            edge("control.heat > heater.heat", EdgeState.PENDING),
        ),
    )  # fmt: skip


def thumbnails() -> NetworkView:
    """A role with three workers."""
    return NetworkView(
        "thumbnails",
        (
            role("http", "HttpFront", "globe", ins="response", outs="request"),
            role("thumbnail", "ResizeImage", "cogs", ins="job size=256", outs="result error",
                 workers=3),
            role("results", "StoreResult", "database", ins="result", outs="stored"),
            role("failures", "Inspect", "inbox", ins="message"),
        ),
        (
            edge("http.request > thumbnail.job"),
            edge("thumbnail.result > results.result"),
            edge("thumbnail.error > failures.message"),
            edge("results.stored > http.response"),
        ),
    )  # fmt: skip


def turns() -> NetworkView:
    """A round robin, and where it leads what its workers have rejected."""
    return NetworkView(
        "turns",
        (
            role("front", "HttpFront", "globe", ins="response", outs="request"),
            role("jobs", "msgflo/RoundRobin", "code-fork", ins="in", outs="out deadletter",
                 workers=0),
            role("worker", "ResizeImage", "cogs", ins="job size=256", outs="result", workers=3),
            role("failed", "Inspect", "inbox", ins="message"),
        ),
        (
            edge("front.request > jobs.in"),
            edge("jobs.out > worker.job"),
            edge("jobs.deadletter > failed.message", dead=True),
        ),
    )  # fmt: skip


_HOUSE = {
    "sensors": "attic cellar rain wind motion co2 door climate presence meter",
    "ingest": "gateway decode validate dedupe clock-sync tag-room units buffer split audit",
    "storage": "timeseries archive snapshots index backup retention export catalog cache replay",
    "analytics": "average anomaly forecast occupancy comfort energy trend baseline compare score",
    "control": "rules heating blinds lights fan alarm schedule override limits arbiter",
    "people": "dashboard mail push speech report wall-panel chat feedback login help",
}
_HOUSE_ICONS = ("microchip", "filter", "database", "line-chart", "code-fork", "users")


def house() -> NetworkView:
    """Sixty roles and about a hundred edges."""
    names = [words.split() for words in _HOUSE.values()]
    roles = [
        role(name, "Component", _HOUSE_ICONS[i], ins="in more", outs="out")
        for i, group in enumerate(names)
        for name in group
    ]
    edges: dict[str, None] = {}
    for g, group in enumerate(names):
        first, middle, last = group[:3], group[3:7], group[7:]
        for i, source in enumerate(first):
            edges[f"{source}.out > {middle[i]}.in"] = None
            edges[f"{source}.out > {middle[(i * 2 + g) % 4]}.more"] = None
        for i, source in enumerate(middle):
            edges[f"{source}.out > {last[i % 3]}.in"] = None
            edges[f"{source}.out > {last[(i * 2 + 1 + g) % 3]}.more"] = None
        if g < 5:
            for i, source in enumerate(last):
                edges[f"{source}.out > {names[g + 1][(i + g) % 3]}.in"] = None
    states = {
        "rain": (RoleState.STALE, "silent for 3 min", 0),
        "forecast": (RoleState.ERROR, "ValueError: no data", 2),
        "alarm": (RoleState.ERROR, "siren does not answer", 1),
        "speech": (RoleState.ABSENT, "", 0),
    }
    for i, each in enumerate(roles):
        if each.role in states:
            state, note, errors = states[each.role]
            roles[i] = role(each.role, "Component", each.icon, ins="in more", outs="out",
                            state=state, note=note, errors=errors)  # fmt: skip
        elif each.role == "validate":
            roles[i] = role(each.role, "Component", each.icon, ins="in more", outs="out", workers=4)
    return NetworkView("house", tuple(roles), tuple(edge(text) for text in edges))


def loops() -> NetworkView:
    """Feedback over one and over several roles, a role that talks to itself, a long edge."""
    return NetworkView(
        "loops",
        (
            role("source", "Ticker", "clock-o", outs="tick"),
            role("regulator", "Pid", "sliders", ins="set actual", outs="drive"),
            role("motor", "Motor", "cog", ins="drive", outs="speed"),
            role("encoder", "Encoder", "tachometer", ins="raw", outs="ticks errors"),
            role("counter", "Counter", "calculator", ins="step own", outs="count"),
            role("log", "Log", "file-text-o", ins="a b c"),
            role("note", "Nothing", "sticky-note-o"),
        ),
        (
            edge("source.tick > regulator.set"),
            edge("regulator.drive > motor.drive"),
            edge("motor.speed > encoder.raw"),
            edge("encoder.ticks > regulator.actual"),
            edge("encoder.ticks > counter.step"),
            edge("counter.count > counter.own"),
            edge("counter.count > log.a"),
            edge("source.tick > log.b"),
            edge("encoder.errors > log.c"),
        ),
    )


def many(count: int = 1000, edges: int = 1600, reach: int = 60) -> NetworkView:
    """A large network without cycles; the same numbers give the same network.

    Args:
        count: Roles.
        edges: Edges; a few less where the pseudo-random choice repeats itself.
        reach: How far apart, in order of appearance, the ends of an edge are at most.
    """
    state = 12345
    roles = tuple(
        role(f"role-{i}", "Component", "cube", ins="in more", outs="out extra")
        for i in range(count)
    )
    found: dict[str, None] = {}
    for _ in range(edges):
        numbers = []
        for _ in range(3):
            state = (state * 1103515245 + 12345) % 2**31
            numbers.append(state >> 8)
        source = numbers[0] % (count - 1)
        target = source + 1 + numbers[1] % min(reach, count - 1 - source)
        out, into = ("out", "extra")[numbers[2] % 2], ("in", "more")[numbers[2] // 2 % 2]
        found[f"role-{source}.{out} > role-{target}.{into}"] = None
    return NetworkView(f"{count} roles", roles, tuple(edge(text) for text in found))
