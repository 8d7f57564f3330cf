"""Which distributions code needs, in the versions that are installed here."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from .modules import top_of

OURS = "msgflo-lab"
OUR_PACKAGES = ("msgflo_lab", "msgflo_lab_transports")


def requirements(modules: Iterable[str]) -> list[str]:
    """The distributions of modules, by whole names, ours first: names in the form of PyPI.

    Modules of Python itself need none, and those of nobody are left out.
    """
    known = packages_distributions()
    found: set[str] = set()
    for module in modules:
        top = top_of(module)
        if top not in sys.stdlib_module_names and top not in OUR_PACKAGES:
            owners = list(dict.fromkeys(known.get(top, ())))
            found |= {canonicalize_name(name) for name in _that_have(module, owners)}
    return [OURS, *sorted(found)]


def _that_have(module: str, names: list[str]) -> list[str]:
    """Of the distributions that share a top-level package, those with what is imported of it.

    Where none says so (it was not installed from a wheel, say), the first.
    """
    path = module.split(".")
    for length in range(len(path), 1, -1) if len(names) > 1 else ():
        there = [name for name in names if _has(name, path[:length])]
        if there:
            return there
    return names[:1]


def _has(name: str, path: list[str]) -> bool:
    """Whether a distribution has a file for a module, or within it."""
    for file in distribution(name).files or ():
        parts = file.parts[: len(path)]
        if parts[:-1] == tuple(path[:-1]) and parts[-1].partition(".")[0] == path[-1]:
            return True
    return False


def pinned(names: Iterable[str]) -> list[str]:
    """The same, each with the version that is installed: `numpy==2.3.1`."""
    return [f"{name}=={distribution(name).version}" for name in names]


def at_least(names: Iterable[str]) -> list[str]:
    """The same, each with that version as the least: `numpy>=2.3.1`."""
    return [f"{name}>={distribution(name).version}" for name in names]


def locked(names: Iterable[str]) -> list[str]:
    """These and all that they need here, pinned."""
    found: dict[str, str] = {}
    waiting: list[tuple[str, frozenset[str]]] = [(name, frozenset[str]()) for name in names]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        name, extras = waiting.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        try:
            known = distribution(name)
        except PackageNotFoundError:  # for another platform, or an extra that nobody uses
            continue
        found[canonicalize_name(name)] = known.version
        for text in known.requires or ():
            try:
                needed = Requirement(text)
            except InvalidRequirement:
                continue
            environments = [{"extra": extra} for extra in extras or ("",)]
            if needed.marker is None or any(map(needed.marker.evaluate, environments)):
                waiting.append((canonicalize_name(needed.name), frozenset(needed.extras)))
    return [f"{name}=={version}" for name, version in sorted(found.items())]
