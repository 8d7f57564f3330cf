"""What is printed: where, in which letters, and what becomes of it when nobody can read it."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from tests.brokers import Mosquitto
from tests.cli.program import COMMAND, DEADLINE, environment, running

GRAPH = "a(core/Repeat) OUT -> IN b(core/Drop)\n'größe →' -> IN a\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    found = tmp_path / "net.fbp"
    found.write_text(GRAPH, encoding="utf-8")
    return found


def shell(command: str, file: Path, **more: str) -> subprocess.CompletedProcess[bytes]:
    """Run a line of the shell; `$M` is the program, `$F` the file."""
    return subprocess.run(
        ["bash", "-c", command],
        env=environment(M=str(COMMAND), F=str(file), **more),
        capture_output=True,
        timeout=DEADLINE,
        check=False,
    )


def test_a_reader_who_goes_ends_it_without_a_word(file: Path) -> None:
    for command in ('graph "$F"', "--help"):
        said = shell(f'"$M" {command} | true; echo "${{PIPESTATUS[0]}}"', file)
        assert (said.stdout, said.stderr) == (b"1\n", b"")


def test_a_full_disk_is_one_line(file: Path) -> None:
    for command in ('"$M" graph "$F" > /dev/full', '"$M" fbp lint nowhere.fbp > /dev/full'):
        said = shell(command, file)
        assert said.returncode == 1
        assert said.stderr == b"msgflo-lab: the output cannot be written: No space left on device\n"


def test_what_is_closed_is_no_failure(file: Path) -> None:
    said = shell('"$M" graph "$F" >&- <&-', file)
    assert (said.returncode, said.stderr) == (0, b"")
    said = shell('"$M" graph "$F.nowhere" 2>&-', file)
    assert (said.returncode, said.stdout) == (1, b"")
    said = shell('"$M" fbp convert - <&-', file)
    assert said.returncode == 0
    assert json.loads(said.stdout)["processes"] == {}


def test_letters_that_the_terminal_does_not_have(file: Path) -> None:
    text = shell('"$M" graph "$F"', file, PYTHONIOENCODING="ascii")
    assert text.returncode == 0
    assert text.stdout.decode("utf-8").startswith("größe → -> a.in")
    lint = shell('"$M" fbp lint "$F.größe"', file, PYTHONIOENCODING="ascii")
    assert (lint.returncode, lint.stderr) == (1, b"")
    assert b"gr\\xf6\\xdfe" in lint.stdout
    as_json = shell('"$M" fbp lint --json "$F.größe"', file, PYTHONIOENCODING="ascii")
    assert json.loads(as_json.stdout.decode("ascii"))["file"] == f"{file}.größe"


def test_files_are_utf8_everywhere(file: Path) -> None:
    here = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    said = shell('"$M" fbp convert - < "$F" | "$M" fbp convert -', file, **here)
    assert said.stderr == b""
    assert "größe →" in said.stdout.decode("utf-8")


def test_what_is_waited_for_is_on_the_terminal_and_goes(mosquitto: Mosquitto) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [COMMAND, "participants", "--broker", mosquitto.url, "--wait", "1.2"],
        env=environment(TERM="xterm"),
        stdout=subprocess.PIPE,
        stderr=theirs,
    ) as program:
        os.close(theirs)
        seen = b""
        with suppress(OSError):  # how a terminal says that nobody is there any more
            while more := os.read(ours, 10_000):
                seen += more
        assert program.stdout is not None
        assert program.stdout.read() == b""
    os.close(ours)
    text = seen.decode()
    assert "listening for " in text
    assert "participants" in text
    # The line was taken away before the last word.
    assert text.rpartition("\r\x1b[K")[2].startswith("msgflo-lab: nobody has announced himself")


def test_what_the_library_logs(vhost: str, file: Path) -> None:
    """Nobody answers where RabbitMQ's management would be: that is logged."""
    for debug, is_heard in {"x, msgflo*": True, "other:*, 1": False}.items():
        with running("run", str(file), "--broker", vhost, env=environment(DEBUG=debug)) as program:
            program.until(f"{file} on ")
            if is_heard:  # it is looked for in a thread
                while "DEBUG msgflo_lab_transports" not in (said := program.complaint()):
                    assert said
            _, _, err = program.end(signal.SIGTERM)
        assert is_heard or "DEBUG msgflo_lab_transports" not in err, err
