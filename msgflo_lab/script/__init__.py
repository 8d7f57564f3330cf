"""Cells of a notebook as a script: what some names need of all that was executed, and no more.

    statements(cells)            cells -> top-level statements, each with its names
    follow(statements, names)    -> those that the names need, and names that nothing binds
    render(found, ...)           -> the text of a module
    notes_of(found)              -> what cells did that the module does not

Pure: standard library only, and nothing is imported or run. From the text on, upwards:

guards, cells, statements
                        pieces of cells, each with its text and its `names`
scopes, flow, noting    whose a name is, and what is bound for certain
reading, changing, handing, references
                        what a statement does with names: binds, reads, changes, hands over
aliasing, known, memory what is the same object, an iterator, remembered by a module
texts                   names that are read by their text
bindings, targets, holding, calling, effects
                        over all statements: who has bound something, what is called and held
                        by what, who has changed something
repeating               which settings are made once more
following               what is needed
awaiting, imports, rendering, header, notes
                        what comes of it
"""

from .awaiting import set_ups
from .cells import Cell
from .errors import NotAScript
from .following import Found, Missing, follow
from .guards import unguarded
from .header import header_of
from .imports import Import
from .names import Names
from .notes import notes_of
from .rendering import render
from .statements import Statement, statements

__all__ = [
    "Cell",
    "Found",
    "Import",
    "Missing",
    "Names",
    "NotAScript",
    "Statement",
    "follow",
    "header_of",
    "notes_of",
    "render",
    "set_ups",
    "statements",
    "unguarded",
]
