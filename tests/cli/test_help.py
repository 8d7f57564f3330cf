"""Help that fits a terminal, with examples that are right; completion; versions."""

from __future__ import annotations

import re
import shlex
import subprocess
from importlib.metadata import version

import pytest
import typer.main

from msgflo_lab.cli import app
from tests.cli.program import COMMAND, DEADLINE, environment, run

COMMANDS = [
    "run",
    "serve",
    "setup",
    "participants",
    "send",
    "dump",
    "graph",
    "procfile",
    "client",
    "fbp convert",
    "fbp format",
    "fbp lint",
]


def help_of(command: str) -> str:
    """What `--help` says, without a process of its own."""
    click = typer.main.get_command(app)
    context = click.make_context("msgflo-lab", [], resilient_parsing=True)
    for name in command.split():
        click = click.get_command(context, name)  # type: ignore[attr-defined]
        context = type(context)(click, info_name=name, parent=context, max_content_width=80)
    return click.get_help(context)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_fits_and_its_examples_are_right(command: str) -> None:
    text = help_of(command)
    assert all(len(line) <= 80 for line in text.splitlines()), text
    head, _, examples = text.partition("Examples:\n")
    found = [line.strip() for line in examples.splitlines() if line.strip()]
    assert found, text
    options = set(re.findall(r"(?<!\S)(--?[a-z][a-z-]*)", head))
    for line in found:
        words = shlex.split(line)
        assert " ".join(words).find(f"msgflo-lab {command}") >= 0, line
        for word in words:
            if re.fullmatch(r"--?[a-z][a-z-]*", word):
                assert word in options, (word, line)


def test_commands_stand_under_what_they_are_for() -> None:
    said = run("--help", env=environment(COLUMNS="80"))
    assert said.returncode == 0
    headings = re.findall(r"^(\S.*):$", said.stdout, re.MULTILINE)
    assert headings == ["Options", "Networks", "Looking and sending", "Files"]
    assert "..." not in said.stdout.partition("\n")[2]  # all that is said of a command fits
    assert run("--version").stdout == f"msgflo-lab {version('msgflo-lab')}\n"


def test_a_misspelt_command_is_guessed() -> None:
    said = run("particpants")
    assert said.returncode == 2
    assert "'participants'" in said.stderr


def completed(line: str) -> list[str]:
    """What bash offers for a line, asked as its completion function does."""
    words = line.split(" ")
    said = subprocess.run(
        [COMMAND],
        env=environment(
            COMP_WORDS="\n".join(words),
            COMP_CWORD=str(len(words) - 1),
            _MSGFLO_LAB_COMPLETE="complete_bash",
        ),
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    assert said.stderr == ""
    return said.stdout.split()


def test_bash_completes() -> None:
    assert completed("msgflo-lab pa") == ["participants"]
    assert {"--participants", "--discover", "--forever"} <= set(completed("msgflo-lab setup --"))
    assert completed("msgflo-lab graph x.fbp --to me") == ["mermaid"]


def test_the_completion_of_bash_is_a_script_that_bash_takes() -> None:
    script = run(
        "--show-completion",
        "bash",
        env=environment(_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1"),
    )
    assert script.returncode == 0, script.stderr
    line = f"{script.stdout}\nCOMP_WORDS=(msgflo-lab fb); COMP_CWORD=1\n"
    line += 'f=$(complete -p msgflo-lab | sed "s/.*-F \\([^ ]*\\).*/\\1/"); $f msgflo-lab\n'
    said = subprocess.run(
        ["bash", "-c", line + 'echo "${COMPREPLY[*]}"'],
        env=environment(PATH=f"{COMMAND.parent}:/usr/bin:/bin"),
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    assert said.stdout == "fbp\n", said.stderr
