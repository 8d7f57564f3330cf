"""A participant of the notebook as a script: its code, what that needs, and how it is run."""

from __future__ import annotations

import ast
import importlib.util
import inspect
import pprint
import re
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msgflo_lab.errors import MsgFloLabError
from msgflo_lab.lab import Lab
from msgflo_lab.names import PortName, Role, shown
from msgflo_lab.runtime.behaviour import Behaviour
from msgflo_lab.runtime.details import details_of
from msgflo_lab.script import (
    Cell,
    Found,
    Import,
    Statement,
    follow,
    header_of,
    render,
    statements,
)
from msgflo_lab.standalone import BROKER

from .cells import Cells, cells_of
from .modules import needed_by
from .requirements import OUR_PACKAGES, at_least, requirements
from .secret import is_called_secret, is_secret, secrets_in
from .steady import is_steady
from .travelling import is_installed, literal_of, problem_of, reads_elsewhere

WIDTH = 88
_STAR = re.compile(r"(?m)^\s*from\s+([\w.]+)\s+import\s+\*")
_NAME = "COMPONENT"
_SECRET = (
    'a secret; it belongs into no file: take it from the environment, `os.environ["NAME"]`, or '
    "say that it is none: --allow NAME"
)
_SHOWN = 8
"""Problems that are named."""


@dataclass(frozen=True, slots=True)
class Script:
    """What is to be written for a participant.

    Attributes:
        component: What it announces that it is.
        file: What its file is to be called.
        text: The script.
        modules: Top-level modules that it imports.
        beside: Files of modules that are nowhere installed.
        variables: Of the environment, that it reads.
        names: Of the notebook, that it has.
        changes: Those that its code changes when it is called.
        is_steady: It may well make the same of the same message again.
        since: Its code is what it is since then, in seconds since the epoch.
    """

    role: Role
    component: str
    file: str
    text: str
    modules: tuple[str, ...]
    beside: tuple[Path, ...]
    variables: tuple[str, ...]
    names: frozenset[str]
    changes: frozenset[str]
    is_steady: bool
    since: float


class CannotTravel(MsgFloLabError):
    """Some of what a participant needs cannot be made anew elsewhere; says what, and what to do."""


def script_of(
    lab: Lab,
    role: str,
    *,
    file: str = "",
    embed: Collection[str] = (),
    allow: Collection[str] = (),
    names_role: bool = True,
) -> Script:
    """The script of a participant that a cell has defined.

    Args:
        file: What its file is to be called; else like its component.
        embed: Names of data whose present values are put into it.
        allow: Names that are called like secrets, and are none.
        names_role: It plays this role where its command line names none; else one that is called
            like its component.

    Raises:
        UnknownName: No cell has put in a participant for this role.
        CannotTravel: It needs what cannot be made anew.
        NotAScript: It needs what runs in a notebook only.
    """
    behaviour = lab.behaviour(role)
    notebook = cells_of(lab)
    name, cells, namespace = _place_of(behaviour, role, notebook.until_now(), notebook.namespace)
    # The lab, by all its names: `@lab.participant` is left out.
    labs = [name for name, value in namespace.items() if value is lab]
    known = statements(cells, lab_names=labs, stars=_stars(cells))
    known = tuple(each for each in known if not _is_for_lab(each.node, labs))
    for each in embed:
        if each not in allow and _is_hidden(known, each, namespace):
            raise CannotTravel(f"`{shown(each)}` cannot be embedded: {_SECRET}")
        known = _with_value(known, each, namespace)
    found = follow(known, [name])
    modules = needed_by(_modules(found))
    beside = {name: file for name, file in modules.items() if file is not None}
    told = (*_problems(found, namespace, lab), *_secrets(found, allow), *_packages(beside, allow))
    problems = list(dict.fromkeys(told))
    if problems:
        more = f"\nand {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
        lines = "".join(f"\n- {each}" for each in problems[:_SHOWN])
        raise CannotTravel(f"`{shown(role)}` cannot be written, since it needs:{lines}{more}")
    file = file or file_name(behaviour.component)
    text = render(
        found,
        header=_header(behaviour, file, modules),
        imports=[Import("msgflo_lab", None, None)],
        ending=_ending(behaviour, name, Role(role) if names_role else None, found.names),
        own=list(beside),
    )
    return Script(
        Role(role),
        behaviour.component,
        file,
        text,
        tuple(modules),
        tuple(beside.values()),
        tuple(_variables(found)),
        frozenset(found.names),
        frozenset(
            name
            for each in found.statements
            for name in each.names.later_binds | each.names.later_changes
        ),
        is_steady(behaviour, found),
        _since(behaviour, notebook, found),
    )


