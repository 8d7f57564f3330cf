"""Whether a participant makes the same of the same message again: then what was seen can be a test.

It is not known of code in general. What is known to be otherwise is told here.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator

from msgflo_lab.runtime.behaviour import Behaviour
from msgflo_lab.script import Found

_ELSEWHERE = """
aiohttp http httpx numpy.random random requests secrets socket sqlite3 subprocess urllib uuid
"""
_MODULES = frozenset(_ELSEWHERE.split())
"""By which code gets, as a rule, something else each time."""
_TELLING = """
current_message getrandbits monotonic now open perf_counter time_ns today urandom utcnow
"""
_CALLS = frozenset(_TELLING.split())
"""That depend on more than the message's value: its metadata, the time, files."""


def is_steady(behaviour: Behaviour, found: Found) -> bool:
    """True if nothing is known that speaks against it.

    Args:
        found: All that its code needs.
    """
    if inspect.isclass(behaviour.code):
        return False
    if any(each.names.later_binds | each.names.later_changes for each in found.statements):
        return False
    trees = [each.node for each in found.statements]
    if any(_is_told(node) for tree in trees for node in ast.walk(tree)):
        return False
    return _MODULES.isdisjoint(
        name for tree in trees for name in _modules(tree)
    ) and _CALLS.isdisjoint(name for tree in trees for name in _called(tree))


def _is_told(node: ast.AST) -> bool:
    """Whether something depends on the environment, which is another one elsewhere."""
    match node:
        case ast.Attribute(attr=name) | ast.Name(id=name) | ast.alias(name=name):
            return name in ("environ", "environb", "getenv")
    return False


def _modules(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            yield from (name, name.partition(".")[0])


def _called(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="time"), attr="time")):
                yield "now"
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
                yield name
