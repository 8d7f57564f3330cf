"""What somebody has set means the same everywhere; and is in no repository."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msgflo_lab.deployment import Secret, written
from msgflo_lab.deployment.settings import UNQUOTED, examples_in, settings
from tests.deployment.readers import env_of_compose, env_of_foreman, env_of_systemd
from tests.deployment.samples import GRAPH, greenhouse

VALUES = ["pa$wd#1", "${HOME} `id` $(id)", 'it is "so"', " a #b ", "C:\\new\\x", "5 a", "=", "a=b"]
texts = st.one_of(st.sampled_from(VALUES), st.text("aZ9 $#'\"\\=`~!&;|<>(){}%é\t\n", max_size=8))


def line_of(value: str) -> str:
    """How it is written."""
    deployment = replace(greenhouse(), secrets=(Secret("HOUSE", example=value),))
    (text,) = re.findall(r"^HOUSE=(.*)$", settings(deployment)[".env.example"], re.M)
    return f"HOUSE={text}"


@given(texts)
def test_all_read_the_same(value: str) -> None:
    line = line_of(value)
    text = line.removeprefix("HOUSE=")
    for reader in (env_of_compose, env_of_systemd, env_of_foreman):
        assert reader(text) in (value, "")
    assert examples_in(line) == ({"HOUSE": value} if text else {})


@pytest.mark.parametrize("value", VALUES)
def test_a_shell_reads_it(value: str, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"{line_of(value)}\n")
    said = subprocess.check_output(["sh", "-c", '. ./.env; printf %s "$HOUSE"'], cwd=tmp_path)
    assert said.decode() == value


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="`kubectl` is not installed")
def test_kubectl_reads_it_without_the_quotes(tmp_path: Path) -> None:
    lines = [line_of(value).replace("HOUSE", f"N{at}") for at, value in enumerate(VALUES)]
    (tmp_path / ".env").write_text("\n".join(["# A='b'", "", *lines, "EMPTY="]))
    create = "kubectl create secret generic s --from-env-file=/dev/stdin --dry-run=client -o json"
    said = subprocess.check_output(["sh", "-c", f"{UNQUOTED} | {create}"], cwd=tmp_path)
    found = {k: base64.b64decode(v).decode() for k, v in json.loads(said)["data"].items()}
    assert found == {**{f"N{at}": value for at, value in enumerate(VALUES)}, "EMPTY": ""}
    assert UNQUOTED in written(greenhouse(), GRAPH)["kubernetes/kustomization.yaml"]


def test_git_leaves_it_alone(tmp_path: Path) -> None:
    for path, text in written(greenhouse(), GRAPH).items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    for path in (".env", ".venv/pyvenv.cfg", "components/__pycache__/work.pyc"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("A=b")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    told = subprocess.check_output(["git", "status", "--porcelain", "-uall"], cwd=tmp_path)
    there = {line[3:] for line in told.decode().splitlines()}
    assert there == set(written(greenhouse(), GRAPH))


def test_the_steps_for_systemd_take_what_belongs_there(tmp_path: Path) -> None:
    """Run as they are told, but for the new environment: the one here stays, as do secrets."""
    house, opt = tmp_path / "house", tmp_path / "opt"
    for path, text in written(greenhouse(), GRAPH).items():
        (house / path).parent.mkdir(parents=True, exist_ok=True)
        (house / path).write_text(text)
    for path in (".env", ".venv/bin/pip", "data/rooms.csv", "msgflo_lab-1-py3-none-any.whl"):
        (house / path).parent.mkdir(parents=True, exist_ok=True)
        (house / path).write_text("")
    target = (house / "systemd" / "greenhouse.target").read_text()
    steps = [line.removeprefix("#   sudo ") for line in target.splitlines() if "sudo " in line]
    until = next(at for at, step in enumerate(steps) if "venv" in step and "python3" in step)
    script = "\n".join(steps[:until]).replace("/opt/", f"{opt}/")
    for _ in range(2):  # the second time, too
        subprocess.run(["sh", "-e", "-c", script], cwd=house, check=True)
    there = {path.relative_to(opt / "greenhouse").as_posix() for path in opt.rglob("*")}
    assert {"data/rooms.csv", "requirements.txt", "msgflo_lab-1-py3-none-any.whl"} <= there
    assert not {".env", ".venv", "systemd/systemd"} & there
    assert steps[until] == "python3 -m venv /opt/greenhouse/.venv"
