"""A participant of the notebook as a script: its code, what that needs, and how it is run."""

from __future__ import annotations

import ast
import importlib.util
import inspect
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

from msgflo_lab.lab import Lab
from msgflo_lab.names import PortName, Role, listed, shown
from msgflo_lab.runtime.behaviour import Behaviour
from msgflo_lab.runtime.details import details_of
from msgflo_lab.script import (
    Cell,
    Found,
    Import,
    Statement,
    follow,
    header_of,
    notes_of,
    render,
    statements,
)

from .cells import Cells, cells_of
from .first_party import first_party
from .keeping import Keeper
from .literals import assignment, inline
from .modules import imports_in, needed_by, top_of
from .problems import Problems, files_named, is_hidden, packages
from .refusing import CannotTravel, refuse
from .requirements import OUR_PACKAGES, at_least, requirements
from .secrets import Finding, is_secret
from .steady import is_steady
from .travelling import is_installed, literal_of, plain
from .variables import Variable, variables_of

WIDTH = 88
_NAME = "COMPONENT"


@dataclass(frozen=True, slots=True)
class Script:
    """What is to be written for a participant.

    Attributes:
        component: What it announces that it is.
        file: What its file is to be called.
        text: The script.
        modules: What it imports, by whole names.
        beside: Files of modules that are nowhere installed.
        variables: Of the environment, that it reads, or modules beside it.
        files: Of the notebook's folder, that it names.
        names: Of the notebook, that it has.
        changes: Those that its code changes when it is called.
        is_steady: It may well make the same of the same message again.
        since: Its code is what it is since then, in seconds since the epoch.
        notes: What cells did that it does not do, for those who export it.
    """

    role: Role
    component: str
    file: str
    text: str
    modules: tuple[str, ...]
    beside: tuple[Path, ...]
    variables: tuple[Variable, ...]
    files: tuple[str, ...]
    names: frozenset[str]
    changes: frozenset[str]
    is_steady: bool
    since: float
    notes: tuple[str, ...]


def script_of(
    lab: Lab,
    role: str,
    keeper: Keeper,
    *,
    file: str = "",
    folder: Path | None = None,
    embed: Collection[str] = (),
    names_role: bool = True,
) -> Script:
    """The script of a participant that a cell has defined.

    Args:
        keeper: Knows what is secret.
        file: What its file is to be called; else like its component.
        folder: Where it is going to be; None for one that takes what lies beside it along.
        embed: Names of data whose present values are put into it.
        names_role: It plays this role where its command line names none; else one that is called
            like its component.

    Raises:
        UnknownName: No cell has put in a participant for this role.
        CannotTravel: It needs what cannot be made anew.
        NotAScript: It needs what runs in a notebook only.
    """
    behaviour = lab.behaviour(role)
    notebook = cells_of(lab)
    # The lab, by all its names: `@lab.participant` is left out.
    labs = [name for name, value in notebook.namespace.items() if value is lab]
    namespace = notebook.namespace
    name = _name_of(behaviour, role, namespace)
    known = statements(notebook.until_now(labs), lab_names=labs, stars=notebook.stars)
    for each in embed:
        if not keeper.allows(each) and is_hidden(known, each, namespace):
            advice = Finding(each, place=each).advice
            raise CannotTravel(f"`{shown(each)}` cannot be embedded: {advice}")
        known = _with_value(known, each, namespace)
    found = follow(known, [name])
    modules = needed_by(_modules(found))
    beside = {name: file for name, file in modules.items() if file is not None}
    tops = dict.fromkeys((*map(top_of, modules), "msgflo_lab"))
    told = Problems(known, found, namespace, lab, keeper)
    refuse(f"`{shown(role)}`", chain(told, packages(beside, keeper), keeper.told(_said(behaviour))))
    file = file or file_name(behaviour.component)
    text = render(
        found,
        header=_header(behaviour, file, modules),
        imports=[Import("msgflo_lab", None, None)],
        ending=_ending(behaviour, name, Role(role) if names_role else None, found.names),
        own=list(beside) if folder is None else first_party(tops, folder),
    )
    return Script(
        Role(role),
        behaviour.component,
        file,
        text,
        tuple(modules),
        tuple(beside.values()),
        tuple(_variables(notebook, found, beside.values())),
        tuple(files_named(each.node for each in found.statements)),
        frozenset(found.names),
        frozenset(
            name
            for each in found.statements
            for name in each.names.later_binds | each.names.later_changes
        ),
        is_steady(behaviour, found),
        _since(behaviour, found),
        (*notes_of(found), *_moved(notebook)),
    )


def _moved(notebook: Cells) -> Iterator[str]:
    if notebook.moves:
        numbers = listed(map(str, notebook.moves))
        yield (
            f"{'cell' if len(notebook.moves) == 1 else 'cells'} {numbers} went to another folder "
            "with a magic (`%cd`): the script works in the one where it is started; if it counts, "
            "go there by `os.chdir`"
        )


def _said(behaviour: Behaviour) -> Iterator[Finding]:
    """Secrets in what was said of it with `%%participant`."""
    for name, value in details_of(behaviour).items():
        if is_secret(name, value):
            yield Finding(name, 0, "", "said in the line of its `%%participant`", name)


def _variables(notebook: Cells, found: Found, beside: Iterable[Path]) -> Iterator[Variable]:
    """Those that a magic has set, must be set there as well."""
    modules = [ast.parse(file.read_text(encoding="utf-8")) for file in beside]
    for each in variables_of([*(one.node for one in found.statements), *modules]):
        yield replace(each, is_needed=each.is_needed or each.name in notebook.settings)


