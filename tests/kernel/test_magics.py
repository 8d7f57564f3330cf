"""The magics as a person types them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from IPython.core.error import UsageError

from msgflo_lab.lab import Lab
from tests.brokers import Mosquitto

from .conftest import Shell

DISPLAY = "%%participant display\ndef display(text):\n    return text"
THERMO = "%%participant thermo --every 0.05\ndef thermo():\n    return 22.5"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    mosquitto = Mosquitto(tmp_path)
    mosquitto.start()
    yield mosquitto
    mosquitto.kill()


@pytest.fixture
def lab_shell(shell: Shell) -> Shell:
    shell.run("%msgflo start")
    shell.run(THERMO)
    shell.run(DISPLAY)
    return shell


def refused(shell: Shell, cell: str) -> str:
    with pytest.raises(UsageError) as caught:
        shell.run(cell)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_from_start_to_stop(lab_shell: Shell) -> None:
    run = lab_shell.run
    assert run("%msgflo connect thermo.out display.text") == "thermo.out -> display.text"
    assert run("%msgflo inspect display.text -n 2 --new --plain") == "22.5\n22.5"
    assert "thermo.out -> display.text" in run("%msgflo graph --text")
    assert run("%msgflo status") == "lab: on direct://, 2 participants, 1 edge"
    assert run("%msgflo errors") == "no errors"
    gone = "no more thermo.out -> display.text"
    assert run("%msgflo disconnect thermo.out display.text") == gone
    assert run("%msgflo stop") == "lab: stopped"
    assert run("%msgflo start") == "lab: on direct://, 2 participants, 0 edges"


def test_what_a_participant_answers(shell: Shell) -> None:
    assert shell.run(DISPLAY) == "display: waits for `%msgflo start`"
    shell.run("%msgflo start")
    assert shell.run(DISPLAY) == "display: text -> out, error"
    assert shell.run(THERMO) == "thermo: (a source) -> out, error"


@pytest.mark.parametrize(
    "ends",
    [
        "thermo.out -> display.text",
        "thermo.out → display.text",
        "thermo.out, display.text",
        "thermo.out , display.text",
        "thermo.out->display.text",
        "thermo.out→ display.text",
        "'thermo.out' -> \"display.text\"  # a comment -> it's one",
    ],
)
def test_an_arrow_or_a_comma_may_stand_between_two_ports(lab_shell: Shell, ends: str) -> None:
    assert lab_shell.run(f"%msgflo connect {ends}") == "thermo.out -> display.text"
    assert lab_shell.run(f"%msgflo disconnect {ends}") == "no more thermo.out -> display.text"


def test_names_in_quotes_may_hold_anything(lab_shell: Shell) -> None:
    lab_shell.run("%%participant 'a -> #b'  # it's odd\ndef f(x):\n    return x")
    answer = lab_shell.run("%msgflo connect thermo.out -> 'a -> #b.x'")
    assert answer == "thermo.out -> a -> #b.x"
    assert lab_shell.run("%msgflo inspect 'a -> #b.x' --plain") == "22.5"


def test_comments_are_dropped_but_never_from_a_message(lab_shell: Shell) -> None:
    run = lab_shell.run
    run("%msgflo connect thermo.out display.text   # that's it")
    assert run("%msgflo inspect display.text --plain   # 22.5, isn't it?") == "22.5"
    assert run("%msgflo errors # none") == "no errors"
    assert run("%msgflo # all") == run("%msgflo")
    run("%%participant other --label 'a # b' # a comment\ndef other(x):\n    return x")
    assert "other" in run("%msgflo participants")
    run("%msgflo send other.x a # b")
    assert lab_shell.lab.inspect("other.x", 1, wait=5)[0].value == "a # b"


def test_remove_and_rename_tell_what_happened(lab_shell: Shell) -> None:
    run = lab_shell.run
    run("%msgflo connect thermo.out display.text")
    assert run("%msgflo rename display screen") == "display is now screen"
    kept = "screen is gone; its edges and initial packets are kept (`--edges` drops them)"
    assert run("%msgflo remove screen") == kept
    assert run("%msgflo remove thermo --edges") == "thermo is gone"


def test_somebody_elses_participant_comes_back(lab_shell: Shell, broker: Mosquitto) -> None:
    lab_shell.run(f"%msgflo start {broker.url}")
    with Lab("another") as another:
        another.start(broker.url)
        another.add(lambda x: x, "guest")
        deadline = time.monotonic() + 10
        while "guest" not in lab_shell.run("%msgflo participants"):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        told = lab_shell.run("%msgflo remove guest")
    assert told == "guest is gone; it comes back with its next announcement"


def test_code_that_has_to_wait_says_so(lab_shell: Shell) -> None:
    cell = "%%participant slow\ndef slow(x):\n    entered.set()\n    go_on.wait(20)"
    lab_shell.run("import threading\nentered, go_on = threading.Event(), threading.Event()")
    lab_shell.run(cell)
    lab_shell.run("%msgflo send slow.x 1")
    lab_shell.run("assert entered.wait(5)")
    try:
        assert lab_shell.run(cell) == "slow: takes effect when the running handler returns"
    finally:
        lab_shell.run("go_on.set()")


def test_only_the_codes_own_ports_are_listed(lab_shell: Shell) -> None:
    lab_shell.run("%msgflo connect thermo.out display.text")
    answer = lab_shell.run("%%participant display\ndef display(words):\n    return words")
    assert answer == "display: words -> out, error"


def test_an_edge_to_somebody_absent_is_pending(lab_shell: Shell) -> None:
    answer = lab_shell.run("%msgflo connect thermo.out heater.on")
    assert answer == "thermo.out -> heater.on  (pending: waits for `heater`)"
    lab_shell.run("%%participant heater\ndef heater(on):\n    return on")
    assert lab_shell.run("%msgflo inspect heater.on --new --plain") == "22.5"


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("hello", "hello"),
        ("hello there  friend", "hello there  friend"),
        ('"quoted"', "quoted"),
        ("-5", -5),
        ('{"a": [1, -5], "$b": "{x}"}', {"a": [1, -5], "$b": "{x}"}),
        ("null", None),
        ("22.3", 22.3),
        ("'", "'"),
        ("--initial-ish", "--initial-ish"),
    ],
)
def test_send_takes_json_or_text_as_it_stands(lab_shell: Shell, typed: str, value: object) -> None:
    lab_shell.run(f"%msgflo send display.text {typed}")
    assert [seen.value for seen in lab_shell.lab.inspect("display.text", 1, wait=5)] == [value]


def test_an_initial_packet_is_kept(lab_shell: Shell) -> None:
    lab_shell.run("%msgflo send --initial display.text 0")
    assert lab_shell.lab.inspect("display.text", 1, wait=5)[0].value == 0
    assert "text=0" in lab_shell.run("%msgflo participants")
    lab_shell.run("%msgflo remove display")
    lab_shell.run(DISPLAY)
    assert lab_shell.lab.inspect("display.text", 1, wait=5)[0].value == 0


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        (
            "%msgflo connect thermo.ouy display.text",
            "no outport `ouy` on `thermo`; it has: out, error",
        ),
        ("%msgflo connect thermo display.text", "`thermo` is not of the form role.port"),
        ("%msgflo send nobody.in 1", "no role `nobody`; there are: thermo, display"),
        ("%msgflo frobnicate", "there is no `%msgflo frobnicate`; there are: start,"),
        ("%msgflo connect thermo.out", "required: ROLE.INPORT; it goes: %msgflo connect"),
        ("%msgflo conect thermo.out display.text", "did you mean `connect`?"),
        ("%msgflo help insect", "there is no `%msgflo insect`; did you mean `inspect`?"),
        ("%msgflo inspect display.text -n 0", "1 or more, not 0"),
        ("%msgflo inspect display.text -n -2", "1 or more, not -2"),
        ("%msgflo graph --height 159", "at least 160 pixels high, not 159"),
        ("%msgflo connect thermo.out ->", "required: ROLE.INPORT"),
        ("%msgflo inspect display.text -n many", "invalid int value: 'many'"),
        ("%msgflo errors nobody", "no participant of this lab `nobody`"),
        ("%msgflo start gopher://x", "unsupported scheme `gopher`; there are: amqp, amqps"),
        ("%msgflo start nowhere", "not a broker's address"),
        ("%%participant\ndef f(x): pass", "required: ROLE; it goes: %%participant"),
        ("%%participant x\ny = 1", "defines no function and no class"),
        ("%%participant x\ndef x(*args): pass", "`*args` cannot be an inport"),
        ("%%participant x\ndef x(): pass", "would never run"),
        ("%%participant x --every 0\ndef x(): pass", "`every` is in seconds"),
    ],
)
def test_errors_are_one_clear_line(lab_shell: Shell, cell: str, sentence: str) -> None:
    assert sentence in refused(lab_shell, cell)


def test_a_failed_start_leaves_the_lab_where_it_was(lab_shell: Shell) -> None:
    refused(lab_shell, "%msgflo start gopher://x")
    assert lab_shell.run("%msgflo status") == "lab: on direct://, 2 participants, 0 edges"


def test_bugs_in_the_users_cell_keep_their_traceback(lab_shell: Shell) -> None:
    with pytest.raises(ZeroDivisionError):
        lab_shell.run("%%participant x\nzero = 1 / 0\ndef x(a): pass")
    with pytest.raises(SyntaxError):
        lab_shell.run("%%participant x\ndef x(a: pass")


def test_an_error_of_a_handler_is_told_with_its_line(lab_shell: Shell) -> None:
    lab_shell.run("%%participant half\ndef half(x):\n    return x['unit'] / 2")
    lab_shell.run('%msgflo send half.x {"a": 1}')
    text = lab_shell.run("%msgflo errors half --wait 5")
    assert "half.x  KeyError: 'unit'" in text
    assert "return x['unit'] / 2" in text
    assert "msgflo_lab" not in text


def test_a_cell_is_run_as_a_cell(lab_shell: Shell) -> None:
    lab_shell.run(
        "%%participant scale\nimport math\nfactor = 2\n"
        "def helper(x):\n    return x * factor\n"
        "def scale(x: float):\n    return helper(x)\n"
    )
    lab_shell.run("%msgflo send scale.x 21")
    assert lab_shell.lab.inspect("scale.out", 1, wait=5)[0].value == 42
    lab_shell.run("factor = 3")
    lab_shell.run("%msgflo send scale.x 21")
    assert lab_shell.lab.inspect("scale.out", 2, wait=5)[-1].value == 63


def test_a_class_in_a_cell(lab_shell: Shell) -> None:
    lab_shell.run(
        "%%participant counter --out count\n"
        "class Counter:\n"
        "    inports = ['in', 'reset']\n"
        "    def __init__(self):\n        self.n = 0\n"
        "    def process(self, inport, message):\n"
        "        self.n = 0 if inport == 'reset' else self.n + 1\n"
        "        return self.n\n"
    )
    for port in ("in", "in", "reset", "in"):
        lab_shell.run(f"%msgflo send counter.{port} 1")
        lab_shell.lab.inspect("counter.count", 1, wait=5)
    seen = lab_shell.lab.inspect("counter.count", 4, wait=5)
    assert [each.value for each in seen] == [1, 2, 0, 1]


def test_help(lab_shell: Shell) -> None:
    everything = lab_shell.run("%msgflo help")
    for name in ("start", "connect", "inspect", "errors"):
        assert f"  {name} " in everything
    assert lab_shell.run("%msgflo") == everything
    assert "ROLE.OUTPORT" in lab_shell.run("%msgflo connect --help")
    assert lab_shell.run("%msgflo help connect") == lab_shell.run("%msgflo connect --help")
    assert "--every SECONDS" in lab_shell.run("%%participant --help\npass")
    magics = lab_shell.ipython.magics_manager.magics
    assert "connect" in magics["line"]["msgflo"].__doc__
    assert "--every" in magics["cell"]["participant"].__doc__


@pytest.mark.parametrize(
    ("line", "offers"),
    [
        ("%msgflo conn", ["connect"]),
        ("%msgflo connect th", ["thermo.out", "thermo.error"]),
        ("%msgflo connect thermo.o", ["thermo.out"]),
        ("%msgflo connect thermo.out di", ["display.text"]),
        ("%msgflo inspect display.", ["display.text", "display.out", "display.error"]),
        ("%msgflo errors th", ["thermo"]),
        ("%msgflo help st", ["start", "stop", "status"]),
        ("%msgflo inspect --p", ["--plain"]),
        ("%msgflo start mqtt:", ["mqtt://"]),
        ("%msgflo nonsense thermo.o", []),
    ],
)
def test_completion(lab_shell: Shell, line: str, offers: list[str]) -> None:
    found = lab_shell.complete(line)
    begun = line.split()[-1]
    whole = [offer if offer.startswith(begun) else _joined(begun, offer) for offer in found]
    assert whole == offers


def _joined(begun: str, offer: str) -> str:
    """IPython may offer only what follows its last delimiter."""
    overlap = next(
        n for n in range(len(begun), -1, -1) if offer.startswith(begun[len(begun) - n :])
    )
    return begun + offer[overlap:]
