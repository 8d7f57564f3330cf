"""The figures of a lab, while its network works."""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from msgflo_lab import Lab
from msgflo_lab.errors import MsgFloLabError, NotRunning
from msgflo_lab.metrics import JobCompleted
from msgflo_lab.runtime.limits import AHEAD
from tests.metrics.scraping import OPENMETRICS, Scraped, scrape
from tests.runtime.helpers import Foreign, Sink, definition, eventually


def pipeline(lab: Lab) -> Sink:
    """`work` doubles what it gets, and does not like what is negative."""

    def work(x: float) -> float:
        if x < 0:
            raise ValueError("negative")
        return 2 * x

    lab.add(work)
    sink = Sink(lab)
    lab.connect("work.out", sink.port)
    return sink


@pytest.mark.parametrize("accept", ["", OPENMETRICS])
def test_a_scrape_while_messages_pass(lab: Lab, accept: str) -> None:
    sink = pipeline(lab)
    url = lab.metrics.serve(0)
    assert scrape(url, accept).value("msgflo_job_seconds_count", role="work", inport="x") == 0
    for number in range(100):
        lab.send("work.x", number)
        if number == 50:
            passing = scrape(url, accept)  # whatever it says just then, it can be read
            assert passing.value("msgflo_link_up") == 1
    lab.send("work.x", -1)
    sink.wait(100)
    eventually(lambda: lab.errors("work"))
    eventually(lambda: lab.metrics.summary().roles[0].jobs == 101)
    found = scrape(url, accept)
    assert found.value("msgflo_messages_total", role="work", port="x", side="in") == 101
    assert found.value("msgflo_messages_total", role="work", port="out", side="out") == 100
    assert found.value("msgflo_job_seconds_count", role="work", inport="x") == 101
    assert found.value("msgflo_job_failures_total", role="work", inport="x") == 1
    assert found.value("msgflo_job_failures_total", role="sink", inport="in") == 0
    assert found.value("msgflo_errors_total", role="work") == 1
    assert found.value("msgflo_in_hand", role="work") == 0
    assert found.value("msgflo_participants", role="work", state="alive") == 1
    assert found.value("msgflo_bindings", state="bound") == 1
    assert found.value("msgflo_edges", state="bound") == 1
    binding = {"source": "work.OUT", "target": "sink.IN", "kind": "pubsub"}
    assert found.value("msgflo_binding_messages_total", **binding) == 100
    assert found.value("msgflo_dead_letters", queue="work.X") == 1
    assert found.value("msgflo_lab_info", version="0.1.0", name="lab") == 1
    assert (found.value("process_resident_memory_bytes") or 0) > 1_000_000
    began = found.value("process_start_time_seconds")
    assert began is not None
    assert 0 < time.time() - began < 3600


def test_a_duration_is_the_handlers_and_not_that_of_waiting(lab: Lab) -> None:
    """The second message waits for as long as the first one is worked on."""
    own: list[float] = []
    done: list[JobCompleted] = []
    both = threading.Event()

    def work(x: int) -> int:
        begin = time.perf_counter()
        if x == 1:
            both.wait()
            time.sleep(0.2)  # work
        own.append(time.perf_counter() - begin)
        return x

    lab.add(work, "work", component="demo/Work")
    lab.jobs.subscribe(done.append)
    lab.send("work.x", 1)
    lab.send("work.x", 2)
    eventually(lambda: lab.metrics.summary().roles[0].in_hand == 2)
    both.set()
    eventually(lambda: len(done) == 2)
    assert [(job.role, job.component, job.inport, job.outport) for job in done] == [
        ("work", "demo/Work", "x", "out")
    ] * 2
    for job, took in zip(done, own, strict=True):
        assert job.duration >= took * 1e3 - 0.001
    assert done[1].duration < own[0] * 1e3
    statistics = lab.jobs.statistics()["work"]
    assert statistics.percentile == pytest.approx(done[0].duration / 1e3, rel=0.5)


async def slowly(x: Any) -> Any:
    return x


def several(x: Any) -> Any:
    yield "second", x
    yield "first", x


def silent(x: Any) -> None:
    del x


