"""Which distributions code needs, in the versions that are installed here."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

OURS = "msgflo-lab"
OUR_PACKAGES = ("msgflo_lab", "msgflo_lab_transports")


def requirements(modules: Iterable[str]) -> list[str]:
    """The distributions of modules, ours first: names in the form of PyPI.

    Modules of Python itself need none, and those of nobody are left out.
    """
    known = packages_distributions()
    found: set[str] = set()
    for module in modules:
        top = module.partition(".")[0]
        if top not in sys.stdlib_module_names and top not in OUR_PACKAGES:
            found |= {canonicalize_name(name) for name in known.get(top, [])[:1]}
    return [OURS, *sorted(found)]


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
