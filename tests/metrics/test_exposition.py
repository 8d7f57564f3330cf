"""What is written is what Prometheus's library reads, whatever names there are."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msgflo_lab.metrics import Buckets, Family, Format, Kind, Metric, exposition, format_for
from msgflo_lab.metrics.catalogue import OURS
from msgflo_lab.metrics.limits import LABEL
from tests.metrics.scraping import Scraped

COUNTER = Metric("some_messages_total", Kind.COUNTER, 'Has "quotes", a \\ and\na line.', ("role",))
GAUGE = Metric("some_gauge", Kind.GAUGE, "Plain.", ("role", "port"))
PLAIN = Metric("some_plain_gauge", Kind.GAUGE, "Has no labels.")
TIMES = Metric("some_seconds", Kind.HISTOGRAM, "Times.", ("role",))

any_name = st.text(max_size=20)


def read(*families: Family, form: Format) -> Scraped:
    return Scraped(exposition(families, form), openmetrics=form is Format.OPENMETRICS)


@pytest.mark.parametrize("form", list(Format))
@given(st.dictionaries(any_name, st.integers(0, 2**53), min_size=1, max_size=5))
def test_any_name_comes_back(form: Format, counts: dict[str, int]) -> None:
    family = Family(COUNTER)
    for name, count in counts.items():
        family.add(count, name)
    found = read(family, form=form)
    for name, count in counts.items():
        assert found.value(COUNTER.name, role=name) == count
    assert found.metrics["some_messages"].type == "counter"
    assert found.metrics["some_messages"].documentation == COUNTER.help


@pytest.mark.parametrize("form", list(Format))
@given(st.floats(allow_nan=False), any_name, any_name)
def test_any_value_comes_back(form: Format, value: float, role: str, port: str) -> None:
    family, plain = Family(GAUGE), Family(PLAIN)
    family.add(value, role, port)
    plain.add(value)
    found = read(family, plain, form=form)
    assert found.value(GAUGE.name, role=role, port=port) == value
    assert found.value(PLAIN.name) == value


@pytest.mark.parametrize("form", list(Format))
def test_a_histogram_adds_up(form: Format) -> None:
    family = Family(TIMES)
    family.add(Buckets((0.5, 1), (2, 0, 3), 31.5), "work")
    found = read(family, form=form)
    name = f"{TIMES.name}_bucket"
    assert [found.value(name, role="work", le=le) for le in ("0.5", "1.0", "+Inf")] == [2, 2, 5]
    assert found.value(f"{TIMES.name}_sum", role="work") == 31.5
    assert found.value(f"{TIMES.name}_count", role="work") == 5
    assert found.metrics[TIMES.name].type == "histogram"


def test_no_number_is_written_so_too() -> None:
    family = Family(PLAIN)
    family.add(math.nan)
    value = read(family, form=Format.TEXT).value(PLAIN.name)
    assert value is not None
    assert math.isnan(value)


@pytest.mark.parametrize("form", list(Format))
def test_half_a_character_spoils_nothing(form: Format) -> None:
    family = Family(COUNTER)
    family.add(1, "half \ud800")
    found = exposition([family], form).encode()
    assert Scraped(found.decode(), openmetrics=form is Format.OPENMETRICS).value(
        COUNTER.name, role="half \\ud800"
    )


@pytest.mark.parametrize("form", list(Format))
def test_what_has_no_samples_is_left_out(form: Format) -> None:
    assert not read(Family(COUNTER), form=form).metrics


def test_a_metric_has_so_many_series_and_counts_the_rest() -> None:
    family = Family(COUNTER, most=2)
    for name in ("a", "b", "c", "d"):
        family.add(1, name)
    family.add(7, "a")
    assert family.samples == {("a",): 7, ("b",): 1}
    assert family.dropped == 2


def test_a_long_name_is_cut_short() -> None:
    family = Family(COUNTER)
    family.add(1, "x" * 10_000)
    [(label,)] = family.samples
    assert len(label) == LABEL


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", Format.TEXT),
        ("*/*", Format.TEXT),
        ("text/plain", Format.TEXT),
        ("application/openmetrics-text", Format.OPENMETRICS),
        ("application/openmetrics-text; version=1.0.0; q=nonsense", Format.TEXT),
        (
            # What Prometheus 2.42 sends.
            "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1"
            ";q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
            Format.OPENMETRICS,
        ),
        ("application/openmetrics-text;q=0.2, text/plain;q=0.5", Format.TEXT),
        (",;,=;q", Format.TEXT),
    ],
)
def test_everybody_gets_the_format_that_he_likes(accept: str, form: Format) -> None:
    assert format_for(accept) is form


def test_names_follow_the_conventions() -> None:
    for metric in OURS:
        assert metric.name.startswith("msgflo_")
        assert (metric.kind is Kind.COUNTER) == metric.name.endswith("_total")
        assert metric.help.endswith(".")
    assert len({metric.name for metric in OURS}) == len(OURS)
