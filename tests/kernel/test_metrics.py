"""`%msgflo metrics`."""

from __future__ import annotations

import re

import pytest
from IPython.core.error import UsageError

from msgflo_lab.metrics import Format
from tests.metrics.scraping import Scraped, scrape
from tests.runtime.helpers import eventually

from .conftest import Shell

WORK = """\
%%participant work
def work(x: float):
    return 2 * x"""


def test_a_table_of_what_happens(shell: Shell) -> None:
    shell.run("%msgflo start")
    shell.run(WORK)
    before = shell.run("%msgflo metrics")
    assert before.splitlines()[0] == "link up; 0 bindings; 0 dead letters"
    shell.run("%msgflo send work.x 21")
    eventually(lambda: shell.lab.metrics.summary().roles[0].jobs == 1)
    lines = shell.run("%msgflo metrics").splitlines()
    assert lines[1].startswith("role  there  waiting  in  out  jobs  average")
    assert re.fullmatch(r"work +1 +0 +1 +1 +1 +[\d.]+ [um]s +[\d.]+ [um]s +0 +0", lines[2])
    assert re.fullmatch(r"jobs are timed since \d\d:\d\d:\d\d", lines[3])


def test_for_prometheus(shell: Shell) -> None:
    shell.run("%msgflo start")
    shell.run(WORK)
    said = shell.run("%msgflo metrics --serve 0")
    assert said.startswith("metrics at http://127.0.0.1:")
    found = scrape(said.removeprefix("metrics at "), Format.OPENMETRICS.value)
    assert found.value("msgflo_participants", role="work", state="alive") == 1
    text = shell.run("%msgflo metrics --text") + "\n"
    assert Scraped(text).value("msgflo_participants", role="work", state="alive") == 1
    assert shell.run("%msgflo metrics --stop") == "metrics are served no more"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("", "the lab is stopped"),
        ("--serve here", "`here` is no [HOST:]PORT"),
        ("--serve 0 --stop", "one of --serve, --stop and --text at a time"),
    ],
)
def test_what_is_refused(shell: Shell, options: str, said: str) -> None:
    with pytest.raises(UsageError, match=re.escape(said)):
        shell.run(f"%msgflo metrics {options}")
