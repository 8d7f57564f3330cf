"""What the components of a project are called: each has a file that all computers tell apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from itertools import chain, count

from msgflo_lab.deployment.project import COMPONENTS, Program

from .refusing import CannotTravel


def put(
    programs: MutableMapping[str, Program],
    names: Sequence[str],
    made: Callable[[str], Program],
    beside: Mapping[str, str],
) -> str:
    """Put a program in, by the first of some names that is free, or that the same one has.

    `Work.py` and `work.py` are one file to many a computer, so they never are two here.

    Args:
        names: The last one gets a number, if need be.
        made: Makes the program of a name.
        beside: Other files of the project: path to text.

    Returns:
        The name.
    """
    numbered = (f"{names[-1]}_{number}" for number in count(2))
    taken = {each.casefold(): each for each in programs}
    for name in chain(names, numbered):
        program, other = made(name), taken.get(name.casefold())
        is_free = other is None or (other == name and programs[name].is_same(program))
        if is_free and _is_one(program, beside):
            break
    programs[name] = program
    return name


def check_files(programs: Mapping[str, Program], beside: Mapping[str, str]) -> None:
    """Make sure that no program has the file of something else that has come later.

    Raises:
        CannotTravel: One has.
    """
    for each in programs.values():
        if not _is_one(each, beside):
            raise CannotTravel(
                f"{each.file} would be a component and a module that lies beside it, or one that "
                "differs in capitals only: call one of them otherwise"
            )


def _is_one(program: Program, beside: Mapping[str, str]) -> bool:
    """No other file has its path, as far as computers tell them apart."""
    path = f"{COMPONENTS}/{program.file}"
    alike = (each for each in beside if each.casefold() == path.casefold())
    return all(each == path and beside[each] == program.text for each in alike)
