"""Those who look: told of everything, at most once a frame, and never in the way."""

from __future__ import annotations

import threading
from typing import Any

from msgflo_lab import Lab
from msgflo_lab.binding import Binding
from msgflo_lab.graph import Edge
from msgflo_lab.names import QueueName
from msgflo_lab.network import EdgeTraffic, NetworkView
from msgflo_lab.runtime.meter import Meter, total
from msgflo_lab.runtime.observer import News
from tests.runtime.helpers import DEADLINE, Foreign, Sink, definition, eventually, on_loop


def same(x: Any) -> Any:
    return x


class Watcher:
    """Keeps the picture up to date from the news alone."""

    def __init__(self) -> None:
        self.view = NetworkView()
        self.traffic: dict[Edge, EdgeTraffic] = {}
        self.told = 0

    def __call__(self, news: News) -> None:
        self.told += 1
        assert news.view is not None or news.traffic
        self.view = news.view or self.view
        self.traffic.update(news.traffic)

    def count(self) -> int:
        here = {Edge(*edge.key) for edge in self.view.edges}
        return sum(each.count for edge, each in self.traffic.items() if edge in here)


def test_every_message_is_counted_and_news_are_coalesced(lab: Lab) -> None:
    watcher = Watcher()
    lab.watch(watcher)
    sink = Sink(lab)
    lab.add(same)
    lab.connect("same.out", sink.port)
    device = Foreign(lab, definition("dev", {}, {"out": "dev.OUT"}))
    lab.connect("dev.out", "same.x")
    lab.connect("dev.out", sink.port)
    device.send("dev.OUT", *[b"1"] * 5_000)
    sink.wait(10_000)
    eventually(lambda: watcher.count() == 15_000)
    assert sum(each.count for each in lab.traffic().values()) == 15_000
    assert watcher.told < 200
    assert watcher.view == lab.network()


def test_who_asks_in_between_takes_nothing_from_the_watchers(lab: Lab) -> None:
    """Views and counters are read from many sides; each watcher is told all the same."""
    watcher = Watcher()
    lab.watch(watcher)
    ended = threading.Event()

    def ask() -> None:
        while not ended.is_set():
            lab.network()
            lab.traffic()

    asking = threading.Thread(target=ask)
    asking.start()
    sink = Sink(lab)
    lab.add(same)
    for number in range(20):
        lab.connect("same.out", sink.port)
        lab.connect("same.out", f"later{number}.in")
        lab.send("same.x", number)
    sink.wait(20)
    ended.set()
    asking.join(DEADLINE)
    eventually(lambda: watcher.view == lab.network())
    eventually(lambda: watcher.count() == 20)


def test_a_watcher_that_raises_is_dropped_and_the_others_are_told(lab: Lab, caplog: Any) -> None:
    raised = threading.Event()

    def bad(news: News) -> None:
        raised.set()
        raise ValueError("broken picture")

    watcher = Watcher()
    lab.watch(bad)
    lab.watch(watcher)
    raised.wait(DEADLINE)
    raised.clear()
    Sink(lab)
    eventually(lambda: watcher.view.roles)
    assert not raised.is_set()
    assert "a watcher of the network failed" in caplog.text


def test_a_late_watcher_is_told_everything_and_one_that_left_nothing(lab: Lab) -> None:
    sink = Sink(lab)
    lab.add(same)
    lab.connect("same.out", sink.port)
    lab.send("same.x", 1)
    sink.wait(1)
    watcher = Watcher()
    lab.watch(watcher)
    eventually(lambda: watcher.view == lab.network() and watcher.count() == 1)
    lab.unwatch(watcher)
    told = watcher.told
    other = Watcher()
    lab.watch(other)
    lab.send("same.x", 1)
    eventually(lambda: other.count() == 2)
    assert watcher.told == told


def test_an_edge_that_is_bound_anew_counts_from_the_beginning(lab: Lab) -> None:
    watcher = Watcher()
    lab.watch(watcher)
    sink = Sink(lab)
    lab.add(same)
    lab.connect("same.out", sink.port)
    lab.send("same.x", 1)
    sink.wait(1)
    eventually(lambda: watcher.count() == 1)
    lab.remove("same")
    eventually(lambda: watcher.count() == 0)
    lab.add(same)
    lab.send("same.x", 1)
    sink.wait(2)
    eventually(lambda: watcher.count() == 1)


def test_without_watchers_nothing_piles_up(lab: Lab) -> None:
    device = Foreign(lab, definition("dev"))
    for number in range(50):
        device.announce(definition(f"p{number}", {"in": "q"}, who="passing"))

    def kept(session: Any) -> int:
        observer = session.observer
        return len(observer._dirty_roles) + len(observer._dirty_edges) + len(observer._passed)

    eventually(lambda: on_loop(lab, kept) == 0)
    assert len(lab.network().roles) == 2


def test_rates() -> None:
    meter = Meter()
    binding = Binding(QueueName("a"), QueueName("b"))
    assert meter.read([(binding, 10)], 0) == {binding}
    assert meter.read([(binding, 10)], 0.5) == set()
    # What passed before anybody looked is no rate.
    assert meter.sample(0.5) == set()
    for second in range(1, 11):
        meter.read([(binding, 10 + 20 * second)], second)
        meter.sample(second)
    assert meter.of([binding]) == EdgeTraffic(210, 20.0)
    for second in range(11, 20):
        meter.sample(second)
    assert meter.of([binding]).rate == 0
    meter.read([(binding, 0)], 20)
    meter.sample(20)
    assert meter.of([binding]) == EdgeTraffic(0, 0.0)
    assert meter.read([], 21) == {binding}
    assert meter.of([binding]) == EdgeTraffic()
    edge = Edge(*["x"] * 4)  # type: ignore[arg-type]
    assert total({edge: EdgeTraffic(1, 2.5)}) == 2.5
