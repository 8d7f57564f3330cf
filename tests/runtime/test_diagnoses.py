"""What is probably not meant so in a network that lives."""

from __future__ import annotations

import msgspec

from msgflo_lab import Lab
from msgflo_lab.diagnosis import Kind
from msgflo_lab.names import PortName
from tests.runtime.helpers import Foreign, Sink, definition, eventually, role


def source(number: int) -> int:
    return number


def test_diagnoses_of_a_living_network(lab: Lab) -> None:
    def add(x: int, y: int) -> int:
        return x + y

    def show(text: str) -> None: ...

    lab.add(add)
    lab.add(show)
    lab.participant("thermo", outports={"out": "number"}, every=60)(lambda: 20.5)
    lab.fbp(
        "thermo OUT -> X add\nthermo OUT -> TEXT show\n5 -> TEXT show\nadd OUT -> IN x(Nobody)\n"
    )
    told = {(each.kind, each.where) for each in lab.diagnose()}
    assert told == {
        (Kind.COMPONENT, "x"),
        (Kind.TYPES, "thermo.out -> show.text"),
        (Kind.INPORT, "add.y"),
        (Kind.PACKET, "show.text"),
    }
    lab.fbp("thermo OUT -> X add\n1 -> Y add\n")
    assert lab.diagnose() == []


def test_what_runs_in_the_lab_is_asked_what_it_needs(lab: Lab) -> None:
    lab.fbp("copy(core/Repeat) OUT -> IN drop(core/Drop)\n")
    assert [(each.kind, each.where) for each in lab.diagnose()] == [(Kind.INPORT, "copy.in")]
    lab.fbp("1 -> IN copy(core/Repeat) OUT -> IN drop(core/Drop)\n")
    assert lab.diagnose() == []


def test_mistyped_ports_are_told(lab: Lab) -> None:
    lab.add(source)
    sink = Sink(lab)
    told = lab.fbp(
        "source OUTT -> IN sink\nsource OUT -> EXPRESSION f(core/Function)\n'x' -> INN f\n"
    )
    assert told.notices == ()
    found = {each.where: each.text for each in lab.diagnose() if each.kind is Kind.PORT}
    assert found["source.outt -> sink.in"] == (
        "`source` has no outport `outt` (did you mean `out`?)"
    )
    assert "`f` has no inport `inn` (did you mean `in`?)" in found["f.inn"]
    setting = found["source.out -> f.expression"]
    assert setting.startswith("`f.expression` is a setting and takes no messages")
    lab.fbp("source OUT -> IN sink\n")
    assert not [each for each in lab.diagnose() if each.kind is Kind.PORT]
    assert sink.got == []


def test_a_hidden_port_that_somebody_names_is_known(lab: Lab) -> None:
    quiet = definition("quiet", {"in": "q-in"})
    hidden = msgspec.structs.replace(
        quiet.inports[0], id=PortName("secret"), queue="q", hidden=True
    )
    Foreign(lab, msgspec.structs.replace(quiet, inports=(*quiet.inports, hidden)))
    eventually(lambda: [port.id for port in role(lab, "quiet").inports] == ["in"])
    lab.fbp("1 -> SECRET quiet\n")
    assert [port.id for port in role(lab, "quiet").inports] == ["in", "secret"]
    assert lab.diagnose() == []
