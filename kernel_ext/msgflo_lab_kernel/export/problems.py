"""What keeps a participant's code in the notebook, each with where it is and what to do."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgflo_lab.lab import Lab
from msgflo_lab.names import shown
from msgflo_lab.script import Found, Missing, Statement, follow, set_ups

from .keeping import Keeper
from .magics import Magic, magics_in
from .reads import Reads
from .secrets import (
    Finding,
    given_of,
    is_called_secret,
    is_secret,
    parameters_of,
    secrets_in,
    signatures_in,
)
from .travelling import file_of, literal_of, plain, problem_of

_RESULT = re.compile(r"_{1,3}|_\d+|Out")
_OF_NOTEBOOK = ("display", "get_ipython")


class Problems:
    """Those of what was found for a participant.

    Args:
        known: All statements that were run.
        found: Those that it needs.
        namespace: What the names of the notebook are now.
        keeper: Knows what is secret.
    """

    def __init__(
        self,
        known: Sequence[Statement],
        found: Found,
        namespace: Mapping[str, Any],
        lab: Lab,
        keeper: Keeper,
    ) -> None:
        self._known, self._found = known, found
        self._namespace, self._lab, self._keeper = namespace, lab, keeper
        self._reads = Reads(found.statements)
        self._names: dict[Statement, list[str]] = {}
        for name, statement in found.names.items():
            self._names.setdefault(statement, []).append(name)

    def __iter__(self) -> Iterator[str]:
        for statement in self._found.statements:
            yield from self._of(statement)
        for missing in self._found.missing:
            yield from self._missing(missing)
        for statement, call in set_ups(self._found):
            yield (
                f"{_place(statement)}: `await {shown(call, 60)}` sets something up that it uses, "
                "and a script has no `await` outside of functions; await it in the handler, before "
                "the first use"
            )
        yield from self._keeper.told(self._secrets())
        yield from self._mixed()

    def _secrets(self) -> Iterator[Finding]:
        nodes = [each.node for each in self._found.statements]
        parameters = {**parameters_of(nodes), **signatures_in(nodes, self._namespace)}
        given = given_of(nodes)
        for statement in self._found.statements:
            # What is left out of the text, dividers and `@lab.participant`, is above the rest.
            before = statement.last - statement.text.count("\n") - 1
            where = _place(statement)
            for each in secrets_in(statement.text, parameters, given, self._keeper.known):
                yield each.at(where, where, before + each.line)

    def _of(self, statement: Statement) -> Iterator[str]:
        bound = [each for each in self._names.get(statement, ()) if each in self._namespace]
        values = {name: problem_of(plain(self._namespace[name])) for name in bound}
        names = self._names.get(statement) or sorted(
            statement.names.changes & self._found.names.keys()
        )
        names = [each for each in names if each.isidentifier()]
        where = f"`{shown(names[0])}` ({_place(statement)})" if names else _place(statement)
        asks, reads = self._reads.asks(statement.node), self._reads.while_run(statement.node)
        if statement.origin.is_half:
            yield (
                f"{where}: this statement has failed, and nobody knows how far it came; mend it "
                f"and run the cells again{self._or_embed(statement)}"
            )
        elif (magic := _magic(statement)) is not None:
            yield f"{where}: {_of_magic(magic)}{self._or_embed(statement)}"
        elif (made := _made_module(statement)) is not None:
            yield (
                f"{where}: the module `{shown(made)}` is no file, a cell has made it; write it as "
                f"a file beside the notebook{self._or_embed(statement)}"
            )
        elif any(values.values()):
            for name, why in values.items():
                if why:
                    yield f"`{shown(name)}` ({_place(statement)}): {why}{self._or_embed(statement)}"
        elif statement.is_awaiting:
            yield (
                f"{where}: a script has no `await` outside of functions; await it in the handler"
                f"{self._or_embed(statement)}"
            )
        elif asks:
            what = (
                "nobody types there" if asks == "input" else "nobody types there, and it is secret"
            )
            yield (
                f"{where}: it asks by `{asks}`, and {what}; take it from a message, or from the "
                f'environment, `os.environ["NAME"]`{self._or_embed(statement)}'
            )
        elif reads:
            yield (
                f"{where}: what `{reads}` reads may not be there elsewhere; read it in the handler"
                f"{self._or_embed(statement)}"
            )

    def _missing(self, missing: Missing) -> Iterator[str]:
        value = self._namespace.get(missing.name)
        where = f"`{shown(missing.name)}`"
        if missing.cell is not None:
            where += f" (read in cell {missing.cell}, line {missing.line})"
        if missing.name in _OF_NOTEBOOK:
            readers = [each for each in self._found.statements if missing.name in each.names.used]
            if missing.name != "get_ipython" or any(_magic(each) is None for each in readers):
                yield f"{where}: it belongs to the notebook; keep it out of the handler"
        elif value is self._lab or problem_of(value):
            yield f"{where}: {problem_of(value)}"
        elif _RESULT.fullmatch(missing.name):
            yield f"{where}: IPython keeps a last result there; bind it in a cell, with `=`"
        else:
            yield f"{where}: no cell has defined it"

    def _or_embed(self, statement: Statement) -> str:
        """What may be embedded in place of what a statement makes; "" if nothing can be."""
        own = [each for each in self._names.get(statement, ()) if self._can_embed(each)]
        if own:
            return ", or put the value that it has now into the script: " + " ".join(
                f"--embed {each}" for each in own
            )
        read = {name for each in self._found.statements for name in each.names.later}
        made = [
            name
            for name in sorted(read & self._found.names.keys())
            if self._can_embed(name) and statement in follow(self._known, [name]).statements
        ]
        if not made:
            return ""
        return ", or put what was made of it into the script: " + " ".join(
            f"--embed {each}" for each in made
        )

    def _can_embed(self, name: str) -> bool:
        if name not in self._namespace or literal_of(self._namespace[name]) is None:
            return False
        return self._keeper.allows(name) or not is_hidden(self._known, name, self._namespace)

    def _mixed(self) -> Iterator[str]:
        """Names that a file which was run has for itself, and the notebook has otherwise."""
        for statement in self._found.statements:
            file = statement.origin.file
            if not file:
                continue
            own = {
                name
                for each in self._known
                if each.origin.file == file
                for name in each.names.bound | each.names.later_binds
            }
            for name in sorted(statement.names.later & own & self._found.names.keys()):
                others = [
                    each
                    for each in self._found.statements
                    if each.origin.file != file
                    and (
                        name in each.names.bound
                        or (name in each.names.used and name in statement.names.later_binds)
                    )
                ]
                if others:
                    yield (
                        f"`{shown(name)}` ({_place(others[0])}): {file} has one of its own; call "
                        "one of them otherwise"
                    )


def packages(beside: Mapping[str, Path], keeper: Keeper) -> Iterator[str]:
    """Problems of modules that lie beside."""
    for name, file in beside.items():
        module = sys.modules.get(name)
        names = vars(module) if module is not None and file_of(module) == file else {}
        yield from keeper.file(file.name, file.read_text(encoding="utf-8"), names)
        if file.name == "__init__.py":
            yield (
                f"`{shown(name)}`: a package of yours, a folder, which is not installed: install "
                "it (`pip install -e`), or take what is needed of it into one file"
            )


def is_hidden(known: Sequence[Statement], name: str, namespace: Mapping[str, Any]) -> bool:
    """Whether a value is a secret, or comes out of the environment, where secrets are."""
    if is_secret(name, namespace.get(name)) or is_called_secret(name):
        return True
    makers = [ast.unparse(each.node) for each in known if name in each.names.bound]
    return any(word in text for text in makers for word in ("environ", "getenv", "getpass"))


def files_named(code: Iterable[ast.AST], folder: Path | None = None) -> list[str]:
    """Files in a folder that code names; in the notebook's, if none is said."""
    texts = {
        node.value
        for each in code
        for node in ast.walk(each)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return sorted(each for each in texts if _is_file(each, folder or Path()))


def _is_file(text: str, folder: Path) -> bool:
    try:
        is_name = 0 < len(text) < 200 and not Path(text).is_absolute()
        return is_name and (folder / text).is_file()
    except (OSError, ValueError):
        return False


def _place(statement: Statement) -> str:
    origin = statement.origin
    return f"cell {origin.number}, {origin.file}" if origin.file else f"cell {origin.number}"


def _made_module(statement: Statement) -> str | None:
    """The module that a statement imports, if it is nowhere but in this process."""
    name = statement.imported.module if statement.imported is not None else ""
    module = sys.modules.get(name)
    if module is None or name == "__main__" or getattr(module, "__file__", None) is not None:
        return None
    return name if getattr(module, "__spec__", None) is None else None


def _magic(statement: Statement) -> Magic | None:
    """What of IPython's a statement is run by."""
    return next(magics_in(ast.Module([statement.node], [])), None)


def _of_magic(magic: Magic) -> str:
    if magic.name == "!":
        return (
            f"what the command `{shown(str(magic), 60)}` prints is not there in a script; run it "
            "in the handler, with `subprocess`"
        )
    if magic.name:
        return (
            f"`{shown(str(magic).partition(chr(10))[0], 60)}` has bound it, which runs in a "
            "notebook only; bind it in a cell, with `=`"
        )
    return "it was changed out of sight, by `exec`, `globals()` or `%timeit`; bind it with `=`"