def _since(behaviour: Behaviour, found: Found) -> float:
    """When its code has become what it is: by a cell, or in a file."""
    file = inspect.getsourcefile(behaviour.code) if inspect.isfunction(behaviour.code) else None
    if file is not None and Path(file).is_file():
        return Path(file).stat().st_mtime
    return max((each.origin.at for each in found.statements), default=0.0)


def role_in(script: str) -> str:
    """The role that a script of ours plays where its command line names none; "" if it is none."""
    try:
        calls = [node for node in ast.walk(ast.parse(script)) if isinstance(node, ast.Call)]
    except (SyntaxError, ValueError, RecursionError):
        return ""
    made = {ast.unparse(call.func): call for call in calls}
    main, component = made.get("msgflo_lab.main"), made.get("msgflo_lab.component")
    if main is None or component is None:
        return ""
    said = [each.value for each in component.keywords if each.arg == "component"]
    for node in (*main.args[1:], *said, *component.args):
        if isinstance(node, ast.Constant):
            return str(node.value)
        if isinstance(node, ast.Name):
            return node.id
    return ""


def file_name(component: str) -> str:
    """What the file of a component is called: it hides no module of Python's."""
    base = component.rpartition("/")[2]
    stem = "".join(char if char.isalnum() or char == "_" else "_" for char in base).strip("_")
    stem = stem or "participant"
    return f"{stem}_.py" if hides(stem) else f"{stem}.py"


def hides(stem: str) -> bool:
    """True if a file of that name would hide a module of Python's, or an installed one."""
    if stem in sys.stdlib_module_names or stem in OUR_PACKAGES:
        return True
    found = importlib.util.find_spec(stem) if stem.isidentifier() else None
    return found is not None and found.origin is not None and is_installed(Path(found.origin))


def required(behaviour: Behaviour) -> list[PortName]:
    """The inports that must have received something before anything goes out."""
    return [] if behaviour.is_object else behaviour.required


def _name_of(behaviour: Behaviour, role: str, namespace: Mapping[str, Any]) -> str:
    """By which name the code is found."""
    code = behaviour.code
    own = getattr(code, "__name__", "")
    # IPython keeps results under names of its own, `_` and `_3`.
    people = sorted(namespace, key=lambda each: each.startswith("_"))
    names = [own, *people] if own in namespace else people
    name = next((each for each in names if namespace[each] is code), "")
    if name in OUR_PACKAGES:
        raise CannotTravel(f"`{name}` is what scripts import themselves: call yours otherwise")
    if name:
        return name
    if own in namespace and own != "<lambda>":
        raise CannotTravel(
            f"`{shown(own)}` has been defined anew since it was put in as `{shown(role)}`: run the "
            "cell of the participant again"
        )
    what = "a lambda" if own == "<lambda>" else f"`{shown(own or repr(code))}`"
    raise CannotTravel(
        f"`{shown(role)}` runs {what}, which has no name in the notebook: define it in a cell with "
        "`def`, or give it a name there"
    )


def _with_value(
    known: Sequence[Statement], name: str, namespace: Mapping[str, Any]
) -> tuple[Statement, ...]:
    """The statements, and one that makes a value as it is now, where it has become so.

    What was made of the value later on, is made of that.
    """
    found = follow(known, [name])
    made_by = max((known.index(each) for each in (*found.statements, *found.awaited)), default=-1)
    at, number = made_by + 1, known[made_by].cell if made_by >= 0 else 0
    return (*known[:at], *statements([_embedded(name, namespace, number)]), *known[at:])


def _embedded(name: str, namespace: Mapping[str, Any], number: int) -> Cell:
    """A cell that makes a value, as it is now."""
    if name not in namespace:
        raise CannotTravel(f"`{shown(name)}`: there is nothing of that name to embed")
    if literal_of(namespace[name]) is None:
        raise CannotTravel(
            f"`{shown(name)}` cannot be embedded: that takes numbers, texts, lists and the like, "
            "and not more than 64,000 characters of them"
        )
    return Cell(assignment(name, plain(namespace[name]), WIDTH), number)


def _modules(found: Found) -> list[str]:
    """What is imported, anywhere in what travels."""
    return list(chain.from_iterable(imports_in(each.node) for each in found.statements))


def _header(behaviour: Behaviour, file: str, modules: Iterable[str]) -> str:
    ports = ", ".join(port.name for port in behaviour.inports) or "(a source)"
    out = ", ".join(port.name for port in behaviour.outports) or "(a sink)"
    label = behaviour.label.rstrip(".") or behaviour.component
    return header_of(
        f"{label}: a participant, {ports} -> {out}.",
        usage=[
            f"uv run {file} --broker mqtt://localhost",
            f"python {file} ROLE --broker amqp://localhost",
        ],
        requires_python=f">={sys.version_info.major}.{sys.version_info.minor}",
        dependencies=at_least(requirements(modules)),
    )


def _ending(behaviour: Behaviour, code: str, role: Role | None, taken: Collection[str]) -> str:
    """What makes a participant of the code, and a program of the participant."""
    name = _NAME
    while name in taken:
        name += "_"
    said = [f"{key}={inline(value)}" for key, value in details_of(behaviour).items()]
    call = f"{name} = msgflo_lab.component({', '.join((code, *said))})"
    if len(call) > WIDTH:
        lines = "".join(f"    {each},\n" for each in (code, *said))
        call = f"{name} = msgflo_lab.component(\n{lines})"
    is_said = role is not None and str(role) != behaviour.component
    given = f"{name}, {inline(str(role))}" if is_said else name
    return f'{call}\n\nif __name__ == "__main__":\n    msgflo_lab.main({given})'
