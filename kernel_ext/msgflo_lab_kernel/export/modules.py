"""Modules of people's own: files that are nowhere installed, and what those need in turn."""

from __future__ import annotations

import ast
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path

from .travelling import file_of


def needed_by(names: Iterable[str]) -> dict[str, Path | None]:
    """These modules, and those that files of people's own among them import, and so on.

    Args:
        names: As `imports_in` has them.

    Returns:
        Those of others as they are imported; people's own by their top-level module, with its file.
    """
    found: dict[str, Path | None] = {}
    waiting = deque(names)
    while waiting:
        name = waiting.popleft()
        file = own_file(top_of(name))
        name = name if file is None else top_of(name)
        if name in found:
            continue
        found[name] = file
        if file is not None:
            waiting.extend(sorted(imported_by(file.read_text(encoding="utf-8"))))
    return found


def siblings_of(file: Path) -> dict[str, Path]:
    """The modules beside a file that it imports, those that these import, and so on; by name."""
    found: dict[str, Path] = {}
    waiting = [file]
    while waiting:
        text = waiting.pop().read_text(encoding="utf-8")
        for name in sorted(set(map(top_of, imported_by(text)))):
            sibling = file.with_name(f"{name}.py")
            if name not in found and sibling != file and sibling.is_file():
                found[name] = sibling
                waiting.append(sibling)
    return found


def own_file(name: str) -> Path | None:
    """The file of a top-level module that is loaded, and is somebody's own; None of all others."""
    module = sys.modules.get(name)
    return file_of(module) if module is not None and not name.startswith("msgflo_lab") else None


def imported_by(text: str) -> set[str]:
    """What a file imports, anywhere, see `imports_in`; nothing if it is no Python."""
    try:
        return set(imports_in(ast.parse(text)))
    except (SyntaxError, ValueError):
        return set()


def imports_in(tree: ast.AST) -> Iterator[str]:
    """What is imported, anywhere, by its whole name: `google.cloud.storage`, `json.loads`.

    Of `from a import b` nobody can tell from here whether `a.b` is a module, or something in `a`.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def top_of(name: str) -> str:
    """The top-level module of what is imported."""
    return name.partition(".")[0]
