"""What an expression may be the same object as, or a part of, and what is known to change objects.

Pure. Python does not say which calls change what they are given. What stands in a notebook is
looked at (`reading`, `effects`); of all else, names are what there is to go by.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

_SEQUENCE = (
    "append clear extend insert pop remove reverse sort appendleft extendleft popleft rotate"
)
_MAPPING = "popitem setdefault update move_to_end subtract"
_SET = (
    "add discard difference_update intersection_update symmetric_difference_update "
    "__setitem__ __delitem__ __setattr__ __delattr__ __next__"
)
_STREAM = (
    "write writelines writerow writerows writestr read readline readlines seek truncate send throw "
    "put put_nowait"
)
CHANGING = frozenset(f"{_SEQUENCE} {_MAPPING} {_SET} {_STREAM}".split())
"""Methods that change their object, also where somebody takes what they return."""
ADDING = re.compile(r"(add|append|attach|create|detach|enqueue|insert|push|register|subscribe)_")
"""How methods of others begin that do so, too, and return a part of it: `parser.add_subparsers`."""

_PLAIN: tuple[type, ...] = (str, bytes, int, float, tuple, frozenset, dict, list, set)
_SHOWN = (
    "head tail describe info debug warning error exception critical log sample show display "
    "print plot hist sleep mean sum min max value_counts unique nunique to_string exists "
    "getvalue tell qsize empty full locked"
)
LOOKING = (frozenset(_SHOWN.split()) | {n for kind in _PLAIN for n in dir(kind)}) - CHANGING
"""Methods that do not change their object, as a line of its own neither."""

_CHANGING_FIRST = (
    "setattr delattr next anext shuffle heapify heappush heappop heappushpop heapreplace insort "
    "insort_left insort_right setitem delitem pack_into copyto fill_diagonal put putmask place "
    "put_along_axis islice takewhile iadd iconcat ior update_wrapper redirect_stdout "
    "redirect_stderr copyfileobj SubElement indent memmove memset"
)
CHANGING_FIRST = frozenset(_CHANGING_FIRST.split())
"""Functions of Python that change their first argument; and some of numpy."""
_CHANGING_LATER = {"copyfileobj": (1,), "dump": (1,), "exec": (1, 2), "pack_into": (1,)}
"""Functions of Python that change another one, by their places."""
_TAKING = frozenset({"file", "fp", "out", "stream"})
"""Keywords for what a function is to write into."""

_CHANCE = (
    "betavariate binomialvariate choice choices expovariate gammavariate gauss getrandbits "
    "lognormvariate normalvariate paretovariate randbytes randint random randrange sample shuffle "
    "triangular uniform vonmisesvariate weibullvariate"
)
_NUMPY = (
    "beta binomial bytes chisquare dirichlet exponential gamma geometric gumbel hypergeometric "
    "integers laplace logistic lognormal multinomial multivariate_normal negative_binomial normal "
    "pareto permutation permuted poisson power rand randn random_integers random_sample ranf "
    "rayleigh standard_cauchy standard_exponential standard_gamma standard_normal standard_t "
    "vonmises wald weibull zipf"
)
_OTHERS = (
    "randperm rand_like randn_like randint_like bernoulli rvs train_test_split resample make_blobs "
    "make_classification make_regression make_moons make_circles"
)
DRAWING = frozenset(f"{_CHANCE} {_NUMPY} {_OTHERS}".split())
"""Methods and functions that draw from a generator of random numbers, which goes on by that."""

_SHOWING = (
    "callable dir display getsizeof hasattr hash help id input isinstance issubclass len locals "
    "pprint print repr str type"
)
SHOWING = frozenset(_SHOWING.split())
"""Functions that only look at their arguments, even at an iterator or at what can be called."""

_PART_OF = (
    "get setdefault pop popleft popitem reshape ravel view squeeze transpose swapaxes diagonal"
)
_PARTS = frozenset(_PART_OF.split())
"""Methods that return a part of their object, or another view of it."""
_COPYING = "copy values items most_common elements union"
_COPIES = frozenset(_COPYING.split())
"""Methods that return something new, which shares its parts with their object."""
_GIVING = (
    "next max min vars getattr type partial asarray atleast_1d atleast_2d memoryview from_numpy "
    "nullcontext closing frombuffer cast SubElement"
)
_HANDING_ON = frozenset(_GIVING.split())
"""Functions of Python that return their arguments, parts of them, or another view of them."""
_NEW = (
    "enumerate zip reversed sorted list tuple set frozenset iter filter chain map dict copy "
    "replace islice cycle deque defaultdict OrderedDict ChainMap Counter MappingProxyType proxy "
    "ref SimpleNamespace fromkeys groupby"
)
_HOLDING = frozenset(_NEW.split())
"""Functions of Python that return something new, which holds their arguments or parts of them."""
_WRAPPERS = frozenset({"getwriter", "writer"})
"""Functions that do so, and whose results work on it; beside classes, in capitals."""


ITEM, CALL = "[]", "()"
"""Steps from an object to a part of it, beside attributes."""


def called_name(node: ast.Call) -> str:
    """The last name of what is called: `heappush` of `heapq.heappush(...)`; or ""."""
    match node.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def is_wrapper(node: ast.Call) -> bool:
    """Whether what a call gives works on what it is given: `csv.writer(file)`, `ZipFile(file)`."""
    name = called_name(node)
    return name in _WRAPPERS or (name[:1].isupper() and name not in _HOLDING)


def filled_by(node: ast.Call) -> Iterator[ast.expr]:
    """The arguments that a function of others changes, beside the first one."""
    for place in _CHANGING_LATER.get(called_name(node), ()):
        yield from node.args[place : place + 1]
    if not is_wrapper(node):
        yield from (each.value for each in node.keywords if each.arg in _TAKING)


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose object an expression may give, or a part of it.

    Attributes:
        name: The name.
        path: The attributes that lead from it to the part, `ITEM` and `CALL`.
        is_shared: It is something new, but parts of it are parts of the object, or the object.
    """

    name: str
    path: tuple[str, ...] = ()
    is_shared: bool = False


