"""What cells have set up by an `await` outside of a function: a script begins without it.

Pure. Most such lines are trials, whose effect nobody misses. Which ones are not is told by what
they are called, as no module says so: `await client.connect()`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from .aliasing import called_name
from .following import Found
from .statements import Statement

_SETTING_UP = re.compile(
    r"_*(a?connect|a?open|a?enter|start|init|initiali[sz]e|set_?up|prepare|log_?in|auth|authenticate"
    r"|subscribe|join|attach|load|warm_?up|bootstrap|configure|register|enable)(_[a-z_]+|__)?"
)


def set_ups(found: Found) -> Iterator[tuple[Statement, str]]:
    """The statements that stay behind, and without which the rest may not work; with the call.

    What the script's own code calls by the same name, it sets up itself.
    """
    own = {
        called_name(node)
        for statement in found.statements
        for node in ast.walk(statement.node)
        if isinstance(node, ast.Call)
    }
    for statement in found.awaited:
        for call in _awaited(statement.node):
            name = called_name(call)
            if _SETTING_UP.fullmatch(name) and name not in own:
                yield statement, ast.unparse(call)
                break


def _awaited(node: ast.stmt) -> Iterator[ast.Call]:
    """The calls that a statement awaits without taking what they give; also several at once."""
    for each in ast.walk(node):
        match each:
            case ast.Expr(value=ast.Await(value=ast.Call(args=arguments) as call)):
                yield call
                yield from (one for one in arguments if isinstance(one, ast.Call))
