"""`%%fbp`, and the commands about a graph as a whole, as a person types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.error import UsageError

from .conftest import Shell

DISPLAY = "%%participant display\ndef display(text: str):\n    return text"
THERMO = "%%participant thermo --every 0.05\ndef thermo():\n    return 22.5"
NETWORK = "%%fbp\n# my network\nthermo OUT -> TEXT display\n'hello' -> TEXT display\n"


@pytest.fixture
def lab_shell(shell: Shell) -> Shell:
    shell.run("%msgflo start")
    shell.run(THERMO)
    shell.run(DISPLAY)
    return shell


def refused(shell: Shell, cell: str) -> str:
    with pytest.raises(UsageError) as caught:
        shell.run(cell)
    return str(caught.value)


def test_the_text_is_the_network(lab_shell: Shell) -> None:
    assert lab_shell.run(NETWORK) == (
        "added 2 nodes (thermo, display), 1 edge (thermo.out -> display.text) and "
        "1 initial packet (display.text)"
    )
    assert lab_shell.run("%msgflo inspect display.text -n 2 --new --plain") == "22.5\n22.5"
    assert lab_shell.run(NETWORK) == "nothing has changed: 2 nodes, 1 edge, 1 initial packet"
    shorter = NETWORK.replace("'hello' -> TEXT display\n", "")
    assert lab_shell.run(shorter) == "removed 1 initial packet (display.text)"
    # What people have put in stays alive, though the network has nothing to do with it any more.
    assert lab_shell.run("%%fbp\n# nothing\n") == (
        "removed 1 edge (thermo.out -> display.text) and 2 nodes (thermo, display)"
    )
    assert lab_shell.run("%msgflo status") == "lab: on direct://, 2 participants, 0 edges"


def test_a_cell_needs_no_line_break_at_its_end(lab_shell: Shell) -> None:
    assert lab_shell.run("%%fbp\nthermo OUT -> TEXT display").startswith("added 2 nodes")
    assert lab_shell.run("%%fbp\nthermo OUT -> TEXT display  \n").startswith("nothing")


def test_a_mistake_is_shown_at_its_place_and_changes_nothing(lab_shell: Shell) -> None:
    lab_shell.run(NETWORK)
    before = lab_shell.lab.graph
    said = refused(lab_shell, "%%fbp\nthermo OUT -> TEXT display\nthermo OUT > TEXT display\n")
    first, line, caret = said.splitlines()
    assert first.startswith("cell:3:")  # the magic's own line is the first
    assert line.strip() == "thermo OUT > TEXT display"
    column = int(first.split(":")[2])
    assert caret.index("^") - (len(line) - len(line.lstrip())) == column - 1
    assert lab_shell.lab.graph is before


def test_what_is_suspicious_is_said_with_its_place(lab_shell: Shell) -> None:
    said = lab_shell.run("%%fbp\nthermo OUT -> TEXT display\nthermo OUT -> IN dispay\n")
    assert said.splitlines()[1] == (
        "line 3, column 18: nobody plays `dispay` yet, and no component is given for it "
        "(did you mean `display`?)"
    )
    twice = lab_shell.run("%%fbp\n'a' -> TEXT display\n'b' -> TEXT display\n")
    assert "line 3, column 1: `display.text` has an initial packet already" in twice
    assert lab_shell.run("%msgflo inspect display.text --plain") == "b"


def test_components_run_by_themselves(lab_shell: Shell) -> None:
    text = "%%fbp\nthermo OUT -> IN copy(core/Repeat) OUT -> TEXT display\n"
    assert lab_shell.run(text).startswith("added 3 nodes")
    assert lab_shell.run("%msgflo inspect display.text -n 2 --new --plain") == "22.5\n22.5"
    lab_shell.run("%%fbp\nthermo OUT -> TEXT display\n")
    assert "copy" not in lab_shell.run("%msgflo participants")


def test_before_the_start_the_network_is_kept(shell: Shell) -> None:
    said = shell.run("%%fbp\na(A) OUT -> IN b(B)\n")
    assert said.splitlines()[-1] == "it is carried out after `%msgflo start`"
    assert shell.run("%msgflo diagnose").splitlines() == [
        "nothing to complain about",
        "the lab is stopped: who is there can be told after `%msgflo start`",
    ]


def test_help_and_options(lab_shell: Shell) -> None:
    assert "The network becomes" in lab_shell.run("%%fbp --help\n#\n")
    assert "--nonsense" in refused(lab_shell, "%%fbp --nonsense\n#\n")
    lab_shell.run("%%fbp --case-sensitive\nnobody OUT -> TEXT display\n")
    assert "nobody.OUT .. display.text" in lab_shell.run("%msgflo graph --text")


@pytest.mark.parametrize("name", ["net.fbp", "net.json"])
def test_out_into_a_file_and_back(
    lab_shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    lab_shell.run(NETWORK)
    said = f"{name}: 2 nodes, 1 edge, 1 initial packet"
    assert lab_shell.run(f"%msgflo export {name}") == said
    assert lab_shell.run(f"%msgflo import {name}").startswith("nothing has changed")
    lab_shell.run("%%fbp\n# nothing\n")
    assert lab_shell.run(f"%msgflo import {name}").startswith("added 2 nodes")
    assert lab_shell.complete("%msgflo import n") == [name]
    assert "ends in .fbp or .json" in refused(lab_shell, "%msgflo import net.svg")
    assert ".fbp, .json, .svg" in refused(lab_shell, "%msgflo export net.txt")
    assert "cannot be read" in refused(lab_shell, "%msgflo import none.fbp")


def test_a_file_with_a_mistake_changes_nothing(lab_shell: Shell, tmp_path: Path) -> None:
    lab_shell.run(NETWORK)
    before = lab_shell.lab.graph
    (tmp_path / "bad.fbp").write_text("a(A) OUT -> \n")
    assert "bad.fbp:1:" in refused(lab_shell, f"%msgflo import {tmp_path}/bad.fbp")
    (tmp_path / "bad.json").write_text(json.dumps({"connections": [{}]}))
    assert "not a JSON graph" in refused(lab_shell, f"%msgflo import {tmp_path}/bad.json")
    (tmp_path / "worse.json").write_text("{")
    assert "is not JSON" in refused(lab_shell, f"%msgflo import {tmp_path}/worse.json")
    assert lab_shell.lab.graph is before


def test_diagnose_is_a_table(lab_shell: Shell) -> None:
    said = lab_shell.run("%%fbp\nthermo OUT -> IN x(Repat)\n5 -> TEXT display\n")
    assert said.splitlines()[-1] == "2 remarks: see `%msgflo diagnose`"
    head, unknown, packet = lab_shell.run("%msgflo diagnose").splitlines()
    assert head.split() == ["what", "where", "why"]
    assert unknown.startswith("unknown component")
    assert "did you mean `core/Repeat`?" in unknown
    assert packet.startswith("unfit initial packet  display.text  its initial packet 5 is a number")


def test_a_mistyped_port_is_a_remark(lab_shell: Shell) -> None:
    said = lab_shell.run("%%fbp\nthermo OUTT -> TEXT display\n")
    assert said.splitlines()[-1] == "1 remark: see `%msgflo diagnose`"
    told = "`thermo` has no outport `outt` (did you mean `out`?)"
    assert told in lab_shell.run("%msgflo diagnose")
    assert told in lab_shell.show("%msgflo graph").svg()


def test_what_an_import_does_not_keep_is_told(lab_shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "net.json").write_text('{"processes": {"thermo": {"extra": 1}}}')
    said = lab_shell.run(f"%msgflo import {tmp_path}/net.json").splitlines()
    assert said[1] == "processes['thermo']: the key 'extra' is unknown here, and is not kept"


def completed(shell: Shell, cell: str) -> list[str]:
    """What is offered at the end of a cell of the graph language, or where `|` is."""
    text = f"%%fbp\n{cell}"
    at = text.find("|")
    text, at = (text.replace("|", ""), at) if at >= 0 else (text, len(text))
    with provisionalcompleter():
        found = list(shell.ipython.Completer.completions(text, at))
    begun = text[:at]
    assert all(begun[each.start :] == each.text[: at - each.start] for each in found)
    return [each.text for each in found]


def test_completion_of_roles_and_ports(lab_shell: Shell) -> None:
    def complete(cell: str) -> list[str]:
        return completed(lab_shell, cell)

    assert complete("th") == ["thermo"]
    assert complete("") == ["thermo", "display"]
    assert complete("thermo ") == ["OUT", "ERROR"]
    assert complete("thermo o") == ["out"]
    assert complete("thermo OUT ") == ["->"]
    assert complete("'a # text' ") == ["->"]
    assert complete("'an open te") == []
    assert complete("# a comment th") == []
    assert complete("thermo OUT -> T") == ["TEXT"]
    assert complete("thermo OUT -> | display") == ["TEXT"]
    assert complete("thermo OUT -> TEXT ") == ["display"]
    assert complete("thermo OUT -> TEXT display ") == ["OUT", "ERROR"]
    assert complete("thermo OUT -> TEXT display, th") == ["thermo"]
    assert complete("INPORT=disp") == ["display"]
    assert complete("INPORT=display.") == ["TEXT"]


def test_completion_of_components_and_of_what_the_cell_declares(lab_shell: Shell) -> None:
    assert completed(lab_shell, "x(core/Rep") == ["core/Repeat"]
    assert "thermo" in completed(lab_shell, "x(")
    assert completed(lab_shell, "x(Rep") == ["Repeat"]
    assert completed(lab_shell, "x(Nothing") == []
    assert completed(lab_shell, "copy(Split)\ncopy ")[:1] == ["OUT"]
    cell = "copy(core/Repeat)\nthermo OUT -> IN cop"
    assert completed(lab_shell, cell) == ["copy"]
    assert completed(lab_shell, "copy(core/Split)\ncopy ")[:1] == ["OUT"]
    assert completed(lab_shell, "copy(core/Repeat) O") == ["OUT"]


def test_the_picture_is_marked_and_unmarked(lab_shell: Shell) -> None:
    lab_shell.run("%%fbp\nthermo OUT -> TEXT display\n5 -> TEXT display\n")
    picture = lab_shell.show("%msgflo graph")
    assert "its initial packet 5 is a number; the port expects a text" in picture.svg()
    assert picture.svg().count('class="remark"') == 1
    lab_shell.run("%%fbp\nthermo OUT -> TEXT display\n'5' -> TEXT display\n")
    assert "remark" not in picture.svg()
