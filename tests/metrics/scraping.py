"""Metrics as Prometheus's own Python library reads them."""

from __future__ import annotations

import urllib.request
from collections.abc import Mapping

from prometheus_client import Metric
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as openmetrics_families,
)
from prometheus_client.parser import text_string_to_metric_families

OPENMETRICS = "application/openmetrics-text; version=1.0.0"

Labels = tuple[tuple[str, str], ...]


class Scraped:
    """What was read, by sample."""

    def __init__(self, text: str, *, openmetrics: bool = False) -> None:
        read = openmetrics_families if openmetrics else text_string_to_metric_families
        self.metrics: dict[str, Metric] = {metric.name: metric for metric in read(text)}
        self.samples: dict[tuple[str, Labels], float] = {}
        for metric in self.metrics.values():
            for sample in metric.samples:
                at = (sample.name, _sorted(sample.labels))
                assert at not in self.samples, f"twice: {at}"
                self.samples[at] = sample.value

    def value(self, name: str, /, **labels: str) -> float | None:
        """One sample; None if it is not there."""
        return self.samples.get((name, _sorted(labels)))


def scrape(url: str, accept: str = "") -> Scraped:
    """Read what is served there."""
    request = urllib.request.Request(url, headers={"Accept": accept} if accept else {})
    with urllib.request.urlopen(request, timeout=10) as answer:
        text = answer.read().decode()
        kind = answer.headers["Content-Type"]
    return Scraped(text, openmetrics=kind.startswith("application/openmetrics-text"))


def _sorted(labels: Mapping[str, str]) -> Labels:
    return tuple(sorted(labels.items()))
