"""What an expression may be the same object as, or a part of, and what is known to change objects.

Pure. Python does not say which calls change what they are given. What stands in a notebook is
looked at (`reading`, `effects`); of all else, names are what there is to go by.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

_SEQUENCE = (
    "append clear extend insert pop remove reverse sort appendleft extendleft popleft rotate"
)
_MAPPING = "popitem setdefault update move_to_end subtract"
_SET = (
    "add discard difference_update intersection_update symmetric_difference_update "
    "__setitem__ __delitem__ __setattr__ __delattr__"
)
_STREAM = "write writelines read readline readlines seek truncate send throw put put_nowait"
CHANGING = frozenset(f"{_SEQUENCE} {_MAPPING} {_SET} {_STREAM}".split())
"""Methods that change their object, also where somebody takes what they return."""

_PLAIN: tuple[type, ...] = (str, bytes, int, float, tuple, frozenset, dict, list, set)
_SHOWN = (
    "head tail describe info debug warning error exception critical log sample show display "
    "print plot hist sleep mean sum min max value_counts unique nunique to_string exists"
)
LOOKING = (frozenset(_SHOWN.split()) | {n for kind in _PLAIN for n in dir(kind)}) - CHANGING
"""Methods that do not change their object, as a line of its own neither."""

_CHANGING_FIRST = (
    "setattr delattr next anext shuffle heapify heappush heappop heappushpop heapreplace insort "
    "insort_left insort_right setitem delitem pack_into"
)
CHANGING_FIRST = frozenset(_CHANGING_FIRST.split())
"""Functions of Python that change their first argument."""

_PARTS = frozenset({"get", "setdefault", "pop", "popleft", "popitem", "values", "items"})
"""Methods that return a part of their object."""
_GIVING = "enumerate zip reversed sorted list tuple set iter filter chain next max min vars"
_HANDING_ON = frozenset(_GIVING.split())
"""Functions of Python that return parts of their arguments."""


_AMBIENT = {("sys", "path"), ("os", "environ")}


def is_ambient(node: ast.AST) -> bool:
    """Whether a place is that which all modules read: `sys.path` or `os.environ`."""
    match node:
        case ast.Attribute(value=ast.Name(id=module), attr=name):
            return (module, name) in _AMBIENT
    return False


def called_name(node: ast.Call) -> str:
    """The last name of what is called: `heappush` of `heapq.heappush(...)`; or ""."""
    match node.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def owners(node: ast.AST | None, *, through_calls: bool = False) -> Iterator[ast.Name]:
    """The names whose objects an expression may give, a part of them, or something that holds them.

    Of `a.b[i]` that is `a`; of `(a, b)` both.

    Args:
        through_calls: What any method or function returns may be a part of its object, too: of
            `a.b().c` it is `a`. Else this is so for those that are known to.
    """
    inner: list[ast.expr] = []
    match node:
        case ast.Name():
            yield node
        case ast.Attribute(value=value) | ast.Subscript(value=value) | ast.Starred(value=value):
            inner = [value]
        case ast.Await(value=value) | ast.NamedExpr(value=value):
            inner = [value]
        case ast.Call(func=ast.Attribute(value=value, attr=name)):
            inner = [value] if through_calls or name in _PARTS else []
        case ast.Call(func=ast.Name(id=name), args=arguments) if name in _HANDING_ON:
            inner = arguments
        case ast.Call(func=ast.Name() as called) if through_calls:
            yield called  # it may give what is global
        case ast.IfExp(body=one, orelse=other):
            inner = [one, other]
        case ast.BoolOp(values=values) | ast.Dict(values=values):
            inner = values
        case ast.Tuple(elts=values) | ast.List(elts=values):
            inner = values
    for each in inner:
        yield from owners(each, through_calls=through_calls)
