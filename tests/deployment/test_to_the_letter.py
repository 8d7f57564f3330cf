"""Whatever a role is called, its program is told so to the letter."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msgflo_lab.deployment import processes
from msgflo_lab.deployment.compose import compose
from msgflo_lab.deployment.kubernetes import kubernetes
from msgflo_lab.deployment.model import Deployment
from msgflo_lab.deployment.systemd import systemd
from msgflo_lab.errors import MsgFloLabError
from tests.brokers import need
from tests.deployment.readers import of_compose, of_kubernetes, of_systemd
from tests.deployment.samples import ODD, for_roles, read, roles

several = st.lists(roles, unique=True, max_size=5)


def commands(deployment: Deployment) -> list[tuple[str, ...]]:
    return [each.command for each in deployment.services]


@settings(deadline=None, max_examples=50)
@given(several)
def test_compose(names: list[str]) -> None:
    deployment = for_roles(*names)
    services = read(compose(deployment)["docker-compose.yml"])["services"]
    del services["broker"]
    told = [tuple(map(of_compose, each["command"])) for each in services.values()]
    assert told == commands(deployment)


@settings(deadline=None, max_examples=50)
@given(several)
def test_kubernetes(names: list[str]) -> None:
    deployment = for_roles(*names)
    found = kubernetes(deployment, "")
    for service in deployment.services:
        document = read(found[f"kubernetes/deployment-{service.label}.yaml"])
        [container] = document["spec"]["template"]["spec"]["containers"]
        assert tuple(map(of_kubernetes, container["command"])) == service.command


@settings(deadline=None)
@given(several)
def test_systemd(names: list[str]) -> None:
    deployment = for_roles(*names)
    found = systemd(deployment)
    for service in deployment.services:
        text = found[f"systemd/lab-{service.label}.service"]
        [line] = re.findall(r"^ExecStart=(.*)$", text, re.M)
        assert of_systemd(line) == ["/usr/bin/env", *service.command]


def test_systemd_itself(tmp_path: Path) -> None:
    deployment = for_roles(*ODD)
    for path, text in systemd(deployment).items():
        (tmp_path / Path(path).name).write_text(text)
    said = subprocess.run(
        [need("systemd-analyze"), "verify", "--man=no", *sorted(map(str, tmp_path.iterdir()))],
        # Then it tells what it has read, each unit in its own paragraph.
        env={**os.environ, "SYSTEMD_LOG_LEVEL": "debug", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    told = dict[str, list[str]]()
    for unit in said.stdout.split("-> Unit ")[1:]:
        if found := re.search(r"^\s*Command Line: (.*)$", unit, re.M):
            told[unit.split(":\n")[0]] = _dumped(found[1])
    assert len(told) == len(ODD)
    for service in deployment.services:
        assert told[f"lab-{service.label}.service"] == ["/usr/bin/env", *service.command]


def _dumped(line: str) -> list[str]:
    """The words of a command as systemd shows it: for a shell, with C's escapes."""
    words = []
    for word in re.findall(r'"(?:[^"\\]|\\.)*"|[^ ]+', line):
        if word[0] == '"':
            word = re.sub(rb"\\([0-7]{3}|x[0-9a-f]{2}|.)", _unescaped, word[1:-1].encode()).decode()
        words.append(word.replace("$$", "$"))  # which systemd does when it starts it
    return words


def _unescaped(found: re.Match[bytes]) -> bytes:
    what = found[1]
    if len(what) == 3:
        return bytes([int(what[1:], 16) if what[:1] == b"x" else int(what, 8)])
    names = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"a": b"\a", b"b": b"\b", b"f": b"\f"}
    return {**names, b"v": b"\v"}.get(what, what)


@given(several)
def test_a_line_of_a_procfile(names: list[str]) -> None:
    deployment = for_roles(*(each for each in names if not {"\n", "\r"} & set(each)))
    lines = [each for each in processes(deployment).split("\n") if each]
    assert [tuple(shlex.split(each.partition(": ")[2])) for each in lines] == commands(deployment)
    assert all(re.match(r"[A-Za-z0-9_-]+: ", each) for each in lines)


def test_a_real_shell_on_the_lines_of_a_procfile() -> None:
    names = [each for each in ODD if not {"\n", "\r"} & set(each)]
    script = re.sub(
        r"^[\w-]+: play ", "printf '%s\\\\0' ", processes(for_roles(*names)), flags=re.M
    )
    said = subprocess.run(["sh", "-c", script], capture_output=True, check=True)
    assert said.stdout.decode().split("\0") == [*names, ""]


def test_what_has_two_lines_cannot_be_in_a_procfile() -> None:
    with pytest.raises(MsgFloLabError, match="has more than one line"):
        processes(for_roles("a\nb"))
