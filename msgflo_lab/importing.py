"""What a source of Python imports, and whether it runs itself. Pure, and cheap to import itself."""

from __future__ import annotations

import ast

OURS = "msgflo_lab"
RUNNERS = ("run", "main")
"""What of it makes a program of a participant."""


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


def runs_itself(code: str) -> bool:
    """True if a source calls `msgflo_lab.run`, or `main`: then it is a program of ours by itself.

    However these are called in it; False if it is no source.
    """
    if OURS not in code:
        return False
    try:
        nodes = list(ast.walk(ast.parse(code)))
    except (SyntaxError, ValueError, RecursionError):
        return False
    modules: set[str] = set()
    functions: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            modules |= {each.asname or OURS for each in node.names if each.name == OURS}
        elif isinstance(node, ast.ImportFrom) and node.module == OURS and not node.level:
            functions |= {each.asname or each.name for each in node.names if each.name in RUNNERS}
    called = [ast.unparse(node.func) for node in nodes if isinstance(node, ast.Call)]
    return any(
        name in functions
        or (name.rpartition(".")[0] in modules and name.rpartition(".")[2] in RUNNERS)
        for name in called
    )