def _since(behaviour: Behaviour, notebook: Cells, found: Found) -> float:
    """When its code has become what it is: by a cell, or in a file."""
    file = inspect.getsourcefile(behaviour.code) if inspect.isfunction(behaviour.code) else None
    if file is not None and Path(file).is_file():
        return Path(file).stat().st_mtime
    return notebook.since(each.cell for each in found.statements)


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


def _place_of(
    behaviour: Behaviour, role: str, cells: Sequence[Cell], namespace: Mapping[str, Any]
) -> tuple[str, Sequence[Cell], Mapping[str, Any]]:
    """By which name the code is found, in what, and what the names there are."""
    code = behaviour.code
    own = getattr(code, "__name__", "")
    # IPython keeps results under names of its own, `_` and `_3`.
    people = sorted(namespace, key=lambda each: each.startswith("_"))
    names = [own, *people] if own in namespace else people
    name = next((each for each in names if namespace[each] is code), "")
    if name in OUR_PACKAGES:
        raise CannotTravel(f"`{name}` is what scripts import themselves: call yours otherwise")
    if name:
        if any(name in each.names.bound for each in statements(cells)):
            return name, cells, namespace
        file = inspect.getsourcefile(code) if inspect.isfunction(code) else None
        if file is not None and Path(file).is_file():  # by `%run`, say
            text = Path(file).read_text(encoding="utf-8")
            return own, [Cell(text, 1)], getattr(code, "__globals__", namespace)
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
    made_by = follow(known, [name]).statements
    at = known.index(made_by[-1]) + 1 if made_by else 0
    number = made_by[-1].cell if made_by else 0
    return (*known[:at], *statements([_embedded(name, namespace, number)]), *known[at:])


def _is_hidden(known: Sequence[Statement], name: str, namespace: Mapping[str, Any]) -> bool:
    """Whether a value is a secret, or comes out of the environment, where secrets are."""
    if is_secret(name, namespace.get(name)) or is_called_secret(name):
        return True
    makers = [each.node for each in known if name in each.names.bound]
    return any("environ" in text or "getenv" in text for text in map(ast.unparse, makers))


def _embedded(name: str, namespace: Mapping[str, Any], number: int) -> Cell:
    """A cell that makes a value, as it is now."""
    if name not in namespace:
        raise CannotTravel(f"`{shown(name)}`: there is nothing of that name to embed")
    if literal_of(namespace[name]) is None:
        raise CannotTravel(
            f"`{shown(name)}` cannot be embedded: that takes numbers, texts, lists and the like, "
            "and not more than 64,000 characters of them"
        )
    text = pprint.pformat(namespace[name], width=WIDTH - 4, sort_dicts=False)
    body = f"{name} = {text}" if "\n" not in text else f"{name} = (\n    {_indented(text)}\n)"
    return Cell(body, number)


def _indented(text: str) -> str:
    return text.replace("\n", "\n    ")


def _stars(cells: Iterable[Cell]) -> dict[str, list[str]]:
    """What each `from MODULE import *` has given."""
    found = {}
    for name in {each for cell in cells for each in _STAR.findall(cell.text)}:
        public = vars(sys.modules[name]) if name in sys.modules else {}
        said = public.get("__all__") or [each for each in public if not each.startswith("_")]
        found[name] = [str(each) for each in said]
    return found


def _is_for_lab(node: ast.stmt, labs: Collection[str]) -> bool:
    """True for `lab.add(...)` and the like: what the lab is told to do is no part of a script."""
    called = node.value if isinstance(node, ast.Expr) else None
    while isinstance(called, ast.Call | ast.Attribute):
        called = called.func if isinstance(called, ast.Call) else called.value
    return isinstance(called, ast.Name) and called.id in labs