@pytest.mark.parametrize(
    ("code", "outports", "outport"),
    [
        (slowly, ["out"], "out"),
        (several, ["first", "second"], "second"),
        (silent, [], ""),
        (json.dumps, ["out", "error"], "out"),
        (json.loads, ["out", "error"], "error"),  # 7 is no text
    ],
)
def test_where_a_job_ends(lab: Lab, code: Any, outports: list[str], outport: str) -> None:
    done: list[JobCompleted] = []
    lab.jobs.subscribe(done.append)
    lab.add(lambda x: code(x), "work", outports=outports)
    lab.send("work.x", 7)
    eventually(lambda: done)
    assert (done[0].inport, done[0].outport) == ("x", outport)


def test_who_fails_at_a_job_is_told_no_more(lab: Lab) -> None:
    told: list[str] = []
    done: list[JobCompleted] = []

    def fail(job: JobCompleted) -> None:
        told.append(job.role)
        raise RuntimeError("no")

    lab.jobs.subscribe(fail)
    lab.jobs.subscribe(done.append)
    sink = pipeline(lab)
    lab.send("work.x", 1)
    sink.wait(1)
    lab.send("work.x", 2)
    sink.wait(2)
    eventually(lambda: len(done) == 4)
    assert len(told) == 1


def test_failed_jobs_are_counted_and_say_nothing_of_how_long_one_takes(lab: Lab) -> None:
    sink = pipeline(lab)
    lab.metrics.summary()
    lab.send("work.x", -1)
    eventually(lambda: lab.metrics.summary().roles[0].jobs == 1)
    assert "work" not in lab.jobs.statistics()
    lab.send("work.x", 1)
    sink.wait(1)
    eventually(lambda: "work" in lab.jobs.statistics())


def test_others_and_the_absent_have_figures_too(lab: Lab) -> None:
    Foreign(lab, definition("sensor", outports={"out": "sensor.OUT"}))
    lab.connect("sensor.out", "nobody.in")
    found = Scraped(lab.metrics.text())
    assert found.value("msgflo_participants", role="sensor", state="alive") == 1
    assert found.value("msgflo_participants", role="sensor", state="stale") == 0
    assert found.value("msgflo_participants", role="nobody", state="alive") == 0
    assert found.value("msgflo_edges", state="pending") == 1
    assert found.value("msgflo_errors_total", role="sensor") is None


def test_figures_follow_new_names_and_ports(lab: Lab) -> None:
    pipeline(lab)
    lab.metrics.summary()
    lab.rename("work", "twice")

    def twice(y: float) -> float:
        return y

    lab.add(twice)
    found = Scraped(lab.metrics.text())
    assert found.value("msgflo_errors_total", role="work") is None
    assert found.value("msgflo_job_seconds_count", role="twice", inport="y") == 0
    assert found.value("msgflo_job_seconds_count", role="twice", inport="x") is None


