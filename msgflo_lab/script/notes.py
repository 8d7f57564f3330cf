"""What whoever exports a script should know: what the cells did that it does not do.

Pure.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from ..names import listed, shown
from .awaiting import set_ups
from .following import Found
from .statements import Statement


def notes_of(found: Found) -> Iterator[str]:
    """A line for each kind of statement that may count and does not travel; mostly none."""
    if found.attempts:
        yield (
            f"{_cells(found.attempts)} called {listed(found.wanted)}, which remembers something: "
            "the script begins without these calls"
        )
    needed = [statement for statement, _ in set_ups(found)]
    awaited = [each for each in found.awaited if each not in needed]
    if awaited:
        yield (
            f"{_cells(awaited)} changed what the script uses, with an `await` outside of a "
            "function: the script begins without that; if it counts, await it in the handler, or "
            "--embed what it has changed"
        )
    if found.by_text:
        meant = f": {listed(sorted(found.meant))}" if found.meant else ", which are none"
        yield (
            f"{_cells(found.by_text)} may read names by their text (`globals()`, `eval`), which "
            "nobody can follow: of the notebook's, the script has those that it names otherwise, "
            f"and those whose names stand in its texts{meant}"
        )
    for each in found.doubts:
        yield (
            f"{_cells([each])} called `{shown(_called(each), 60)}`, which may have set something "
            "up: it is not in the script, as it needs more; if it has to be, call it in the handler"
        )


def _cells(statements: Sequence[Statement]) -> str:
    numbers = list(dict.fromkeys(str(each.cell) for each in statements))
    return f"{'cell' if len(numbers) == 1 else 'cells'} {listed(numbers)}"


def _called(statement: Statement) -> str:
    return ast.unparse(statement.node).partition("\n")[0]
