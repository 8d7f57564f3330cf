"""A project's components as cells of the notebook again."""

from __future__ import annotations

import ast
import re
import shlex
import sys
from pathlib import Path

from msgflo_lab.lab import Lab
from msgflo_lab.library import Program
from msgflo_lab.names import Role, listed, shown

from .cells import cells_of
from .modules import siblings_of

_HEADER = re.compile(r"\A# /// script\n(?:#.*\n)*?# ///\n")
_GONE = "\0"
"""In place of a line that does not come along; a script has no such character."""
_GAPS = re.compile(f"(\n*){_GONE}(?:\n+{_GONE})*(\n*)")
_OPTIONS = {
    "every": "--every",
    "outports": "--out",
    "icon": "--icon",
    "label": "--label",
    "component": "--component",
    "retries": "--retries",
    "retry_after": "--retry-after",
}


def as_cells(lab: Lab, folder: Path) -> str:
    """Put cells for the roles that scripts of ours play below this one; says which.

    Modules beside the scripts can be imported from now on.

    Raises:
        Usage: There is no notebook.
    """
    notebook = cells_of(lab)
    cells: list[tuple[Role, str]] = []
    left: list[Role] = []
    beside: set[Path] = set()
    for role, node in lab.graph.nodes.items():
        is_played = node.component and lab.graph.junction(role) is None
        component = lab.library.find(node.component) if is_played else None
        how = component.how if component is not None else None
        if not isinstance(how, Program) or component is None:
            continue
        text = cell_of(role, component.source.code) if component.source is not None else None
        if text is None:
            left.append(role)
        else:
            cells.append((role, text))
            beside |= (
                {each.parent for each in siblings_of(how.file).values()} if how.file else set()
            )
    if not cells:
        return f"`{shown(str(folder))}` has no script of a participant"
    # Last: what is installed is meant where a file is called alike.
    sys.path += [path for path in sorted(map(str, beside)) if path not in sys.path]
    notebook.put_below(text for _, text in cells)
    told = f"cells of {listed([role for role, _ in cells])}: run the one below, and it takes over"
    if len(cells) > 1:
        told += "; then the next comes"
    return f"{told}; programs stay {listed(left)}" if left else told


def cell_of(role: Role, script: str) -> str | None:
    """The cell that a script was made of; None if it is none of ours.

    Imports and what the participant needs come along, in the cell itself.
    """
    text = _HEADER.sub("", script)
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError):
        return None
    lines = text.splitlines()
    said = ""
    for node in body:
        match node:
            case ast.Assign(
                value=ast.Call(
                    func=ast.Attribute(value=ast.Name(id="msgflo_lab"), attr="component"),
                    keywords=keywords,
                )
            ):
                options = _options(keywords)
                if options is None:
                    return None
                said = f"%%participant {shlex.quote(role)}{options}\n"
                _blank(lines, node)
            case ast.If(test=ast.Compare(left=ast.Name(id="__name__"))):
                _blank(lines, node)
            case ast.Import(names=[ast.alias(name="msgflo_lab", asname=None)]):
                if text.count("msgflo_lab.") <= 2:  # what is left out has used it
                    _blank(lines, node)
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        _blank(lines, body[0])
    kept = _GAPS.sub(lambda found: max(found.groups(), key=len), "\n".join(lines)).strip("\n")
    return f"{said}{kept}" if said else None


def _blank(lines: list[str], node: ast.stmt) -> None:
    for at in range(node.lineno - 1, node.end_lineno or node.lineno):
        lines[at] = _GONE


def _options(keywords: list[ast.keyword]) -> str | None:
    """The options of the magic that say the same; None if they cannot."""
    words: list[str] = []
    for each in keywords:
        try:
            value = ast.literal_eval(each.value)
        except ValueError:
            return None
        if each.arg == "share" and value is True:
            words.append("--share")
        elif each.arg == "options" and isinstance(value, dict):
            words += [
                f"--option {shlex.quote(f'{port}.{name}={_text(said)}')}"
                for port, options in value.items()
                for name, said in options.items()
            ]
        elif each.arg == "outports" and isinstance(value, list):
            words.append(f"--out {shlex.quote(','.join(value))}")
        elif each.arg in _OPTIONS and isinstance(value, str | int | float):
            words.append(f"{_OPTIONS[each.arg]} {shlex.quote(str(value))}")
        else:
            return None
    return "".join(f" {word}" for word in words)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
