"""Families as text: Prometheus's format, and OpenMetrics, which came of it.

Pure layer. Sources: prometheus.io/docs/instrumenting/exposition_formats (version 0.0.4), and the
OpenMetrics specification 1.0. They differ in what a counter is called in its description, and in
the last line.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from enum import Enum

from .model import Buckets, Family, Kind


class Format(Enum):
    """A format, as HTTP names it."""

    TEXT = "text/plain; version=0.0.4; charset=utf-8"
    OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


def format_for(accept: str) -> Format:
    """The format that somebody likes best, by his header `Accept`; text, if he does not say."""
    best = {Format.TEXT: 0.0, Format.OPENMETRICS: 0.0}
    for each in accept.split(","):
        kind, *options = (part.strip().lower() for part in each.split(";"))
        for form in Format:
            if kind == form.value.partition(";")[0]:
                best[form] = max(best[form], _quality(options))
    is_newer_liked = best[Format.OPENMETRICS] > best[Format.TEXT]
    return Format.OPENMETRICS if is_newer_liked else Format.TEXT


def exposition(families: Iterable[Family], form: Format = Format.TEXT) -> str:
    """The families as text. Those without samples are left out."""
    lines = [line for family in families if family.samples for line in _lines(family, form)]
    if form is Format.OPENMETRICS:
        lines.append("# EOF")
    return "".join(f"{line}\n" for line in lines)


def _lines(family: Family, form: Format) -> Iterator[str]:
    metric = family.metric
    name = metric.name
    if form is Format.OPENMETRICS and metric.kind is Kind.COUNTER:
        name = name.removesuffix("_total")
    # Only OpenMetrics wants quotation marks escaped here, too.
    text = _escaped(metric.help, quotes=form is Format.OPENMETRICS)
    yield f"# HELP {name} {text}"
    yield f"# TYPE {name} {metric.kind.value}"
    for values, value in family.samples.items():
        labels = ",".join(
            f'{label}="{_escaped(each)}"' for label, each in zip(metric.labels, values, strict=True)
        )
        if isinstance(value, Buckets):
            yield from _bucket_lines(metric.name, labels, value)
        else:
            yield f"{metric.name}{_braced(labels)} {_number(value)}"


def _bucket_lines(name: str, labels: str, value: Buckets) -> Iterator[str]:
    before = f"{labels}," if labels else ""
    total = 0
    for bound, count in zip((*value.bounds, math.inf), value.counts, strict=True):
        total += count
        yield f'{name}_bucket{{{before}le="{_number(float(bound))}"}} {total}'
    yield f"{name}_sum{_braced(labels)} {_number(value.sum)}"
    yield f"{name}_count{_braced(labels)} {total}"


def _braced(labels: str) -> str:
    return f"{{{labels}}}" if labels else ""


def _number(value: float) -> str:
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return "NaN" if math.isnan(value) else repr(value)


def _escaped(text: str, *, quotes: bool = True) -> str:
    text = text.replace("\\", "\\\\").replace("\n", "\\n")
    return text.replace('"', '\\"') if quotes else text


def _quality(options: list[str]) -> float:
    for option in options:
        name, _, value = option.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
