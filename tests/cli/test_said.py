"""What is printed beside the result: whose it is, and of which case."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from msgflo_lab import Lab
from tests.brokers import RabbitMQ
from tests.cli.program import run, running

SUITE = """\
name: Two
topic: Shouts
cases:
- name: a word
  assertion: is in capitals
  inputs: {in: hei}
  expect: {out: {equals: Hei}}
- name: two words
  assertion: need as many expectations
  inputs: [{in: one}, {in: two}]
  expect: [{out: {equals: ONE}}]
"""


def test_a_case_that_cannot_be_carried_out_has_printed_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("two.yaml").write_text(SUITE)
    Path("components").mkdir()
    Path("components", "Shouts.py").write_text(
        "def shouts(in_):\n    print('shouting', in_)\n    return in_.upper()\n"
    )
    first, _, second = run("spec", "two.yaml").stdout.partition("  two words\n")
    assert "printed: testee: shouting hei\n" in first
    assert "need as many expectations: ✗" in second
    assert "shouting" not in second


def test_a_warning_is_ours(tmp_path: Path) -> None:
    (tmp_path / "main.fbp").write_text("a(core/Drop)\n")
    with running("run", str(tmp_path), "--otel") as program:
        assert program.complaint().startswith("msgflo-lab: OpenTelemetry has no SDK here")
        program.line()
        assert program.end(signal.SIGTERM) == (0, "", "")


def test_nothing_is_bound_and_nobody_tells(
    rabbitmq: RabbitMQ, vhost: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MSGFLO_DISCOVERY_PERIOD", "1")
    with Lab("people") as lab:
        lab.start(vhost)
        lab.add(lambda in_: in_, "alone")
        where = f"{vhost}?management=http://127.0.0.1:{rabbitmq.management}"
        told = run("graph", "--broker", where, "--wait", "1.2")
        silent = run("graph", "--broker", f"{vhost}?management=http://127.0.0.1:1", "--wait", "1.2")
    nothing = "msgflo-lab: the broker tells of no bindings between them\n"
    assert (told.returncode, told.stderr) == (0, nothing)
    why, end = silent.stderr.splitlines(keepends=True)
    assert why.startswith("msgflo-lab: RabbitMQ's management interface does not answer at ")
    assert end == nothing