def _problems(found: Found, namespace: Mapping[str, Any], lab: Lab) -> Iterator[str]:
    for name, statement in found.names.items():
        where = f"`{shown(name)}` (cell {statement.cell})"
        why = problem_of(namespace[name]) if name in namespace else ""
        read = reads_elsewhere(statement.node)
        if why:
            yield f"{where}: {why}"
        elif read:
            yield (
                f"{where}: what `{read}` reads may not be there elsewhere; read it in the handler, "
                f"or put the value that it has now into the script: --embed {name}"
            )
    for missing in found.missing:
        value = namespace.get(missing.name)
        where = f"`{shown(missing.name)}`"
        if missing.cell is not None:
            where += f" (read in cell {missing.cell}, line {missing.line})"
        if missing.name in ("display", "get_ipython"):
            yield f"{where}: it belongs to the notebook; keep it out of the handler"
        elif value is lab or problem_of(value):
            yield f"{where}: {problem_of(value)}"
        else:
            yield f"{where}: no cell has defined it"


def _secrets(found: Found, allow: Collection[str]) -> Iterator[str]:
    for statement in found.statements:
        for secret in secrets_in(statement.node):
            if secret not in allow:
                yield f"`{shown(secret)}` (cell {statement.cell}): {_SECRET}"


def _modules(found: Found) -> list[str]:
    """The top-level modules that are imported, anywhere in what travels."""
    names: dict[str, None] = {}
    for statement in found.statements:
        for node in ast.walk(statement.node):
            if isinstance(node, ast.Import):
                names.update(dict.fromkeys(alias.name for alias in node.names))
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names[node.module] = None
    return list(dict.fromkeys(name.partition(".")[0] for name in names))


def _packages(beside: Mapping[str, Path], allow: Collection[str]) -> Iterator[str]:
    for name, file in beside.items():
        for statement in ast.parse(file.read_text(encoding="utf-8")).body:
            for secret in secrets_in(statement):
                if secret not in allow:
                    yield f"`{shown(secret)}` (in {file.name}, line {statement.lineno}): {_SECRET}"
        if file.name == "__init__.py":
            yield (
                f"`{shown(name)}`: a package of yours, a folder, which is not installed: install "
                "it (`pip install -e`), or take what is needed of it into one file"
            )


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


_ALWAYS_SET = {BROKER, "HOME", "HOSTNAME", "LANG", "PATH", "PWD", "TMPDIR", "TZ", "USER"}


def _variables(found: Found) -> list[str]:
    """The variables of the environment that are read by a name that is written there."""
    names: dict[str, None] = {}
    for statement in found.statements:
        for node in ast.walk(statement.node):
            match node:
                case ast.Subscript(
                    value=ast.Attribute(attr="environ") | ast.Name(id="environ"),
                    slice=ast.Constant(value=str(name)),
                ):
                    names[name] = None
                case ast.Call(
                    func=ast.Attribute(
                        value=ast.Attribute(attr="environ") | ast.Name(id="environ"), attr="get"
                    )
                    | ast.Attribute(attr="getenv")
                    | ast.Name(id="getenv"),
                    args=[ast.Constant(value=str(name)), *rest],
                ):
                    # What has a default need not be set.
                    default = rest[0] if rest else None
                    if default is None or (isinstance(default, ast.Constant) and not default.value):
                        names[name] = None
    return [name for name in names if name not in _ALWAYS_SET]


def _ending(behaviour: Behaviour, code: str, role: Role | None, taken: Collection[str]) -> str:
    """What makes a participant of the code, and a program of the participant."""
    name = _NAME
    while name in taken:
        name += "_"
    said = [f"{key}={_literal(value)}" for key, value in details_of(behaviour).items()]
    call = f"{name} = msgflo_lab.component({', '.join((code, *said))})"
    if len(call) > WIDTH:
        lines = "".join(f"    {each},\n" for each in (code, *said))
        call = f"{name} = msgflo_lab.component(\n{lines})"
    is_said = role is not None and str(role) != behaviour.component
    given = f"{name}, {_literal(str(role))}" if is_said else name
    return f'{call}\n\nif __name__ == "__main__":\n    msgflo_lab.main({given})'


def _literal(value: object) -> str:
    text = repr(value)
    return f'"{text[1:-1]}"' if text[:1] == "'" and '"' not in text and "\\'" not in text else text
