"""What names stand for somewhere in the cells, whenever that is: modules, iterators and the like.

Pure. It is found before statements are read, and by the name alone: a name that is an iterator in
one cell is taken for one in all of them. That may be too much, but never too little.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from .aliasing import CHANGING, CHANGING_FIRST, called_name, dotted, last_name, owners
from .scopes import alias_of

_OF_PYTHON = (
    "accumulate batched chain combinations combinations_with_replacement compress count cycle "
    "dropwhile enumerate filter filterfalse groupby iter islice map pairwise permutations product "
    "repeat reversed scandir starmap takewhile zip zip_longest"
)
_ITERATORS = frozenset(_OF_PYTHON.split())
"""Functions of Python that give what is used up."""
_ANYWHERE = "DictReader finditer from_iterable iglob iterdir iterrows itertuples reader rglob walk"
_ITERATING = frozenset(_ANYWHERE.split())
"""Methods, and functions in modules, that do so by any name."""
_OWN_EACH = frozenset({"field", "auto", "property", "partial", "TypeVar", "namedtuple"})
"""What is called in the body of a class and makes nothing that its objects share and change."""
_AS_VALUES = frozenset({"property", "cached_property", "setter", "deleter"})
"""Decorators of methods that are called by reading or binding an attribute."""
_LISTING = "__subclasses__"
_WORKING = (
    "BytesIO StringIO bytearray Queue LifoQueue PriorityQueue SimpleQueue JoinableQueue Lock RLock "
    "Semaphore BoundedSemaphore Barrier TopologicalSorter compressobj decompressobj scheduler shlex"
)
_STREAMS = frozenset(_WORKING.split())
_OUTPUT = "stdout"
_WRITING = frozenset({"print", "pprint", "pp", "help"})
_PATCH = "unittest.mock.patch."
_BY_CALLS = frozenset({"__call__", "__init__", "__init_subclass__", "__new__", "__post_init__"})
"""Methods of Python's that nothing but a call calls."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of names, in all cells.

    Attributes:
        origins: What imports bind a name to at the top level: a module, or something in one.
        inner: And what those do that are inside of functions.
        drained: Names and attributes that are iterators somewhere: taking from them changes them.
        streams: Those that are buffers, queues or the like somewhere: most methods change them, and
            who is given one works on it, as does what comes of it: `tarfile.open(fileobj=buffer)`.
        filling: Those whose keys appear when they are read.
        touchy: Those of objects that are changed by operators and properties of theirs.
        patching: Names and attributes that are patches of modules somewhere: `start` puts them in.
        shared: Attributes of classes that all their objects have together, and may change.
        methods: Of classes of the notebook, which say themselves what they do.
        is_listing: Somebody asks a class for those that are made of it.
        writing: Calls that may write to what somebody has put in the place of `sys.stdout`.
    """

    origins: Mapping[str, frozenset[str]] = field(default_factory=dict)
    inner: Mapping[str, frozenset[str]] = field(default_factory=dict)
    drained: frozenset[str] = frozenset()
    streams: frozenset[str] = frozenset()
    filling: frozenset[str] = frozenset()
    touchy: frozenset[str] = frozenset()
    patching: frozenset[str] = frozenset()
    shared: frozenset[str] = frozenset()
    methods: frozenset[str] = frozenset()
    is_listing: bool = False
    writing: frozenset[ast.AST] = frozenset()


NOTHING = Known()


def known_of(trees: Iterable[ast.stmt], stars: Mapping[str, Iterable[str]]) -> Known:
    """What is known of the names in all statements.

    Args:
        trees: The top-level statements of all cells.
        stars: The names that `from MODULE import *` binds, by module.
    """
    trees = list(trees)
    nodes = [node for tree in trees for node in ast.walk(tree)]
    inside = {
        inner
        for node in nodes
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    }
    imports = [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]
    origins = _origins((node for node in imports if node not in inside), stars)
    makers = {name for node in nodes for name in _makers(node)}
    bound = [pair for node in nodes for pair in _bound(node)]

    def is_iterator(node: ast.expr) -> bool:
        match node:
            case ast.GeneratorExp():
                return True
            case ast.Call(func=ast.Name(id=name)):
                return name in _ITERATORS | _ITERATING | makers
            case ast.Call(func=ast.Attribute(value=ast.Name(id=module), attr=name)) if (
                "itertools" in origins.get(module, ())
            ):
                return name in _ITERATORS
            case ast.Call(func=ast.Attribute(attr=name)):
                return name in _ITERATING | makers
        return False

    def is_patch(node: ast.expr) -> bool:
        return patched(node, lambda name: origins.get(name, frozenset())) is not None

    touchy = {each.name for each in nodes if isinstance(each, ast.ClassDef) and _is_touchy(each)}

    def is_touchy(node: ast.expr) -> bool:
        return isinstance(node, ast.Call) and called_name(node) in touchy

    def is_stream(node: ast.expr) -> bool:
        return isinstance(node, ast.Call) and called_name(node) in _STREAMS

    def is_output(node: ast.expr) -> bool:
        return last_name(node) == _OUTPUT

    def is_filling(node: ast.expr) -> bool:
        return isinstance(node, ast.Call) and called_name(node) == "defaultdict"

    return Known(
        origins=origins,
        inner=_origins(inside, stars),
        drained=_all(bound, is_iterator),
        streams=_all(bound, is_stream),
        filling=_all(bound, is_filling),
        touchy=_all(bound, is_touchy),
        patching=_all(bound, is_patch),
        shared=frozenset(name for node in nodes for name in shared_by(node)),
        methods=frozenset(name for node in nodes for name in _methods(node)),
        is_listing=any(getattr(node, "attr", "") == _LISTING for node in nodes),
        writing=frozenset(_writing(trees, _all(bound, is_output) | {f"__{_OUTPUT}__"})),
    )


def patched(node: ast.expr, origins_of: Callable[[str], frozenset[str]]) -> str | ast.expr | None:
    """What a patch of unittest.mock is put in place of: its name, or what it is a part of.

    Args:
        node: `patch("time.time")`, `mock.patch.object(time, "time")`; None for all else.
        origins_of: What imports bind a name to.
    """
    if not isinstance(node, ast.Call) or not (node.args and (names := dotted(node.func))):
        return None
    whole = {".".join((origin, *names[1:])) for origin in origins_of(names[0])}
    if not any(f"{each}.".startswith(_PATCH) for each in whole):
        return None
    match node.args[0]:
        case ast.Constant(value=str(name)):
            return name
    return node.args[0]


def shared_by(node: ast.AST) -> Iterator[str]:
    """The attributes of a class that its objects share, and that can be changed."""
    if not isinstance(node, ast.ClassDef):
        return
    for each in node.body:
        for target, value in _bound(each):
            is_call = isinstance(value, ast.Call) and called_name(value) not in _OWN_EACH
            displays = ast.Dict | ast.List | ast.Set | ast.DictComp | ast.ListComp | ast.SetComp
            if is_call or isinstance(value, displays):
                yield target


def _origins(
    imports: Iterable[ast.Import | ast.ImportFrom], stars: Mapping[str, Iterable[str]]
) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for node in imports:
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = alias_of(alias, is_from=False)
                found.setdefault(name, set()).add(alias.name if alias.asname else name)
        elif not node.level:
            for alias in node.names:
                names = list(stars.get(node.module or "", ())) if alias.name == "*" else [""]
                for star in names:
                    name = star or alias_of(alias, is_from=True)
                    found.setdefault(name, set()).add(f"{node.module}.{star or alias.name}")
    return {name: frozenset(origins) for name, origins in found.items()}


def _makers(node: ast.AST) -> Iterator[str]:
    """Functions whose calls give an iterator, and classes whose objects are some."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        if any(isinstance(each, ast.Yield | ast.YieldFrom) for each in ast.walk(node)):
            yield node.name
    elif isinstance(node, ast.ClassDef):
        methods = {getattr(each, "name", "") for each in node.body}
        if methods & {"__next__", "__anext__"}:
            yield node.name


