"""Settings that are made once more, and change nothing by that: a cell was run again, or is a copy.

Pure. A setting is a line that gives a value to what a module remembers, or registers something
there, and does nothing else: done twice, it is as done once. So what is in force after one is known
by the settings themselves; if that was so before, all since then have changed nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from .aliasing import called_name
from .bindings import Index
from .effects import History, makes_constant
from .imports import Import
from .memory import is_setting, remembers_chance
from .names import is_nobodys
from .statements import Statement

_OF_SURROUNDINGS = {
    "os.environ.": frozenset({"setdefault", "update"}),
    "sys.path.": frozenset({"append", "insert"}),
}
"""Methods of what Python itself has, of which it is of no account how often they are called."""
_State = frozenset[tuple[str, tuple[object, ...]]]
_Meanings = tuple[frozenset[Index | Import], ...]


@dataclass(frozen=True, slots=True)
class _Setting:
    """What is done, and where: of two in the same whole, only those with one key meet."""

    text: str
    meant: _Meanings  # what has bound the names in it
    whole: str = ""
    key: str = ""

    def is_undone_by(self, other: _Setting) -> bool:
        """Whether nothing is left of it after another one."""
        is_place = bool(self.key) and (self.whole, self.key) == (other.whole, other.key)
        return is_place or self == other


def repeated(history: History, travels: Iterable[Index]) -> set[Index]:
    """The statements, of those that travel, that do again what is so already."""
    changed, others = _memories(history)
    force: dict[str, list[_Setting | Index]] = {}
    seen = {_state(force): -1}
    made: list[Index] = []
    found: set[Index] = set()
    for index in sorted(travels):
        statement, memories = history.statements[index], changed.get(index, frozenset())
        setting = _setting(statement, memories, history, index) if index not in others else None
        for each in memories:
            force[each] = [*_left(force.get(each, ()), setting), setting or index]
        state = _state(force)
        if setting is None:
            if memories or _is_looking(statement, force):
                seen, made = {}, []
        elif state in seen:
            since = seen[state]
            found |= {index, *(each for each in made if each > since)}
            seen = {each: at for each, at in seen.items() if at <= since}
            continue
        else:
            made.append(index)
        seen.setdefault(state, index)
    return found


def _is_looking(statement: Statement, memories: Collection[str]) -> bool:
    """Whether a statement may see how things are, while it runs."""
    imported, names = statement.imported, statement.names
    if imported is not None:
        return not imported.is_standard
    return names.is_calling or not names.reads.isdisjoint(memories)


def _memories(history: History) -> tuple[dict[Index, frozenset[str]], set[Index]]:
    """What statements change of what modules remember; and those that change something else."""
    changed: dict[Index, frozenset[str]] = {}
    others: set[Index] = set()
    for index, statement in enumerate(history.statements):
        if statement.text:
            others.update(history.changers(index))
            continue
        kept = frozenset(each for each in statement.names.binds if not remembers_chance(each))
        for changer in history.changers(index):
            changed[changer] = changed.get(changer, frozenset()) | kept
    return changed, others


def _setting(
    statement: Statement, memories: frozenset[str], history: History, index: Index
) -> _Setting | None:
    """What a statement sets, if it does nothing else."""
    names, node = statement.names, statement.node
    if not memories or names.bound or statement.is_awaiting:
        return None
    meant = {
        name: frozenset(
            history.statements[each].imported or each
            for each in history.bindings.binders(name, index)
        )
        for name in sorted(names.reads)
        if not is_nobodys(name)
    }
    match node:
        case ast.Assign(targets=[ast.Subscript(value=whole, slice=ast.Constant() as key)]):
            given, place = [node.value], (ast.unparse(whole), ast.unparse(key))
        case ast.Assign(targets=[ast.Attribute(value=whole, attr=attribute)]):
            given, place = [node.value], (ast.unparse(whole), attribute)
        case ast.Expr(value=ast.Call() as call) if _is_idle(called_name(call), memories):
            given, place = [*call.args, *(each.value for each in call.keywords)], ("", "")
        case _:
            return None
    steady = {each for each, by in meant.items() if all(_is_steady(one, history) for one in by)}
    is_same = all(_is_plain(each, steady) for each in given)
    return _Setting(ast.unparse(node), tuple(meant.values()), *place) if is_same else None


def _is_steady(bound: Index | Import, history: History) -> bool:
    """Whether a name stands for what nothing changes: something imported, a number, a text."""
    return isinstance(bound, Import) or makes_constant(history.statements[bound].node)


def _is_idle(called: str, memories: frozenset[str]) -> bool:
    """Whether a function does nothing when it is called once more with the same."""
    return is_setting(called) or any(called in _OF_SURROUNDINGS.get(each, ()) for each in memories)


def _is_plain(node: ast.expr, steady: set[str]) -> bool:
    """Whether it gives the same again: a constant, a name, something in a module."""
    match node:
        case ast.Constant():
            return True
        case ast.Name(id=name):
            return name in steady
        case ast.Attribute(value=value) | ast.UnaryOp(operand=value):
            return _is_plain(value, steady)
    return False


def _left(
    force: Iterable[_Setting | Index], setting: _Setting | None
) -> Iterator[_Setting | Index]:
    """What is left in force under a setting; all, under what nobody knows."""
    for each in force:
        if not (setting and isinstance(each, _Setting) and each.is_undone_by(setting)):
            yield each


def _state(force: dict[str, list[_Setting | Index]]) -> _State:
    """What is in force; the order of settings counts, but for other keys of the same whole."""

    def whole_of(each: _Setting | Index) -> str:
        return each.whole if isinstance(each, _Setting) else ""

    def parts(settings: list[_Setting | Index]) -> Iterator[object]:
        for whole, group in groupby(settings, whole_of):
            members = tuple(group)
            yield frozenset(members) if whole else members

    return frozenset((memory, tuple(parts(each))) for memory, each in force.items())
