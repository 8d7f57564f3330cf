"""The panel of dead letters, clicked and typed into: in a shell, and in a real kernel."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from msgflo_lab.lab import Lab
from msgflo_lab_kernel.panel import follower, listing, panel, panel_of
from msgflo_lab_kernel.panel.editor import GONE

from .conftest import Kernel, Shell
from .desk import CELL, Desk, until


@pytest.fixture
def desk(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(follower, "PERIOD", 0.05)
    return Desk(shell)


def test_it_follows_by_itself(desk: Desk) -> None:
    assert desk.panel.title.text == "0 dead letters"
    assert desk.panel.table.empty == panel.EMPTY
    desk.fail({"n": -1}, "x")
    assert desk.panel.title.text == "2 dead letters"
    first, second = desk.panel.table.rows
    assert first["port"] == "worker.job"
    assert first["reason"] == "ValueError: not <b>{'n': -1}</b>"
    assert (first["times"], first["payload"]) == ("1", '{"n": -1}')
    assert second["payload"] == "x"
    desk.shell.run("%msgflo drop worker.job --all")
    until(lambda: desk.panel.title.text == "0 dead letters")


def test_edit_and_requeue(desk: Desk) -> None:
    desk.fail({"n": -1, "who": "Ada"})
    desk.open(0)
    editor = desk.panel.editor
    assert editor.box.layout.display == ""
    assert editor.text.value == '{\n  "n": -1,\n  "who": "Ada"\n}'
    assert editor.undo.disabled
    desk.type('{"n": 1,')
    assert editor.wrong.text.startswith("not JSON: line 1, column 9")
    assert editor.requeue.disabled
    assert desk.panel.table.rows[0]["edited"]
    desk.type('{"n": 1, "who": "Ada"}')
    assert editor.wrong.text == ""
    editor.requeue.click()
    assert desk.done() == [1]
    assert desk.panel.said.text == "1 dead letter of worker.job requeued"
    assert desk.panel.table.rows == []
    assert editor.box.layout.display == "none"


def test_what_is_not_edited_goes_back_byte_for_byte(desk: Desk) -> None:
    payload = b'{"n":  7.10, "n": 1.0}'
    desk.shell.run("%msgflo remove worker")
    desk.shell.run("%%participant worker\ndef worker(job):\n    raise ValueError('no')")
    desk.fail(payload)
    desk.open(0)
    desk.shell.run(CELL)
    desk.panel.editor.requeue.click()
    assert desk.lab.inspect("worker.job", 1, wait=5)[-1].payload == payload


def test_a_draft_that_is_not_json_holds_up_everything_and_is_not_lost(desk: Desk) -> None:
    desk.fail({"n": -1}, {"n": -2}, {"n": -3})
    desk.open(1)
    desk.type('{"n": ')
    desk.open(0)
    assert desk.panel.editor.text.value == '{\n  "n": -1\n}'
    desk.tick(0, 1)
    desk.panel.requeue.click()
    assert "nothing was requeued" in desk.panel.said.text
    assert desk.panel.said.tone == "error"
    assert desk.panel.table.chosen == desk.panel.table.rows[1]["key"]
    assert desk.panel.editor.text.value == '{"n": '
    assert desk.lab.dead.counts() == {"worker.job": 3}
    desk.type('{"n": 2}')
    desk.panel.requeue.click()
    assert desk.done() == [2]
    until(lambda: desk.payloads() == ['{"n": -3}', '{"n": -1}'])  # which has failed again
    assert [row["times"] for row in desk.panel.table.rows] == ["1", "2"]


def test_edits_stay_where_the_broker_does_not_take_them(desk: Desk) -> None:
    desk.fail({"n": -1})
    desk.open(0)
    desk.type('{"n": 5}')
    desk.shell.run("%msgflo remove worker")
    until(lambda: desk.panel.table.rows[0]["port"] == "worker.JOB")
    desk.shell.run(CELL)
    until(lambda: desk.panel.table.rows[0]["port"] == "worker.job")
    assert desk.panel.editor.text.value == '{"n": 5}'


def test_undo(desk: Desk) -> None:
    desk.fail({"n": -1})
    desk.open(0)
    desk.type("x")
    desk.panel.editor.undo.click()
    assert desk.panel.editor.text.value == '{\n  "n": -1\n}'
    assert not desk.panel.table.rows[0]["edited"]


def test_text_may_be_made_json_and_json_text(desk: Desk) -> None:
    desk.fail(b'{"n": 3')
    desk.open(0)
    assert desk.panel.editor.form.value == "text"
    desk.type('{"n": 3}')
    desk.panel.editor.requeue.click()
    assert desk.done() == [3]
    desk.fail({"n": -1})
    desk.open(0)
    desk.type("anything")
    assert desk.panel.editor.requeue.disabled
    desk.panel.editor.form.value = "text"
    assert not desk.panel.editor.requeue.disabled
    desk.panel.editor.requeue.click()
    until(lambda: desk.payloads() == ["anything"])


@pytest.mark.parametrize(
    ("payload", "form"), [(b"\xff\x00", "bytes"), (b'"' + b"x" * 30_000 + b'"', "JSON")]
)
def test_what_cannot_be_edited_can_be_requeued(desk: Desk, payload: bytes, form: str) -> None:
    desk.fail(payload)
    desk.open(0)
    assert desk.panel.editor.text.disabled
    assert "cannot be edited" in desk.panel.editor.facts.text
    assert desk.panel.editor.form.value == form
    desk.panel.editor.requeue.click()
    until(lambda: [row["times"] for row in desk.panel.table.rows] == ["2"])
    assert desk.lab.dead.letters("worker.job")[0].payload == payload


def test_dropping_takes_a_second_click(desk: Desk) -> None:
    desk.fail({"n": -1}, {"n": -2}, {"n": -3})
    desk.tick(0, 2)
    desk.panel.drop.click()
    assert desk.panel.drop.description == "Really drop 2?"
    assert desk.panel.drop.button_style == "danger"
    assert len(desk.lab.dead.letters()) == 3
    desk.tick(0)  # something else: the first click is forgotten
    assert desk.panel.drop.description == "Drop selected (1)"
    desk.panel.drop.click()
    assert len(desk.lab.dead.letters()) == 3
    desk.panel.drop.click()
    assert desk.payloads() == ['{"n": -2}', '{"n": -3}']
    desk.panel.drop_all.click()
    desk.panel.drop.click()  # another button is no second click
    desk.panel.drop_all.click()
    assert len(desk.lab.dead.letters()) == 2
    desk.panel.drop_all.click()
    assert desk.panel.said.text == "2 dead letters of worker.job dropped"
    assert desk.lab.dead.letters() == []


def test_a_first_click_is_forgotten_after_a_while(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.fail({"n": -1})
    monkeypatch.setattr(panel, "CONFIRM_SECONDS", 0.1)
    desk.panel.drop_all.click()
    until(lambda: desk.panel.drop_all.description == "Drop all")
    assert desk.panel.drop_all.button_style == ""


def test_what_came_since_the_first_click_is_not_dropped(desk: Desk) -> None:
    desk.fail({"n": -1})
    desk.panel.drop_all.click()
    desk.fail({"n": -2})
    assert desk.panel.drop_all.description == "Drop all"
    desk.panel.drop_all.click()
    assert len(desk.lab.dead.letters()) == 2


def test_one_port_only(desk: Desk) -> None:
    desk.shell.run("%%participant mailer\ndef mailer(letter):\n    raise OSError('no route')")
    desk.fail({"n": -1})
    desk.lab.send("mailer.letter", "Dear Ada")
    until(lambda: len(desk.panel.table.rows) == 2)
    assert list(desk.panel.ports.options) == [
        ("all ports", ""),
        ("worker.job (1)", "worker.job"),
        ("mailer.letter (1)", "mailer.letter"),
    ]
    desk.open(0)
    desk.type('{"n": 4}')
    desk.panel.ports.value = "mailer.letter"
    assert desk.payloads() == ["Dear Ada"]
    assert desk.panel.title.text == "1 dead letter"
    assert desk.panel.editor.text.value == '{"n": 4}'  # still there, and can be sent
    desk.panel.drop_all.click()
    desk.panel.drop_all.click()
    assert desk.lab.dead.counts() == {"worker.job": 1}
    desk.panel.editor.requeue.click()
    assert desk.done() == [4]
    other = desk.shell.show("%msgflo dead worker.job --panel")
    assert other.ports.value == "worker.job"
    assert desk.panel.ports.value == "mailer.letter"  # its own cell's
    assert desk.shell.show("%msgflo dead --panel") is desk.panel
    assert desk.panel.ports.value == ""


def test_somebody_elses_requeue_does_not_take_what_was_typed(desk: Desk) -> None:
    desk.fail({"n": -1})
    desk.open(0)
    desk.type('{"n": 10}')
    desk.shell.run("%msgflo drop worker.job --all")
    until(lambda: desk.panel.table.rows == [])
    assert desk.panel.editor.text.value == '{"n": 10}'
    assert desk.panel.editor.facts.text == GONE
    assert desk.panel.editor.requeue.disabled
    desk.type('{"n": 11}')
    assert desk.panel.editor.requeue.disabled
    assert desk.panel.editor.facts.text == GONE
    desk.panel.editor.close.click()
    assert desk.panel.editor.box.layout.display == "none"


def test_of_very_many_the_oldest_are_listed_and_all_can_go(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(panel, "LISTED", 20)
    for number in range(30):
        desk.lab.send("worker.job", {"n": -number - 1})
    until(lambda: desk.panel.title.text == "30 dead letters, the oldest 20 of them below")
    assert len(desk.panel.table.rows) == 20
    desk.panel.drop_all.click()
    assert desk.panel.drop_all.description == "Really drop 30?"
    desk.panel.drop_all.click()
    assert desk.lab.dead.letters() == []


def test_of_large_letters_fewer_are_fetched(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "FEW", 4)
    monkeypatch.setattr(listing, "SIZE", 10_000)
    for _ in range(10):
        desk.lab.send("worker.job", "x" * 1_000)
    until(lambda: len(desk.lab.dead.letters()) == 10)
    assert len(listing.listed(desk.lab, "worker.job", 500)) == 9
    assert len(listing.listed(desk.lab, "worker.job", 3)) == 3
    monkeypatch.setattr(listing, "SIZE", 1_000)
    assert len(listing.listed(desk.lab, "worker.job", 500)) == 4
    assert listing.listed(desk.lab, "nobody.in", 500) == []


class Counted:
    """`lab.dead`, counting how often it is asked for the numbers."""

    def __init__(self, lab: Lab) -> None:
        self.dead = lab.dead
        self.asked = 0

    def counts(self) -> dict[str, int]:
        self.asked += 1
        return self.dead.counts()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.dead, name)


def test_it_asks_rarely_and_nobody_at_all_when_nobody_looks_or_it_is_closed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = Counted(desk.lab)
    desk.lab.dead = counted  # type: ignore[assignment]
    until(lambda: counted.asked > 2)
    desk.panel._view_count = 1
    desk.panel._view_count = 0  # its last view has gone
    time.sleep(0.1)
    before = counted.asked
    time.sleep(0.3)
    assert counted.asked == before
    monkeypatch.setattr(follower, "PERIOD", 0.5)
    desk.panel._view_count = 1
    until(lambda: counted.asked > before)
    time.sleep(0.3)
    assert counted.asked == before + 1
    desk.panel.close()
    time.sleep(0.6)
    assert counted.asked == before + 1


def test_closing_and_unloading_leave_no_thread(bare_shell: Shell) -> None:
    before = set(threading.enumerate())
    bare_shell.run("%load_ext msgflo_lab")
    bare_shell.run("%msgflo start")
    first = bare_shell.show("%msgflo dead --panel")
    first.close()
    second = bare_shell.show("%msgflo dead --panel")
    assert second is not first
    assert panel_of(bare_shell.lab) is second
    bare_shell.run("%unload_ext msgflo_lab")
    assert set(threading.enumerate()) - before == set()


def test_saved_notebooks_hold_a_table(desk: Desk) -> None:
    desk.fail({"n": -1})
    bundle = desk.panel._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert bundle["text/plain"].split()[:3] == ["id", "port", "reason"]
    assert "text/html" not in bundle


def test_saved_notebooks_hold_some_of_very_many(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(panel, "SAVED", 2)
    desk.fail(*({"n": -number} for number in range(1, 6)))
    lines = desk.panel._repr_mimebundle_()["text/plain"].splitlines()
    assert len(lines) == 4
    assert lines[-1] == "... and 3 more"


# -- in a real kernel ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    kernel = Kernel()
    kernel.run("%load_ext msgflo_lab\n%msgflo start")
    kernel.run(CELL)
    yield kernel
    kernel.close()


def test_a_front_end_edits_and_requeues_over_its_channels(kernel: Kernel) -> None:
    kernel.run("lab.send('worker.job', {'n': -1})")
    kernel.run("import time\nwhile not lab.dead.counts(): time.sleep(0.02)")
    kernel.run("from msgflo_lab_kernel.panel import panel_of\npanel = panel_of(lab)")
    ids = json.loads(
        kernel.run(
            "import json; e = panel.editor\n"
            "print(json.dumps([w.model_id for w in (panel.table, e.text, e.requeue)]))"
        )
    )
    key = kernel.run("print(panel.table.rows[0]['key'])").strip()
    table, text, button = ids
    for model, data in (
        (table, {"method": "update", "state": {"chosen": key}, "buffer_paths": []}),
        (text, {"method": "update", "state": {"value": '{"n": 77}'}, "buffer_paths": []}),
        (button, {"method": "custom", "content": {"event": "click"}}),
    ):
        content = {"comm_id": model, "data": data}
        kernel.client.shell_channel.send(kernel.client.session.msg("comm_msg", content))
    seen = kernel.run("print([s.value for s in lab.inspect('worker.out', 1, wait=10)])")
    assert seen == "[77]\n"
    assert kernel.run("print(lab.dead.counts())") == "{}\n"
