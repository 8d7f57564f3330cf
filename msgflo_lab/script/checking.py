"""`if TYPE_CHECKING:` above imports that only type checkers do, without those that nobody uses.

Pure. A linter minds an import that nobody uses there as everywhere. What is something else stays
as it is, and so do imports that are all used.
"""

from __future__ import annotations

import ast
from collections.abc import Collection

from .aliasing import last_name
from .scopes import alias_of


def without_unused(text: str, node: ast.stmt, used: Collection[str]) -> str:
    """The text of a statement, with those imports in it that somebody uses.

    Args:
        text: Its source.
        node: Its tree.
        used: The names that others read.
    """
    match node:
        case ast.If(test=test, orelse=[], body=body) if last_name(test) == "TYPE_CHECKING":
            kept = [_kept(each, used) for each in body]
            if any(now is not before for now, before in zip(kept, body, strict=True)):
                lines = [f"    {ast.unparse(each)}" for each in kept if each is not None]
                return "\n".join((f"if {ast.unparse(test)}:", *(lines or ["    pass"])))
    return text


def _kept(node: ast.stmt, used: Collection[str]) -> ast.stmt | None:
    """What remains of a statement; itself if that is all of it."""
    if not isinstance(node, ast.Import | ast.ImportFrom):
        return node
    is_from = isinstance(node, ast.ImportFrom)
    names = [each for each in node.names if alias_of(each, is_from=is_from) in {*used, "*"}]
    if len(names) == len(node.names):
        return node
    if not names:
        return None
    if isinstance(node, ast.Import):
        return ast.Import(names)
    return ast.ImportFrom(node.module, names, node.level)
