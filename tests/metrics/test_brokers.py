"""Figures of networks on real brokers."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from msgflo_lab import Lab
from tests.brokers import Mosquitto, RabbitMQ
from tests.metrics.scraping import Scraped, scrape
from tests.runtime.helpers import Sink, eventually


def work(x: int) -> int:
    if x < 0:
        raise ValueError("negative")
    return x


def test_rabbitmq(vhost: str) -> None:
    with Lab() as lab:
        lab.start(vhost)
        lab.add(work)
        sink = Sink(lab)
        lab.connect("work.out", sink.port)
        url = lab.metrics.serve(0)
        for number in (*range(20), -1):
            lab.send("work.x", number)
        sink.wait(20)
        eventually(lambda: scrape(url).value("msgflo_dead_letters", queue="work.X") == 1)
        binding = {"source": "work.OUT", "target": "sink.IN", "kind": "pubsub"}
        eventually(lambda: scrape(url).value("msgflo_binding_messages_total", **binding) == 20)
        eventually(lambda: scrape(url).value("msgflo_in_hand", role="work") == 0)
        found = scrape(url)
        assert found.value("msgflo_link_up") == 1
        assert found.value("msgflo_job_seconds_count", role="work", inport="x") == 21
        assert found.value("msgflo_job_failures_total", role="work", inport="x") == 1
        lab.dead.drop("work.x")
        eventually(lambda: scrape(url).value("msgflo_dead_letters", queue="work.X") is None)


@pytest.mark.parametrize("tells", [True, False])
def test_what_waits_in_queues_of_rabbitmq(rabbitmq: RabbitMQ, vhost: str, tells: bool) -> None:
    """The management interface counts those in hand, too; a queue that is asked, those ready."""
    management = f"http://127.0.0.1:{rabbitmq.management if tells else 1}"
    waiting = 20 if tells else 15
    gate = threading.Event()

    def wait(x: int) -> None:
        gate.wait()

    with Lab() as lab:
        lab.start(f"{vhost}?prefetch=5&management={management}")
        lab.add(wait)
        url = lab.metrics.serve(0)
        at = {"role": "wait", "port": "x", "queue": "wait.X"}
        try:
            for number in range(20):
                lab.send("wait.x", number)
            eventually(lambda: scrape(url).value("msgflo_queue_messages", **at) == waiting)
            assert lab.metrics.summary().roles[0].waiting == waiting
        finally:
            gate.set()
        eventually(lambda: scrape(url).value("msgflo_queue_messages", **at) == 0)


def test_a_broker_that_goes_and_comes_back(tmp_path: Path) -> None:
    broker = Mosquitto(tmp_path)
    broker.start()
    try:
        with Lab() as lab:
            lab.start(broker.url)
            lab.add(work)
            sink = Sink(lab)
            lab.connect("work.out", sink.port)
            lab.send("work.x", 1)
            sink.wait(1)
            url = lab.metrics.serve(0)
            assert scrape(url).value("msgflo_link_up") == 1
            broker.kill()
            eventually(lambda: scrape(url).value("msgflo_link_up") == 0)
            broker.start()
            eventually(lambda: scrape(url).value("msgflo_link_up") == 1)
            eventually(lambda: scrape(url).value("msgflo_bindings", state="bound") == 1)
            # What was counted before is counted still.
            role = {"role": "work", "port": "x", "side": "in"}
            assert (Scraped(lab.metrics.text()).value("msgflo_messages_total", **role) or 0) >= 1
    finally:
        broker.kill()
