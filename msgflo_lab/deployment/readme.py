"""`README.md` of a project: what it is, how to run it, and what has to be set. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ..names import Role, shown
from .labels import label
from .procfile import name_in_procfile
from .resources import USUAL

if TYPE_CHECKING:
    from .project import Project

_TEXT = """\
# {name}

```mermaid
{picture}```

{participants}

## Run it here

Once: `python3 -m venv .venv && . .venv/bin/activate && pip install -r requirements.txt`. What is on
no index, as msgflo-lab may be: put its wheel into this folder before.{node} Then, in this folder,

{run}

- One participant by itself, of as many as you like: `{one}`.
- The broker is the one of the environment variable `MSGFLO_BROKER`; `msgflo-lab`, and scripts that
  end with `msgflo_lab.main(...)`, take `--broker` as well.
- Relative paths in the code, such as `data/1.csv`, are those of this folder.{wants}

In a notebook in this folder: `%msgflo import .`; `%msgflo import . --cells` has the code as cells.

{tests}\
## Run it elsewhere

`.env.example` says what has to be set, and how a value is written that has `$`, `#` or a space in
it. There is no secret in any of these files.{memory}

| where | how |
|---|---|
| one machine, with containers | `cp .env.example .env`, fill it in, `docker compose up --build` |
| one machine, without | the units in `systemd/`; how, is said in `systemd/{unit}.target` |
| Kubernetes | `kubectl apply -k kubernetes`; how, is said in `kubernetes/kustomization.yaml` |
| foreman | `{foreman}`, with `MSGFLO_BROKER` in `.env`; what it starts is in `Procfile` |
| Heroku | push, `heroku config:set` what has to be set, and `{heroku}`: it starts nothing else |
"""
_ALONE = """\
    msgflo-lab run .                                # everything in one process
    msgflo-lab run . --broker {broker}://localhost      # a process for each participant
"""
_BROKER = """\
    msgflo-lab run . --broker {broker}://localhost
"""
_NODE = """ For programs of Node.js, also
`npm install`."""
_COLUMN = re.compile(r"(?<!\\)\|")
_OTHERS = """
What is not here and is a program: name it in `main.fbp`, `ROLE(NAME)`, and below
`[tool.msgflo.components]` in `pyproject.toml` say what runs it, `"NAME" = "command #ROLE"`."""
_MEMORY = """
A program gets {usual} MiB of memory at most{told}. Where that is too little, as with pandas
or torch: `ROLE(NAME:memory=1024)` in `main.fbp`, and write the project anew; or change the files
themselves."""
_TESTS = """\
## Tests

    msgflo-lab spec {folder} --componentdir components

They are made of messages that were seen when this project was written: what came in, and what went
out then. Change what was not meant so.

"""


def readme(project: Project) -> str:
    """The file."""
    played = project.played
    is_within = all(each.fits_within for each in played.values())
    run = (_ALONE if is_within else _BROKER).format(broker=project.broker)
    # Those that take `--broker` first.
    ones = sorted(played.items(), key=lambda each: bool(each[1].command))
    commands = [shlex.join(program.command_for(role)) for role, program in ones]
    return _TEXT.format(
        name=shown(project.name, 200),
        picture=project.picture,
        participants=_participants(project),
        node=_NODE if project.deployment.needs_node else "",
        run=run.rstrip("\n"),
        one=next(iter(commands), "msgflo-lab run ."),
        wants="".join(f"\n- {line}" for line in _wants(project)),
        tests=_TESTS.format(folder="spec") if project.suites else "",
        unit=label(project.name, 20),
        memory=_memory(project),
        foreman=_foreman(project),
        heroku=_heroku(project),
    )


def _wants(project: Project) -> Iterator[str]:
    """What somebody has to know who runs it by hand."""
    for name, roles in project.files.items():
        yield f"Put `{shown(name)}` into this folder: it is named by the code of {_names(roles)}."
    for is_optional, told in ((False, "have to be set"), (True, "may be set")):
        names = [each.variable for each in project.secrets if each.is_optional is is_optional]
        if names:
            yield f"Variables of the environment that {told}: {_names(names)}."
    several = [each for each in project.deployment.services if each.instances > 1]
    for each in several:
        yield (
            f"Of {_names([each.name])} there are {each.instances} where there is a broker, as its "
            "`scale` in `main.fbp` says."
        )


def _memory(project: Project) -> str:
    """How much there is for each; it is easily too little for pandas, and for torch in any case."""
    others = {
        each.name: each.resources.memory
        for each in project.deployment.services
        if each.resources != USUAL and not each.is_network
    }
    told = "".join(f", {_names([name])} {number} MiB" for name, number in others.items())
    return _MEMORY.format(usual=USUAL.memory, told=told)


def _heroku(project: Project) -> str:
    """What starts the Procfile there."""
    each = (f"{name_in_procfile(one)}={one.instances}" for one in project.deployment.services)
    return f"heroku ps:scale {' '.join(each)}"


def _foreman(project: Project) -> str:
    """What starts the Procfile, with as many workers as there are."""
    several = {name_in_procfile(each): each.instances for each in project.deployment.services}
    told = [f"{name}={number}" for name, number in several.items() if number > 1]
    return " ".join(["foreman start", *([f"-m all=1,{','.join(told)}"] if told else [])])


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


def participants_in(text: str) -> dict[Role, tuple[str, str]]:
    """The way back: by role, what its ports are and what it does."""
    rows = (_COLUMN.split(line) for line in text.splitlines() if line.startswith("| "))
    found = ([cell.strip().replace("\\|", "|") for cell in row[1:-1]] for row in rows)
    return {Role(row[0]): (row[2], row[3]) for row in found if len(row) == 4}


def _cell(text: str) -> str:
    return shown(text, 120).replace("|", "\\|")