def test_many_series_are_cut_and_counted(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("msgflo_lab.metrics.model.Family.__init__.__defaults__", (3,))
    pipeline(lab)
    found = Scraped(lab.metrics.text(openmetrics=True), openmetrics=True)
    assert found.value("msgflo_metrics_left_out", metric="msgflo_participants") == 1
    assert found.value("msgflo_metrics_left_out", metric="msgflo_edges") == 1


def test_it_serves_until_the_lab_stops(lab: Lab) -> None:
    before = lab.metrics.serve(0)
    url = lab.metrics.serve(0)
    with pytest.raises(urllib.error.URLError):
        scrape(before)
    lab.serve(port=0)  # another way in does not end it
    scrape(url)
    lab.stop()
    with pytest.raises(urllib.error.URLError):
        scrape(url)
    with pytest.raises(NotRunning):
        lab.metrics.summary()
    lab.start()
    scrape(lab.metrics.serve(0))
    lab.metrics.unserve()
    lab.metrics.unserve()


def test_a_port_that_somebody_has(lab: Lab) -> None:
    port = int(lab.metrics.serve(0).split(":")[2].split("/")[0])
    with Lab("other") as other:
        other.start()
        with pytest.raises(MsgFloLabError, match=f"port {port} is in use; try another port"):
            other.metrics.serve(port)


def test_what_else_is_at_the_address(lab: Lab) -> None:
    sink = pipeline(lab)
    url = lab.metrics.serve(0)
    lab.send("work.x", 1)
    sink.wait(1)
    eventually(lambda: lab.metrics.summary().roles[0].jobs == 1)

    def get(path: str, **headers: str) -> tuple[int, str]:
        request = urllib.request.Request(url.replace("/metrics", path), headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    status, text = get("/jobstats")
    assert status == 200
    assert json.loads(text)["work"].keys() == {"average", "stddev", "percentile"}
    assert get("/")[0] == 200
    assert get("/elsewhere")[0] == 404
    # A page whose name somebody has bent to this address.
    assert get("/metrics", Host="evil.example")[0] == 421


def test_jobs_as_lines_of_a_file(lab: Lab, tmp_path: Path) -> None:
    sink = pipeline(lab)
    file = tmp_path / "jobs.jsonl"
    lab.jobs.write(str(file))
    for number in (1, 2, -1):
        lab.send("work.x", number)
    sink.wait(2)
    eventually(lambda: lab.errors("work"))
    assert Scraped(lab.metrics.text()).value("msgflo_job_events_lost_total") == 0
    lab.stop()
    events = [json.loads(line) for line in file.read_text().splitlines()]
    work = [event for event in events if event["role"] == "work"]
    assert [event["outport"] for event in work] == ["out", "out", "error"]
    assert {*work[0]} == {"timestamp", "role", "component", "inport", "outport", "duration"}
    assert abs(time.time() * 1e3 - work[0]["timestamp"]) < 60_000


def test_a_file_that_cannot_be(lab: Lab, tmp_path: Path) -> None:
    with pytest.raises(MsgFloLabError, match="No such file or directory"):
        lab.jobs.write(str(tmp_path / "none" / "jobs"))
    lab.jobs.write("/dev/full")
    sink = pipeline(lab)
    lab.send("work.x", 1)
    sink.wait(1)
    eventually(
        lambda: (Scraped(lab.metrics.text()).value("msgflo_job_events_lost_total") or 0) >= 1
    )


def test_what_waits_for_a_handler(lab: Lab) -> None:
    gate = threading.Event()

    def wait(x: int) -> None:
        gate.wait()

    lab.add(wait)
    at = {"role": "wait", "port": "x", "queue": "wait.X"}

    def waiting() -> float | None:
        return Scraped(lab.metrics.text()).value("msgflo_queue_messages", **at)

    assert waiting() == 0
    try:
        # More than a handler is given ahead.
        for number in range(AHEAD + 100):
            lab.send("wait.x", number)
        # One is on its way to the handler, which has no room for it.
        eventually(lambda: waiting() == AHEAD + 99)
        assert lab.metrics.summary().roles[0].waiting == AHEAD + 99
        assert lab.metrics.summary().roles[0].in_hand <= AHEAD
    finally:
        gate.set()
    eventually(lambda: waiting() == 0)


def test_what_waits_for_a_graph_that_is_stopped(lab: Lab) -> None:
    sensor = Foreign(lab, definition("sensor", outports={"out": "sensor.OUT"}))
    sink = Sink(lab)
    lab.connect("sensor.out", sink.port)
    lab.pause()

    def held() -> float | None:
        return Scraped(lab.metrics.text()).value("msgflo_held_messages")

    assert held() == 0
    sensor.send("sensor.OUT", b"1", b"2", b"3")
    eventually(lambda: held() == 3)
    lab.resume()
    sink.wait(3)
    eventually(lambda: held() == 0)


def test_nothing_is_timed_before_somebody_asks(lab: Lab) -> None:
    sink = pipeline(lab)
    lab.send("work.x", 1)
    sink.wait(1)
    assert lab.metrics.summary().roles[0].jobs == 0
    lab.send("work.x", 2)
    sink.wait(2)
    eventually(lambda: lab.metrics.summary().roles[0].jobs == 1)
    assert lab.metrics.summary().roles[0].received == 2
