"""The published suite of the protocol (npm `fbp-protocol`) runs against a program of ours."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.brokers import free_port, need
from tests.interop.conftest import node_package

from .schemas import WITHOUT, published, validate

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("version", ["0.7", "0.8"])
def test_the_published_suite_passes_and_its_schemas_hold(version: str, tmp_path: Path) -> None:
    package, port, record = node_package("fbp-protocol"), free_port(), tmp_path / "messages"
    program = [sys.executable, "-m", "tests.protocol.program", str(port), str(record)]
    config = {
        "name": "msgflo-lab",
        # So that the shell that the suite starts is the program that the suite ends.
        "command": f"exec {shlex.join(program)}",
        "host": "127.0.0.1",
        "port": port,
        "collection": "core",
        "version": version,
    }
    (tmp_path / "fbp-config.json").write_text(json.dumps(config))
    done = subprocess.run(
        [need("node"), str(package / "bin" / "fbp-test")],
        cwd=package.parent.parent,  # where it looks for mocha
        env={
            **os.environ,
            "PROJECT_HOME": str(tmp_path),
            "PYTHONPATH": str(ROOT),
            "FBP_PROTOCOL_SECRET": "s3cret",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    counts = {
        what: int(n) for n, what in re.findall(r"(\d+) (passing|failing|pending)", done.stdout)
    }
    assert counts == {"passing": 22}, done.stdout + done.stderr
    assert done.returncode == 0

    messages = [json.loads(line) for line in record.read_text().splitlines()]
    kinds = {(message["protocol"], message["command"]) for message in messages}
    assert {p for p, _ in kinds} == {"runtime", "graph", "network", "component"}
    assert len(messages) > 30  # some are put together when the machine is busy
    for message in messages:
        validate(message)
    assert "s3cret" not in record.read_text()


def test_every_message_is_known_with_its_schema() -> None:
    """What goes without is listed, with the reason; and the list is not out of date."""
    for protocol, command in WITHOUT:
        assert command not in published()[protocol]["output"]


def test_validation_can_fail() -> None:
    message = {"protocol": "network", "command": "started", "payload": {"graph": "g", "who": 1}}
    with pytest.raises(AssertionError, match="who"):
        validate(message)
    with pytest.raises(KeyError):
        validate({"protocol": "network", "command": "sleeping", "payload": {}})
