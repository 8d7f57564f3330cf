"""Names that are read by their text: `globals()[name]`, `eval(formula)`.

Pure. Which ones, only the run knows; but the text that they are made of stands somewhere in the
code, as a rule: as it is, or as the beginning or the end that they have in common.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

_WORD = re.compile(r"[^\W\d]\w*")
_READING = frozenset({"eval", "exec"})


def reads_names(node: ast.Call | ast.Subscript) -> bool:
    """Whether it may read global names by their text, in a function: `globals()`, `eval(x)`.

    `eval(x, names)` has names of its own.
    """
    match node:
        case ast.Call(func=ast.Name(id="globals"), args=[]):
            return True
        case ast.Call(func=ast.Name(id=name), args=[_], keywords=[]):
            return name in _READING
        case ast.Subscript(value=ast.Attribute(attr="modules"), slice=ast.Name(id="__name__")):
            return True
    return False


def words_in(nodes: Iterable[ast.AST]) -> set[str]:
    """The words in all texts of some code that are no documentation."""
    return {word for node in nodes for text in _texts(node) for word in _WORD.findall(text)}


def is_meant(name: str, words: Iterable[str]) -> bool:
    """Whether a name may be made of some words: `on_start` of "on_start", "on_" or "_start"."""
    return any(
        word == name
        or (len(word) > 1 and word.endswith("_") and name.startswith(word))
        or (len(word) > 1 and word.startswith("_") and name.endswith(word))
        for word in words
    )


def _texts(node: ast.AST) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.Expr(value=ast.Constant()):
                continue
            case ast.Constant(value=str(text)):
                yield text
        yield from _texts(child)
