"""`README.md` of a project: what it is, how to run it, and what has to be set. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ..names import shown
from .labels import label

if TYPE_CHECKING:
    from .project import Project

_TEXT = """\
# {name}

```mermaid
{picture}```

{participants}

## Run it here

Once: `python3 -m venv .venv && . .venv/bin/activate && pip install -r requirements.txt`. Then

{run}

One participant by itself, of as many as you like: `{one}`.
The broker is the one of `--broker`, or of the environment variable `MSGFLO_BROKER`.{wants}

In a notebook in this folder: `%msgflo import .`; `%msgflo import . --cells` has the code as cells.

{tests}\
## Run it elsewhere

`.env.example` says what has to be set; there is no secret in any of these files.

| where | how |
|---|---|
| one machine, with containers | `cp .env.example .env`, fill it in, `docker compose up --build` |
| one machine, without | the units in `systemd/`; how, is said in `systemd/{unit}.target` |
| Kubernetes | `kubectl apply -k kubernetes`; how, is said in `kubernetes/kustomization.yaml` |
| Heroku, foreman | `Procfile` |
"""
_ALONE = """\
    msgflo-lab run .                                # everything in one process
    msgflo-lab run . --broker {broker}://localhost      # a process for each participant
"""
_BROKER = """\
    msgflo-lab run . --broker {broker}://localhost
"""
_OTHERS = """
What is not here and is a program: name it in `main.fbp`, `ROLE(NAME)`, and below
`[tool.msgflo.components]` in `pyproject.toml` say what runs it, `"NAME" = "command #ROLE"`."""
_TESTS = """\
## Tests

    msgflo-lab spec {folder} --componentdir components

They are made of messages that were seen when this project was written: what came in, and what went
out then. Change what was not meant so.

"""


def readme(project: Project) -> str:
    """The file."""
    played = project.played
    is_ours = all(each.is_ours for each in played.values())
    run = (_ALONE if is_ours else _BROKER).format(broker=project.broker)
    commands = [shlex.join(program.command_for(role)) for role, program in played.items()]
    return _TEXT.format(
        name=shown(project.name, 200),
        picture=project.picture,
        participants=_participants(project),
        run=run.rstrip("\n"),
        one=next(iter(commands), "msgflo-lab run ."),
        wants="".join(f"\n{line}" for line in _wants(project)),
        tests=_TESTS.format(folder="spec") if project.suites else "",
        unit=label(project.name, 20),
    )


def _wants(project: Project) -> Iterator[str]:
    """What somebody has to know who runs it by hand."""
    for is_optional, told in ((False, "have to be set"), (True, "may be set")):
        names = [each.variable for each in project.secrets if each.is_optional is is_optional]
        if names:
            yield f"Variables of the environment that {told}: {_names(names)}."
    several = [each for each in project.deployment.services if each.instances > 1]
    for each in several:
        yield (
            f"Of {_names([each.name])} there are to be {each.instances}: `msgflo-lab run` starts "
            f"one; `{shlex.join(each.command)}` is another."
        )


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{shown(each)}`" for each in names)


def _participants(project: Project) -> str:
    rows = ["| role | component | ports | what it does |", "|---|---|---|---|"]
    for role, program in project.played.items():
        link = f"[`{program.file}`](components/{program.file})"
        file = link if program.file else f"`{_cell(shlex.join(program.command))}`"
        rows.append(f"| {_cell(role)} | {file} | {_cell(program.ports)} | {_cell(program.about)} |")
    for role, what in project.within.items():
        rows.append(f"| {_cell(role)} | {_cell(what)} | | played by `msgflo-lab run` itself |")
    for role in project.others:
        rows.append(f"| {_cell(role)} | | | **not here**: somebody else has to play it |")
    return "\n".join([*rows, *([_OTHERS] if project.others else [])])


def _cell(text: str) -> str:
    return shown(text, 120).replace("|", "\\|")
