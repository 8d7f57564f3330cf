"""The panel of dead letters while labs stop and start, and brokers go: whose is what was typed."""

from __future__ import annotations

from itertools import count

import pytest
from msgspec.structs import replace

from msgflo_lab_kernel.panel import follower, panel
from msgflo_lab_kernel.panel.editor import LEFT

from .conftest import Shell
from .desk import Desk, until


@pytest.fixture
def desk(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(follower, "PERIOD", 0.05)
    return Desk(shell)


def test_it_rests_while_the_lab_does_and_goes_on_with_it(desk: Desk) -> None:
    desk.fail({"n": -1})
    desk.panel._say("something red", "error")
    desk.lab.stop()
    until(lambda: desk.panel.table.empty == panel.STOPPED[False])
    assert desk.panel.table.rows == []
    assert desk.panel.title.text == "Dead letters"
    assert desk.panel.said.text == ""
    desk.panel.refresh.click()
    assert desk.panel.table.empty == panel.STOPPED[False]
    desk.lab.start()
    until(lambda: desk.panel.table.empty == panel.EMPTY)
    assert desk.panel.title.text == "0 dead letters"
    desk.fail({"n": -2})


@pytest.mark.parametrize("is_open", [False, True])
def test_what_was_typed_is_for_no_other_letter_of_the_same_id(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, is_open: bool
) -> None:
    monkeypatch.setattr("msgflo_lab_transports.dead_letters._ids", count(1))
    desk.fail({"n": -1, "customer": "Ada"})
    desk.open(0)
    desk.type('{"n": 1, "customer": "Ada, mended"}')
    if not is_open:
        desk.panel.editor.close.click()
    desk.lab.stop()
    until(lambda: desk.panel.table.rows == [])
    assert (desk.panel.editor.box.layout.display == "") == is_open
    if is_open:  # it can be read, and copied
        assert desk.panel.editor.facts.text == LEFT
        assert "mended" in desk.panel.editor.text.value
        assert desk.panel.editor.requeue.disabled
    monkeypatch.setattr("msgflo_lab_transports.dead_letters._ids", count(1))
    desk.lab.start()
    desk.fail({"n": -2, "customer": "Ben"})
    assert [letter.id for letter in desk.lab.dead.letters()] == ["1"]
    assert not desk.panel.table.rows[0]["edited"]
    desk.panel.requeue_all.click()
    until(lambda: [row["times"] for row in desk.panel.table.rows] == ["2"])
    assert b"Ben" in desk.lab.dead.letters()[0].payload
    desk.panel.editor.close.click()
    assert desk.panel.editor.box.layout.display == "none"


def test_a_stop_and_a_start_in_one_breath_end_what_was_typed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.fail({"n": -1})
    desk.open(0)
    desk.type('{"n": 1}')
    monkeypatch.setattr(follower, "PERIOD", 60)
    desk.lab.stop()
    desk.lab.start()
    until(lambda: desk.panel.editor.facts.text == LEFT)
    until(lambda: desk.panel.table.empty == panel.EMPTY)


def test_while_the_broker_is_away_it_says_so_at_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.fail({"n": -1})
    desk.open(0)
    desk.tick(0)
    there = desk.lab.status()
    away = replace(there, link="down", detail="lost the connection")
    desk.panel._follower.need(False)  # a click may come before it has noticed
    monkeypatch.setattr(desk.lab, "status", lambda: away)
    desk.panel.requeue.click()
    assert desk.panel.said.text == (
        "nothing was requeued: the broker cannot be reached: lost the connection"
    )
    desk.panel._follower.need(True)
    buttons = [desk.panel.requeue, desk.panel.drop, desk.panel.requeue_all, desk.panel.drop_all]
    buttons.append(desk.panel.editor.requeue)
    until(lambda: all(each.disabled for each in buttons))
    assert desk.panel.said.text == "the broker cannot be reached: lost the connection"
    desk.type('{"n": 1}')
    assert desk.panel.editor.requeue.disabled
    monkeypatch.setattr(desk.lab, "status", lambda: there)
    until(lambda: not any(each.disabled for each in buttons))
    assert desk.panel.said.text == ""
    desk.panel.editor.requeue.click()
    assert desk.done() == [1]
