"""`msgflo-lab spec`, tried as a user would."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.cli.program import run

SPEC = Path(__file__).parents[1] / "fbpspec"
GOOD = """\
topic: core/Repeat
cases:
- {name: a number, assertion: is repeated, inputs: {in: 1}, expect: {out: {equals: 1}}}
- {name: later, assertion: is repeated, skip: no time, inputs: {in: 1}, expect: {out: {equals: 1}}}
"""
BAD = """\
name: Wrong
topic: Shouts
cases:
- name: a word
  assertion: is in capitals
  inputs: {in: hei}
  expect: {out: {equals: Hei}}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "spec").mkdir()
    (tmp_path / "spec" / "good.yaml").write_text(GOOD)
    (tmp_path / "spec" / "bad.yaml").write_text(BAD)
    (tmp_path / "components").mkdir()
    (tmp_path / "components" / "Shouts.py").write_text(
        "def shouts(in_):\n    print('shouting', in_)\n    return in_.upper()\n"
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_what_passes(project: Path) -> None:
    said = run("spec", "spec/good.yaml")
    assert said.stdout == (
        "core/Repeat\n"
        "  a number\n"
        "    is repeated: ✓\n"
        "  later\n"
        "    is repeated: SKIP: no time\n"
        "\n"
        "1 passed, 1 skipped\n"
    )
    assert (said.returncode, said.stderr) == (0, "")


def test_what_fails_and_why(project: Path) -> None:
    said = run("spec", "spec")
    assert said.stdout == (
        "Wrong\n"
        "  a word\n"
        '    is in capitals: ✗ Error: expected "HEI" to equal "Hei"\n'
        "      at spec/bad.yaml:4\n"
        '      sent: in: "hei"\n'
        '      received: out: "HEI"\n'
        "      printed: testee: shouting hei\n"
        "core/Repeat\n"
        "  a number\n"
        "    is repeated: ✓\n"
        "  later\n"
        "    is repeated: SKIP: no time\n"
        "\n"
        "1 passed, 1 failed, 1 skipped\n"
    )
    assert (said.returncode, said.stderr) == (2, "")


def test_json_for_programs(project: Path) -> None:
    said = run("spec", "--json", "spec")
    bad, good, later = json.loads(said.stdout)
    assert said.returncode == 2
    assert (bad["suite"], bad["verdict"], bad["received"]) == ("Wrong", "failed", [{"out": "HEI"}])
    assert (bad["file"], bad["line"]) == ("spec/bad.yaml", 4)
    assert (good["verdict"], later["verdict"], later["why"]) == ("passed", "skipped", "no time")


def test_what_was_printed_is_shown_where_it_helps(project: Path) -> None:
    (project / "components" / "Shouts.py").write_text(
        "def shouts(in_):\n    print('shouting', in_)\n    raise ValueError('hoarse')\n"
    )
    said = run("spec", "spec")
    assert "is in capitals: ✗ Error: ValueError: hoarse\n" in said.stdout
    assert "printed: testee: shouting hei\n" in said.stdout


def test_traces(project: Path) -> None:
    said = run("spec", "--trace", "spec")
    traces = sorted(os.listdir(".flowtrace"))
    assert len(traces) == 2
    for each in traces:
        assert f"- .flowtrace/{each}\n" in said.stdout
        trace = json.loads(Path(".flowtrace", each).read_text())
        assert [event["command"] for event in trace["events"]][:1] == ["packet"]
        assert set(trace["header"]) == {"metadata", "graphs", "main"}


def test_what_is_probably_not_meant(project: Path) -> None:
    (project / "spec" / "good.yaml").write_text(GOOD.replace("equals: 1", "equals: 1, above: 0"))
    said = run("spec", "spec/good.yaml")
    assert said.returncode == 0
    assert said.stderr.startswith("msgflo-lab: spec/good.yaml:3: of `out`, only `equals` is")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["none.yaml"], "none.yaml: cannot be read"),
        (["components"], "components: the folder has no file"),
        (["spec", "--address", "ws://127.0.0.1:1", "--start-timeout", "0.2"], "127.0.0.1:1"),
        (["spec", "--address", "ws://127.0.0.1:1", "--broker", "mqtt://localhost"], "`--broker`"),
        (["spec", "--componentdir", "nowhere"], "nowhere"),
        (["spec", "--broker", "mqtt://127.0.0.1:1"], "127.0.0.1:1"),
    ],
)
def test_what_cannot_be_is_one_line(project: Path, arguments: list[str], text: str) -> None:
    said = run("spec", *arguments)
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr.startswith("msgflo-lab: ")
    assert text in said.stderr
    assert said.stderr.count("\n") == 1


def test_help() -> None:
    said = run("spec", "--help")
    assert "msgflo-lab spec spec/ --componentdir components" in said.stdout
    assert run("spec").returncode == 2
