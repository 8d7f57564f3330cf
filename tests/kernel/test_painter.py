"""One painter for several pictures, over stop and start."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from msgflo_lab.lab import Lab
from msgflo_lab_kernel.painter import Painter


class Screen:
    """Keeps what a front end is told."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self._news = threading.Condition()

    def __call__(self, message: dict[str, Any]) -> None:
        with self._news:
            self.told.append(message)
            self._news.notify_all()

    def until(self, condition: Callable[[], bool]) -> None:
        with self._news:
            assert self._news.wait_for(condition, timeout=10), self.told[-3:]

    def rates(self) -> dict[int, float]:
        flat = [each["edges"] for each in self.told if each["kind"] == "traffic"]
        return {edges[i]: edges[i + 2] for edges in flat for i in range(0, len(edges), 3)}

    def states(self) -> dict[str, str]:
        return {
            card["id"]: card.get("state", "running")
            for each in self.told
            for card in each.get("cards", ())
        }


def test_a_stopped_lab_is_quiet_and_a_started_one_lives_again() -> None:
    screen = Screen()
    with Lab() as lab:
        lab.start()
        lab.add(lambda: 1, "source", every=0.02)
        lab.add(lambda x: x, "sink")
        lab.connect("source.out", "sink.x")
        turns = lab.balance("source.out", "sink.x")
        painter = Painter(lab)
        painter.join(screen)
        painter.ask({"kind": "hello"})
        screen.until(lambda: any(screen.rates().values()))
        lab.stop()
        stopped = {"source": "absent", "sink": "absent", turns: "running"}  # nobody plays turns
        screen.until(lambda: screen.states() == stopped)
        screen.until(lambda: not any(screen.rates().values()))
        lab.start()
        screen.until(lambda: set(screen.states().values()) == {"running"})
        screen.until(lambda: any(screen.rates().values()))
        painter.close()


def test_every_picture_is_told_and_one_that_fails_harms_no_other() -> None:
    first, second = Screen(), Screen()

    def broken(message: dict[str, Any]) -> None:
        raise OSError("closed")

    with Lab() as lab:
        lab.start()
        painter = Painter(lab)
        for send in (first, broken, second):
            painter.join(send)
        painter.ask({"kind": "hello"})
        for screen in (first, second):
            screen.until(lambda screen=screen: bool(screen.told))  # type: ignore[misc]
        painter.leave(first)
        before = len(first.told)
        lab.add(lambda x: x, "late")
        second.until(lambda: "late" in second.states())
        time.sleep(0.05)
        assert len(first.told) == before
        painter.close()


def test_a_still_picture_takes_no_change_from_the_living_one() -> None:
    screen = Screen()
    with Lab() as lab:
        lab.start()
        painter = Painter(lab)
        painter.join(screen)
        painter.ask({"kind": "hello"})
        screen.until(lambda: bool(screen.told))
        lab.add(lambda x: x, "late")
        assert "late" in painter.static()
        screen.until(lambda: "late" in screen.states())
        painter.close()
