"""Which modules a linter takes for the project's own, that sorts the imports of a script.

As ruff has it: what lies in one of the folders of `src`, which its configuration names; else in the
folder of the configuration, or in `src` there. The nearest one counts. Without any, it is the
script's own folder.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

_DEFAULT = (".", "src")


def first_party(modules: Iterable[str], folder: Path) -> list[str]:
    """Those of some top-level modules that belong to the project.

    Args:
        folder: Where the script will be.
    """
    folder = folder.resolve()
    sources = next(
        (found for each in (folder, *folder.parents) if (found := _sources(each))),
        [folder / each for each in _DEFAULT],
    )
    return [
        name
        for name in modules
        if any((each / name).is_dir() or (each / f"{name}.py").is_file() for each in sources)
    ]


def _sources(folder: Path) -> list[Path]:
    """The folders that a configuration in this one names; nothing if there is none."""
    for name in (".ruff.toml", "ruff.toml", "pyproject.toml"):
        said: Any = None
        try:
            said = tomllib.loads((folder / name).read_text("utf-8"))
        except (OSError, ValueError):
            continue
        if name == "pyproject.toml":
            tool = said.get("tool")
            said = tool.get("ruff") if isinstance(tool, dict) else None
        if isinstance(said, dict):
            sources = said.get("src", _DEFAULT)
            return [folder / each for each in sources if isinstance(each, str)]
    return []
