"""A graph put in as a whole: only the difference is carried out. Files, capitals, notices."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from msgflo_lab import Lab
from msgflo_lab.binding import Binding
from msgflo_lab.errors import InvalidFbp, InvalidGraph, InvalidName, MsgFloLabError
from msgflo_lab.graph import EdgeAdded, EdgeRemoved, Graph, InitialSet, NodeRemoved, graph_of
from msgflo_lab.names import PortName, Role
from msgflo_lab.network import EdgeState
from msgflo_lab.runtime.session import Session
from tests.runtime.helpers import Foreign, Sink, definition, edge, eventually, on_loop, role, state

TEXT = "source OUT -> IN sink\n'hello' -> IN sink\n"


def source(number: int) -> int:
    return number


def watched(lab: Lab) -> tuple[list[Binding], list[Binding]]:
    """What the broker is asked to bind and to unbind from now on."""
    bound: list[Binding] = []
    unbound: list[Binding] = []

    def wrap(act: Callable[[Binding], Any], log: list[Binding]) -> Callable[[Binding], Any]:
        async def noted(binding: Binding) -> None:
            log.append(binding)
            await act(binding)

        return noted

    def begin(session: Session) -> None:
        binder: Any = session.binder
        binder.bind = wrap(binder.bind, bound)
        binder.unbind = wrap(binder.unbind, unbound)

    on_loop(lab, begin)
    return bound, unbound


def test_only_the_difference_is_carried_out(lab: Lab) -> None:
    sink, other = Sink(lab), Sink(lab, "other")
    lab.add(source)
    lab.fbp(TEXT)
    assert sink.wait(1) == ["hello"]
    bound, unbound = watched(lab)
    assert lab.fbp(TEXT).changes == ()
    assert lab.fbp(f"# a comment\n{TEXT}").changes == ()
    assert (bound, unbound) == ([], [])
    changes = lab.fbp(f"{TEXT}source OUT -> IN other\n").changes
    assert [type(change).__name__ for change in changes] == ["NodeAdded", "EdgeAdded"]
    assert [(each.source, each.target) for each in bound] == [("source.OUT", "other.IN")]
    lab.send("source.number", 1)
    assert other.wait(1) == [1]
    # The initial packet has come once, and what has stayed has lost nothing.
    assert sink.wait(2) == ["hello", 1]
    (change,) = lab.fbp(TEXT.replace("hello", "hallo") + "source OUT -> IN other\n").changes
    assert isinstance(change, InitialSet)
    assert sink.wait(3) == ["hello", 1, "hallo"]
    assert unbound == []


def test_who_is_not_in_the_text_leaves_the_network_and_goes_on_living(lab: Lab) -> None:
    sink = Sink(lab)
    lab.add(source)
    lab.fbp("source OUT -> IN copy(core/Repeat) OUT -> IN sink\n")
    lab.send("source.number", 1)
    assert sink.wait(1) == [1]
    changes = lab.fbp("sink(Sink)\n").changes
    gone = {each.node.role for each in changes if isinstance(each, NodeRemoved)}
    assert gone == {"source", "copy"}
    assert list(lab.graph.nodes) == ["sink"]
    # People have put in the one, and the graph the other.
    assert [each.role for each in lab.network().roles] == ["sink", "source"]
    lab.send("source.number", 2)
    assert lab.inspect("source.out", 2, wait=10)[-1].value == 2
    assert sink.wait(1) == [1]


def test_a_mistake_changes_nothing(lab: Lab) -> None:
    lab.fbp(TEXT)
    before = lab.graph
    with pytest.raises(InvalidFbp) as caught:
        lab.fbp("a(A) OUT -> IN b(B)\nc(C OUT -> IN d\n", file="net.fbp")
    assert (caught.value.file, caught.value.line) == ("net.fbp", 2)
    with pytest.raises(InvalidGraph):
        lab.fbp('a(A)\n# @lab {"connection": {"tgt": {"process": "a"}}}\n')
    assert lab.graph is before


def test_places_in_the_picture_are_kept(lab: Lab) -> None:
    lab.fbp("a(A) OUT -> IN b(B)\n")
    lab.move({"a": (10, 20)})
    assert lab.fbp("a(A) OUT -> IN b(B)\n").changes == ()
    lab.fbp("a(X) OUT -> IN b(B)\n")
    assert role(lab, "a").position == (10, 20)
    lab.fbp("a(X:x=1,y=2) OUT -> IN b(B)\n")
    assert role(lab, "a").position == (1, 2)


def test_a_stopped_lab_takes_it_along() -> None:
    with Lab() as lab:
        lab.add(source)
        assert lab.fbp("source OUT -> IN sink\n").notices != ()
        assert [each.where for each in lab.diagnose()] == ["source.number"]
        sink = Sink(lab)
        lab.start()
        lab.send("source.number", 5)
        assert sink.wait(1) == [5]


# -- capitals ----------------------------------------------------------------------------------


def test_a_port_in_other_capitals_is_the_one_that_is_there(lab: Lab) -> None:
    got: list[Any] = []

    def motor(motorSpeed: int) -> None:  # noqa: N803
        got.append(motorSpeed)

    lab.add(motor)
    lab.add(source)
    text = "source OUT -> MOTORSPEED motor\n3 -> MOTORSPEED motor\n"
    lab.fbp(text)
    eventually(lambda: got == [3])
    assert state(lab, "source.out", "motor.motorSpeed") is EdgeState.BOUND
    assert lab.fbp(text).changes == ()
    lab.remove("motor")  # what is known of the port is kept with the edge
    assert lab.fbp(text).changes == ()


def test_and_so_it_is_for_those_who_come_later(lab: Lab) -> None:
    lab.add(source)
    text = "source OUT -> MOTORSPEED motor\n3 -> MOTORSPEED motor\n"
    lab.fbp(text)
    assert state(lab, "source.out", "motor.motorspeed") is EdgeState.PENDING
    motor = Foreign(lab, definition("motor", {"motorSpeed": "speed"}))
    eventually(lambda: state(lab, "source.out", "motor.motorSpeed") is EdgeState.BOUND)
    assert edge(lab, "source.out", "motor.motorspeed") is None
    lab.send("source.number", 4)
    eventually(lambda: motor.got == [b"3", b"4"], "the initial packet and the message")
    assert lab.fbp(text).changes == ()


def test_capitals_that_are_meant_stay(lab: Lab) -> None:
    lab.add(source)
    lab.fbp("source out -> Speed motor\n", case_sensitive=True)
    Foreign(lab, definition("motor", {"speed": "q1", "SPEED": "q2"}))
    assert state(lab, "source.out", "motor.Speed") is EdgeState.PENDING


# -- somebody else's ---------------------------------------------------------------------------


def test_a_role_that_somebody_else_plays_is_not_run_a_second_time(lab: Lab) -> None:
    """Their component may well be called as one of ours is."""
    other = Foreign(lab, definition("copy", {"in": "their-in"}, {"out": "their-out"}))
    lab.add(source)
    lab.fbp("source OUT -> IN copy(Repeat)\n")
    lab.send("source.number", 1)
    eventually(lambda: other.got == [b"1"])
    assert role(lab, "copy").workers == 1
    assert not role(lab, "copy").local


# -- notices -----------------------------------------------------------------------------------


def test_what_is_allowed_and_probably_not_meant(lab: Lab) -> None:
    lab.add(source)
    text = "source OUT -> IN sink\n1 -> IN sink\n2 -> IN sink\n"
    applied = lab.fbp(text, file="net.fbp")
    assert [str(each) for each in applied.notices] == [
        "net.fbp:1:18: nobody plays `sink` yet, and no component is given for it (as in "
        "`sink(Component)`)",
        "net.fbp:3:1: `sink.in` has an initial packet already: an inport has one, and this one "
        "counts",
    ]
    Sink(lab)
    assert len(lab.fbp(text).notices) == 1


# -- files -------------------------------------------------------------------------------------


def rich(lab: Lab) -> Graph:
    """A graph with all that there is."""
    lab.fbp(
        "# @name all\nINPORT=a.IN:BEGIN\na(A:x=1,y=2) OUT[1] -> IN[2] b(n/B)\n"
        '{"deep": [1, 2.5, null, "ž"]} -> SETTINGS a\n\'text\' -> OTHER b\n'
        '# @lab {"group": {"name": "g", "nodes": ["a", "b"]}}\n'
    )
    lab.connect("strange name.Out put", "b.in")
    lab.send("b.zero", 0, initial=True)
    return lab.graph


@pytest.mark.parametrize("name", ["net.fbp", "net.json", "NET.JSON"])
def test_a_file_loses_nothing(lab: Lab, tmp_path: Path, name: str) -> None:
    before = rich(lab)
    path = lab.export(tmp_path / name)
    first = path.read_bytes()
    assert lab.import_(path).changes == ()
    lab.fbp("")
    assert lab.import_(path).changes
    assert lab.graph == before
    assert lab.export(path).read_bytes() == first
    assert b"msgflo" in first  # tools ask the graph which runtime it is for
    beside = ["net.layout.json"] if name == "net.fbp" else []
    assert sorted(os.listdir(tmp_path)) == [name, *beside]


def test_what_is_there_is_replaced_as_a_whole(lab: Lab, tmp_path: Path) -> None:
    target, link = tmp_path / "net.json", tmp_path / "link.json"
    target.write_text("x" * 10_000)
    target.chmod(0o640)
    link.symlink_to(target)
    lab.fbp("a(A)\n")
    lab.export(link)
    assert link.is_symlink()
    assert target.stat().st_mode & 0o777 == 0o640
    written = target.read_bytes()
    lab.send("a.raw", b"\xff", initial=True)
    with pytest.raises(InvalidGraph, match=r"the initial packet of `a\.raw` is bytes \(1 of them"):
        lab.export(target)
    assert target.read_bytes() == written
    assert sorted(os.listdir(tmp_path)) == ["link.json", "net.json"]


def test_an_environment_of_ones_own_is_kept(lab: Lab, tmp_path: Path) -> None:
    data = {"properties": {"environment": {"type": "noflo-nodejs", "x": 1}}, "processes": {}}
    (tmp_path / "in.json").write_text(json.dumps(data))
    lab.import_(tmp_path / "in.json")
    out = json.loads(lab.export(tmp_path / "out.json").read_text())
    assert out["properties"] == data["properties"]


def test_whether_it_says_for_what_it_is_makes_no_other_text(lab: Lab, tmp_path: Path) -> None:
    said = {"environment": {"type": "msgflo"}, "name": "N"}
    lab.set_graph(graph_of({"properties": said}))
    first = lab.export(tmp_path / "first.json").read_text()
    lab.import_(tmp_path / "first.json")
    assert lab.export(tmp_path / "second.json").read_text() == first


def test_what_msgflo_saves_is_read(lab: Lab, tmp_path: Path) -> None:
    saved = {
        "properties": {"name": "main", "environment": {"type": "msgflo"}},
        "inports": [],
        "outports": [],
        "processes": {"a": {"component": "A", "metadata": {}}},
        "connections": [{"data": 5, "tgt": {"process": "a", "port": "in"}, "metadata": {}}],
    }
    (tmp_path / "net.json").write_text(json.dumps(saved))
    lab.import_(tmp_path / "net.json")
    assert lab.graph.initials[Role("a"), PortName("in")].value == 5
    assert lab.graph.nodes[Role("a")].component == "A"


@pytest.mark.parametrize(
    ("name", "content", "error", "why"),
    [
        ("net.txt", "", InvalidName, "ends in .fbp or .json"),
        ("none.fbp", None, MsgFloLabError, "cannot be read: No such file"),
        ("net.json", "{", InvalidGraph, "is not JSON"),
        ("net.json", "[]", InvalidGraph, "should be an object"),
        ("net.json", '{"connections": [1]}', InvalidGraph, "not a JSON graph"),
        (
            "net.json",
            '{"connections": [{"data": NaN, "tgt": {"process": "a", "port": "in"}}]}',
            InvalidGraph,
            r"connections\[0\]\.data is nan, which JSON cannot hold",
        ),
        (
            "net.json",
            '{"connections": [{"data": [1e400], "tgt": {"process": "a", "port": "in"}}]}',
            InvalidGraph,
            r"connections\[0\]\.data\[0\] is inf, which JSON cannot hold",
        ),
        (
            "net.json",
            '{"processes": {"a": {"metadata": {"deep": %s}}}}' % ("[" * 600 + "]" * 600),
            InvalidGraph,
            r"processes\['a'\] is nested deeper than 500",
        ),
        ("net.json", '{"processes": {"": {}}}', InvalidGraph, r"processes\[''\] is empty"),
        ("net.fbp", "a(A) OUT ->", InvalidFbp, "net.fbp:1"),
        ("net.fbp", b"\xff\xfe", MsgFloLabError, "cannot be read"),
    ],
)
def test_files_that_are_no_graph(
    lab: Lab, tmp_path: Path, name: str, content: Any, error: type[Exception], why: str
) -> None:
    if content is not None:
        data = content if isinstance(content, bytes) else content.encode()
        (tmp_path / name).write_bytes(data)
    with pytest.raises(error, match=why):
        lab.import_(tmp_path / name)
    with pytest.raises(MsgFloLabError):
        lab.export(tmp_path / "no folder" / "net.fbp")
    assert lab.graph == Graph()


def test_what_a_file_says_and_is_not_kept_is_told(lab: Lab, tmp_path: Path) -> None:
    packets = [{"data": n, "tgt": {"process": "a", "port": "in", "index": n}} for n in (0, 1)]
    process = {"component": "core/Repeat", "extra": 1}
    data = {"processes": {"a": process}, "connections": packets}
    (tmp_path / "net.json").write_text(json.dumps(data))
    assert [str(each) for each in lab.import_(tmp_path / "net.json").notices] == [
        "net.json: processes['a']: the key 'extra' is unknown here, and is not kept",
        "net.json: connections[1]: `a.in` has an initial packet already: an inport has one, and "
        "this one counts",
    ]
    (tmp_path / "net.fbp").write_text("a(A) OUT -> IN b(B)\na OUT -> IN b\n")
    (told,) = lab.import_(tmp_path / "net.fbp").notices
    assert str(told).startswith("net.fbp:2:1: `a.out -> b.in` is there already")


@pytest.mark.parametrize("name", ["net.fbp", "net.json"])
def test_what_is_as_deep_as_can_be_comes_back(lab: Lab, tmp_path: Path, name: str) -> None:
    deepest = "[" * 500 + "]" * 500
    lab.fbp(f"{deepest} -> IN a(A)\n")
    before = lab.graph
    assert lab.import_(lab.export(tmp_path / name)).changes == ()
    assert lab.graph == before


def test_changes_are_told_to_those_who_follow(lab: Lab) -> None:
    """A protocol's clients hear of them one by one."""
    heard: list[Any] = []

    def begin(session: Session) -> None:
        session.workspace.edited.connect(lambda _name, _graph, changes: heard.extend(changes))

    on_loop(lab, begin)
    applied = lab.fbp("a(A) OUT -> IN b(B)\n")
    lab.fbp("a(A) OUT -> IN c(C)\n")
    assert heard[: len(applied.changes)] == list(applied.changes)
    kinds = [type(each) for each in heard[len(applied.changes) :]]
    assert kinds.index(EdgeRemoved) < kinds.index(EdgeAdded)
