"""A cell of code into a participant: run it like any cell, and take what it defines."""

from __future__ import annotations

import argparse
import ast
import linecache
from collections.abc import Callable
from typing import Any, cast

from msgflo_lab.errors import InvalidDefinition
from msgflo_lab.message import from_text
from msgflo_lab.names import shown
from msgflo_lab.runtime.behaviour import Details

from .parsing import Parser


def parser() -> Parser:
    """The arguments of `%%participant`."""
    made = Parser(
        prog="%%participant",
        description="The function or class of this cell becomes a participant.",
        epilog="A function's parameters are its inports (`in_` is the port `in`), one with a "
        "default is a setting; what it returns goes to the port `out`.",
    )
    made.add_argument("role", metavar="ROLE", help="its name in the graph")
    made.add_argument("--every", type=float, metavar="SECONDS", help="run it so often: a source")
    made.add_argument("--out", metavar="PORTS", help="its outports: out,error if not given")
    made.add_argument("--icon", metavar="NAME", help="a Font Awesome 4 name, e.g. lightbulb-o")
    made.add_argument("--label", metavar="TEXT", help="what it does, in a few words")
    made.add_argument("--component", metavar="NAME", help="the function's name if not given")
    made.add_argument(
        "--retries", type=int, metavar="N", help="try a failed message again, so many times"
    )
    made.add_argument("--retry-after", type=float, metavar="SECONDS", help="and wait so long")
    made.add_argument(
        "--share", action="store_true", default=None, help="share messages with others of its role"
    )
    made.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="PORT.NAME=VALUE",
        help="a queue option of a port, e.g. in.quorum=true",
    )
    return made


def details(given: argparse.Namespace) -> Details:
    """The arguments, as `Lab.add` takes them.

    Raises:
        InvalidDefinition: An `--option` that says nothing.
    """
    options: dict[str, dict[str, Any]] = {}
    for text in given.option:
        name, equals, value = text.partition("=")
        port, dot, option = name.partition(".")
        if not (equals and dot and port and option):
            raise InvalidDefinition(f"--option is PORT.NAME=VALUE, not `{shown(text)}`")
        options.setdefault(port, {})[option] = from_text(value)
    found: dict[str, Any] = {
        "every": given.every,
        "outports": given.out,
        "icon": given.icon,
        "label": given.label,
        "component": given.component,
        "retries": given.retries,
        "retry_after": given.retry_after,
        "share": given.share,
        "options": options or None,
    }
    return cast(Details, found)


def define(
    shell: Any,
    text: str,
    role: str,
    ran: Callable[[str, BaseException | None], object] = lambda *_: None,
) -> Callable[..., Any]:
    """Run the cell in the user's namespace, and return the function or class it is about.

    That is the one called like the role, or else the last one that the cell defines.

    Args:
        ran: Told of what was run, and of the error that it has failed with.

    Raises:
        InvalidDefinition: The cell defines neither.
        Exception: Whatever the cell's own code raises, `SyntaxError` among them.
    """
    source = shell.transform_cell(text)
    # A name that says something in a traceback, and the text for it.
    name = f"<cell {shell.execution_count}: {shown(role)}>"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    tree = shell.compile.ast_parse(source, name)
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    defined = [node.name for node in tree.body if isinstance(node, kinds)]
    if not defined:
        raise InvalidDefinition(
            f"the cell of `{shown(role)}` defines no function and no class: "
            "begin with `def NAME(INPORT): ...`"
        )
    try:
        with shell.builtin_trap:
            exec(compile(tree, name, "exec"), shell.user_ns)
    except BaseException as error:
        ran(source, error)
        raise
    ran(source, None)
    wanted = role.replace("-", "_")
    return cast(Callable[..., Any], shell.user_ns[wanted if wanted in defined else defined[-1]])
