"""What a source of Python imports. Pure, and cheap to import itself."""

from __future__ import annotations

import ast


def imports(code: str, package: str) -> bool:
    """True if a source imports a package or a part of it, anywhere in it; False if it is none."""
    if package not in code:
        return False
    try:
        nodes = list(ast.walk(ast.parse(code)))
    except (SyntaxError, ValueError, RecursionError):
        return False
    modules = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    modules += [str(n.module) for n in nodes if isinstance(n, ast.ImportFrom) and not n.level]
    return any(name.partition(".")[0] == package for name in modules)