def owners(node: ast.AST | None, *, through_calls: bool = False) -> Iterator[Owner]:
    """The names whose objects an expression may give, a part of them, or something that holds them.

    Of `a.b[i]` that is `a`; of `(a, b)` both, but shared.

    Args:
        through_calls: What any method or function returns may be a part of its object, too: of
            `a.b().c` it is `a`. Else this is so for those that are known to.
    """
    same: list[ast.expr] = []
    parts: list[tuple[ast.expr, str]] = []
    held: list[ast.expr] = []
    match node:
        case ast.Name(id=name):
            yield Owner(name)
        case ast.Subscript(value=ast.Call() as call, slice=ast.Constant(value=str(name))) if (
            is_namespace(call)
        ):
            yield Owner(name)
        case ast.Attribute(value=value, attr=name):
            parts = [(value, name)]
        case ast.Subscript(value=value):
            parts = [(value, ITEM)]
        case ast.Starred(value=value) | ast.Await(value=value) | ast.NamedExpr(value=value):
            same = [value]
        case ast.Call(func=ast.Name(id="getattr"), args=[value, ast.Constant(value=str(name)), *_]):
            parts = [(value, name)]
        case ast.Call(func=function, args=arguments):
            name = called_name(node)
            if isinstance(function, ast.Attribute):
                if name in _COPIES:
                    held = [function.value]
                elif through_calls or name in _PARTS or ADDING.match(name):
                    parts = [(function, CALL)]
            elif through_calls and isinstance(function, ast.Name):
                yield Owner(function.id, (CALL,))  # it may give what is global
            if name in _HANDING_ON:
                parts += [(each, ITEM) for each in arguments]
            elif name in _HOLDING or is_wrapper(node):
                held = [*held, *arguments, *(each.value for each in node.keywords)]
        case ast.IfExp(body=one, orelse=other):
            same = [one, other]
        case ast.BoolOp(values=values):
            same = values
        case ast.BinOp(left=one, right=other):
            held = [one, other]
        case ast.Tuple(elts=values) | ast.List(elts=values) | ast.Set(elts=values):
            held = values
        case ast.Dict(values=values):
            held = values
        case ast.ListComp(generators=parts_of) | ast.SetComp(generators=parts_of):
            held = [*(each.iter for each in parts_of), node.elt]
        case ast.GeneratorExp(generators=parts_of):
            held = [*(each.iter for each in parts_of), node.elt]
        case ast.DictComp(generators=parts_of):
            held = [*(each.iter for each in parts_of), node.value]
    for each in same:
        yield from owners(each, through_calls=through_calls)
    for each, step in parts:
        for owner in owners(each, through_calls=through_calls):
            yield Owner(owner.name, (*owner.path, step))
    for each in held:
        for owner in owners(each, through_calls=through_calls):
            yield Owner(owner.name, owner.path, is_shared=True)


def held_calls(node: ast.AST) -> Iterator[ast.Call]:
    """The calls in an expression whose objects it may give, or hold: `make()` of `{"a": make()}`.

    Not those of which it takes something else, as comparisons and texts do.
    """
    if isinstance(node, ast.Lambda | ast.Compare | ast.UnaryOp | ast.JoinedStr):
        return
    if isinstance(node, ast.Call):
        yield node
        if called_name(node) in SHOWING:
            return
    for each in ast.iter_child_nodes(node):
        yield from held_calls(each)


def is_namespace(node: ast.AST) -> bool:
    """Whether it is the dictionary of all global names: `globals()`; at the top also `locals()`."""
    match node:
        case ast.Call(func=ast.Name(id="globals" | "locals" | "vars"), args=[]):
            return True
    return False


def dotted(node: ast.AST) -> tuple[str, ...]:
    """The names of `a.b.c`, in this order; empty if it is something else."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return (node.id, *reversed(names)) if isinstance(node, ast.Name) else ()


def last_name(node: ast.AST) -> str:
    """`c` of `a.b.c`; "" of what is neither a name nor an attribute."""
    return str(getattr(node, "attr", "") or getattr(node, "id", ""))