def _methods(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.ClassDef):
        for each in node.body:
            if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
                yield each.name


def _writing(trees: Iterable[ast.stmt], kept: frozenset[str]) -> Iterator[ast.AST]:
    """The calls that write to `sys.stdout` while it is something else, or after that, if called.

    Args:
        kept: Names of what it was before: by these, it is put back.
    """
    is_away = is_changed = False
    for tree in trees:
        nodes = list(ast.walk(tree))
        was_away = is_away
        for name, value in (pair for node in nodes for pair in _bound(node)):
            if name == _OUTPUT:
                is_away, is_changed = last_name(value) not in kept, True
        if was_away or is_away or (is_changed and hasattr(tree, "body")):
            yield from (each for each in nodes if _is_writing(each))


def _is_writing(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and called_name(node) in _WRITING


def _is_touchy(node: ast.ClassDef) -> bool:
    """Whether what is no call may change something: `box[0]`, `a + b`, `box.next`."""
    return any(
        _changes_more(each)
        for each in node.body
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)
        and (
            (each.name.startswith("__") and each.name not in _BY_CALLS)
            or any(last_name(one) in _AS_VALUES for one in each.decorator_list)
        )
    )


def _changes_more(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a function changes more than what it has made itself."""
    own: set[str] = set()
    changed: list[ast.AST] = []
    for node in ast.walk(function):
        match node:
            case ast.Global():
                return True
            case ast.Name(id=name, ctx=ast.Store()):
                own.add(name)
            case ast.Attribute(value=value, ctx=ast.Store() | ast.Del()):
                changed.append(value)
            case ast.Subscript(value=value, ctx=ast.Store() | ast.Del()):
                changed.append(value)
            case ast.Call(func=called) if called_name(node) in CHANGING:
                changed.append(called)
            case ast.Call(args=[first, *_]) if called_name(node) in CHANGING_FIRST:
                changed.append(first)
    names = {each.name for node in changed for each in owners(node, through_calls=True)}
    return not names <= own


def _bound(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Names and attributes that a statement gives a value to, each with it."""
    pairs: list[tuple[ast.expr, ast.expr]] = []
    match node:
        case ast.Assign(targets=targets, value=value):
            pairs = [(target, value) for target in targets]
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            pairs = [(target, value)]
        case ast.NamedExpr(target=target, value=value):
            pairs = [(target, value)]
        case ast.withitem(optional_vars=ast.expr() as target, context_expr=value):
            pairs = [(target, value)]
    while pairs:
        target, value = pairs.pop()
        match target, value:
            case ast.Tuple(elts=targets) | ast.List(elts=targets), ast.Tuple(elts=values):
                pairs += zip(targets, values, strict=False)
            case ((ast.Name(id=name) | ast.Attribute(attr=name)), _):
                yield name, value


def _all(
    bound: Iterable[tuple[str, ast.expr]], is_one: Callable[[ast.expr], bool]
) -> frozenset[str]:
    """The names that are given what is of some kind, or what such a name stands for."""
    others: dict[str, set[str]] = {}
    ahead: list[str] = []
    for name, value in bound:
        if is_one(value):
            ahead.append(name)
        elif isinstance(value, ast.Name | ast.Attribute):
            others.setdefault(last_name(value), set()).add(name)
    found: set[str] = set()
    while ahead:
        each = ahead.pop()
        if each not in found:
            found.add(each)
            ahead += others.get(each, ())
    return frozenset(found)
