"""The text of a script: imports on top, and the statements as they were written, in their order.

Pure.
"""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterable, Iterator, Mapping

from .checking import without_unused
from .errors import NotAScript
from .following import BUILTINS, Found
from .imports import Entry, Import, block_of
from .statements import Statement
from .targets import DEFINITIONS

_ANEW = "# ruff: noqa: F811, RUF100 - names are defined anew on the way"
"""On top of a script in which an older function is called before there is a newer one."""
_LATE = "  # noqa: E402, RUF100"
"""Behind an import that stays below other statements, for linters, whether they mind or not."""
_BY_TEXT = "# noqa: F401, RUF100 - a text names it"
"""Behind an import that nothing names but a text: `eval("math.pi")`."""


def render(
    found: Found,
    *,
    header: str = "",
    imports: Iterable[Import] = (),
    ending: str = "",
    own: Collection[str] = (),
) -> str:
    """A module of what was found.

    Args:
        found: What it consists of. Names that are missing are missing in it.
        header: What it begins with, as `header_of` has it.
        imports: What the ending needs.
        ending: What it ends with, e.g. `if __name__ == "__main__": ...`.
        own: Top-level modules that belong to the project: they are imported last.

    Raises:
        NotAScript: A statement can be run in a notebook only, e.g. an `await` that is in no
            function.
    """
    for statement in found.statements:
        _check(statement)
    futures = sorted({name for each in found.statements for name in each.futures})
    ours = {each.bound: each for each in imports}
    on_top = [index for index in range(len(found.statements)) if _is_on_top(found, index, ours)]
    entries = [Entry(Import("__future__", name, None)) for name in futures]
    entries += [_entry(found, found.statements[index]) for index in on_top]
    entries += [Entry(each) for each in ours.values()]
    body = [each for index, each in enumerate(found.statements) if index not in on_top]
    parts = [
        header.strip("\n"),
        _ANEW if _is_anew(found.statements) else "",
        block_of(entries, own),
    ]
    text = "\n\n".join(part for part in parts if part)
    used = {name for each in found.statements for name in each.names.used}
    before: Statement | None = None
    for group in _groups(body):
        gap = _gap(before, group[0]) if text else ""
        if group[0].imported is None:
            text += gap + without_unused(group[0].text, group[0].node, used)
        else:
            text += gap + _imports(found, group, own, is_late=before is not None)
        before = group[-1]
    if ending:
        is_after = before is not None and isinstance(before.node, DEFINITIONS)
        text += ("\n\n\n" if is_after else "\n\n" if text else "") + ending.strip("\n")
    return text.rstrip("\n") + "\n"


def _check(statement: Statement) -> None:
    """Raises NotAScript if a statement cannot stand in a module."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(statement.text, "<cell>", "exec", dont_inherit=True)
        except SyntaxError as error:
            problem = f"{error.msg}: this runs in a notebook, but in no script"
            line = statement.first + (error.lineno or 1) - 1
            raise NotAScript(problem, statement.cell, line) from error


def _is_on_top(found: Found, index: int, ours: Mapping[str, Import]) -> bool:
    """Whether an import may be done first: nothing before it has another idea of its name.

    Args:
        ours: What is imported on top anyway, by the names that it binds.
    """
    statement = found.statements[index]
    if statement.imported is None:
        return False
    name = statement.imported.bound
    before = found.statements[:index]
    if ours.get(name) == statement.imported:
        return True
    if not statement.imported.is_standard and set(found.surroundings).intersection(before):
        return False
    if any(statement.imported.origin in each.names.patches for each in before):
        return False
    if name in BUILTINS and any(name in each.names.used for each in before):
        return False
    return not any(
        name in each.names.bound | each.names.later_binds
        and not _is_same(each.imported, statement.imported)
        for each in before
    )


def _is_anew(statements: Iterable[Statement]) -> bool:
    """Whether a name that only functions have read is defined or imported anew, or was before."""
    unread: dict[str, Statement] = {}
    for each in statements:
        for name in each.names.reads:
            unread.pop(name, None)
        for name in each.names.binds - {"_"}:
            before = unread.setdefault(name, each)
            if before is each or not any(map(_is_definition, (before, each))):
                continue
            if each.imported is None or not _is_same(before.imported, each.imported):
                return True
    return False


def _is_definition(statement: Statement) -> bool:
    """Whether it defines or imports what it binds."""
    return isinstance(statement.node, DEFINITIONS) or statement.imported is not None


def _is_same(one: Import | None, other: Import) -> bool:
    """Whether two imports bind a name to the same thing."""
    if one is None:
        return False
    return one == other or (one.is_package and other.is_package and one.root == other.root)


def _entry(found: Found, statement: Statement) -> Entry:
    assert statement.imported is not None
    name = statement.imported.bound
    is_used = name not in found.meant or any(name in each.names.used for each in found.statements)
    behind = "  ".join(each for each in (statement.behind, "" if is_used else _BY_TEXT) if each)
    return Entry(statement.imported, statement.above, behind)


def _groups(statements: Iterable[Statement]) -> Iterator[list[Statement]]:
    """Imports that follow each other together, where their order is of no account."""
    group: list[Statement] = []
    for each in statements:
        names = {one.imported.bound for one in group if one.imported is not None}
        if group and (each.imported is None or each.imported.bound in names or not names):
            yield group
            group = []
        group.append(each)
    if group:
        yield group


def _imports(found: Found, group: list[Statement], own: Collection[str], *, is_late: bool) -> str:
    lines = block_of((_entry(found, each) for each in group), own).split("\n")
    starts = ("import ", "from ")
    return "\n".join(line + _LATE * (is_late and line.startswith(starts)) for line in lines)


def _gap(before: Statement | None, after: Statement) -> str:
    """The newlines between two statements; `before` is None for the first below the imports."""
    around = [each for each in (before, after) if each is not None]
    if any(isinstance(each.node, DEFINITIONS) for each in around):
        return "\n\n\n"
    if before is None or any(each.imported is not None for each in around):
        return "\n\n"
    is_near = (before.cell, before.group) == (after.cell, after.group)
    return "\n" if is_near else "\n\n"
