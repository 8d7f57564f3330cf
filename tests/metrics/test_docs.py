"""What docs/metrics.md says there is, is there; its queries are evaluated by Prometheus itself."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from msgflo_lab import Lab
from msgflo_lab.metrics import Kind, Metric
from msgflo_lab.metrics.catalogue import OURS
from tests.brokers.common import free_port
from tests.runtime.helpers import Sink, eventually

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "metrics.md").read_text()
QUERIES = re.findall(r"^\| [^|]+\? \| `(.+)` \|$", TEXT, re.MULTILINE)
CONFIGURATION = re.search(r"^scrape_configs:\n(?: .*\n)+", TEXT, re.MULTILINE)


def sampled(metric: Metric) -> dict[str, set[str]]:
    """The names of its samples, and their labels."""
    labels = set(metric.labels)
    if metric.kind is not Kind.HISTOGRAM:
        return {metric.name: labels}
    name = metric.name
    return {f"{name}_bucket": labels | {"le"}, f"{name}_sum": labels, f"{name}_count": labels}


SAMPLES = {name: labels for metric in OURS for name, labels in sampled(metric).items()}


def test_all_metrics_are_in_the_table_with_their_labels() -> None:
    rows = re.findall(r"^\| `(msgflo_\w+)` \| ([\w, ]*) ?\|", TEXT, re.MULTILINE)
    assert {name: re.findall(r"\w+", labels) for name, labels in rows} == {
        metric.name: list(metric.labels) for metric in OURS
    }


def test_there_are_queries() -> None:
    assert len(QUERIES) >= 8


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_asks_for_what_there_is(query: str) -> None:
    names = re.findall(r"msgflo_\w+", query)
    assert names
    asked = {
        label for group in re.findall(r"by \(([\w, ]+)\)", query) for label in group.split(", ")
    }
    asked |= set(re.findall(r"(\w+)=\"", query))
    for name in names:
        assert asked - {"le"} <= SAMPLES[name]


def test_the_dashboard_asks_what_the_table_does() -> None:
    dashboard = json.loads((DOCS / "grafana.json").read_text())
    panels = dashboard["panels"]
    asked = [target["expr"] for panel in panels for target in panel["targets"]]
    assert set(asked) <= set(QUERIES)
    assert len({panel["id"] for panel in panels}) == len(panels) == len(asked)
    places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}
    assert len(places) == len(panels)
    [source] = [each["name"] for each in dashboard["templating"]["list"]]
    assert {panel["datasource"]["uid"] for panel in panels} == {f"${{{source}}}"}


@pytest.mark.skipif(shutil.which("prometheus") is None, reason="Debian's package prometheus")
def test_prometheus_evaluates_every_query(lab: Lab, tmp_path: Path) -> None:
    def work(x: int) -> int:
        if not x:
            raise ValueError("nothing")
        return x

    lab.add(work)
    sink = Sink(lab)
    lab.connect("work.out", sink.port)
    lab.connect("sensor.out", "work.x")
    served = lab.metrics.serve(0)
    assert CONFIGURATION is not None
    text = CONFIGURATION[0].replace("localhost:9464", urllib.parse.urlsplit(served).netloc)
    file = tmp_path / "prometheus.yml"
    file.write_text(text.replace("scrape_interval: 5s", "scrape_interval: 100ms"))
    url = f"127.0.0.1:{free_port()}"
    with (
        (tmp_path / "log").open("w") as log,
        subprocess.Popen(
            [
                *("prometheus", f"--config.file={file}"),
                *(f"--storage.tsdb.path={tmp_path / 'data'}", f"--web.listen-address={url}"),
            ],
            stdout=log,
            stderr=log,
        ) as process,
    ):
        try:
            for query in QUERIES:
                eventually(partial(answered, lab, url, query), query)
        finally:
            process.terminate()


def answered(lab: Lab, url: str, query: str) -> bool:
    """Whether there is an answer, after one more message that can be worked on and one that not."""
    lab.send("work.x", 1)
    lab.send("work.x", 0)
    return bool(found(url, query))


def found(url: str, query: str) -> list[Any]:
    """What it answers; nothing as long as it starts."""
    asked = urllib.parse.urlencode({"query": query})
    try:
        with urllib.request.urlopen(f"http://{url}/api/v1/query?{asked}", timeout=10) as answer:
            said = json.load(answer)
    except urllib.error.HTTPError as error:
        if error.code == 503:
            return []
        raise AssertionError(error.read().decode()) from error
    except OSError:
        return []
    return list(said["data"]["result"])
