"""What statements read that is not in the code: files, the web, people. Pure.

It is seen by what it is called, and followed through the functions and classes of the notebook.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from msgflo_lab.script import Statement

_READS = re.compile(
    r"(?i)^(open|urlopen|read(_(?!string$|dict$).*)?|load(txt)?|get_json|request"
    r"|listdir|scandir|iterdir|i?glob|rglob|popen|check_output|getoutput|getstatusoutput)$"
)
_OF_MODULE = {
    "os": {"walk"},
    "subprocess": {"run", "call", "check_call", "Popen"},
    "requests": {"get", "post"},
    "httpx": {"get", "post"},
}
"""What reads only if it is called by its module."""
_TEXTS = frozenset({"StringIO", "BytesIO"})
"""What is read like a file, but is made of what the code has."""
_MAKERS = frozenset({"__init__", "__new__", "__post_init__", "__init_subclass__"})
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


class Reads:
    """What of some statements reads, when it is run or when it is called."""

    def __init__(self, statements: Iterable[Statement]) -> None:
        self._binders: dict[str, Statement] = {}
        self._functions: dict[str, str] = {}
        self._methods: dict[str, dict[str, str]] = {}
        self._own: dict[str, set[str]] = {}
        self._defined: set[str] = set()
        definitions: list[tuple[str, ast.AST]] = []
        for each in statements:
            self._binders.update(dict.fromkeys(each.names.bound, each))
            match each.node:
                case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() as node:
                    definitions.append((node.name, node))
                    if isinstance(node, ast.ClassDef):
                        self._own[node.name] = {getattr(one, "name", "") for one in node.body}
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Lambda() as node):
                    definitions.append((name, node))
        self._defined.update(name for name, _ in definitions)
        while any(self._learn(name, node) for name, node in definitions):
            pass

    def while_run(self, statement: ast.stmt) -> str:
        """By what a statement reads while it is run (`open`, or a function that does); or ""."""
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            return ""
        found = list(filter(None, map(self._reading, _calls(statement, inner=False))))
        return "open" if "open" in found else next(iter(found), "")

    def asks(self, statement: ast.stmt) -> str:
        """By what it waits for somebody who types, now or when it is called; or ""."""
        for call in _calls(statement, inner=True):
            match call.func:
                case ast.Name(id="input") if "input" not in self._binders:
                    return "input"
                case ast.Name(id="getpass") if "getpass" not in self._defined:
                    return "getpass"
                case ast.Attribute(value=ast.Name(id="getpass"), attr="getpass"):
                    return "getpass"
        return ""

    def _learn(self, name: str, node: ast.AST) -> bool:
        """Look at a definition; True if more of it is known to read than before."""
        before = len(self._functions) + len(self._methods.get(name, ()))
        if isinstance(node, ast.ClassDef):
            methods = self._methods.setdefault(name, {})
            for each in node.body:
                if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef) and self._any(each):
                    methods[each.name] = f"{name}.{each.name}"
            if not _MAKERS.isdisjoint(methods):
                self._functions[name] = name
        elif self._any(node):
            self._functions[name] = name
        return before < len(self._functions) + len(self._methods.get(name, ()))

    def _any(self, tree: ast.AST) -> bool:
        return any(map(self._reading, _calls(tree, inner=True)))

    def _reading(self, call: ast.Call) -> str:
        """By what a call reads; or ""."""
        given = [*call.args, *(each.value for each in call.keywords)]
        if any(map(self._is_text, (*given, getattr(call.func, "value", None)))):
            return ""  # read_csv(StringIO(text)): what it reads is in the code
        match call.func:
            case ast.Name(id=name) if name in self._defined:
                return self._functions.get(name, "")
            case ast.Name(id=name):
                return name if _READS.match(name) else ""
            case ast.Attribute(value=value, attr=name):
                root = _root(value)
                if name in _OF_MODULE.get(root, ()):
                    return f"{root}.{name}"
                kinds = self._kinds(root)
                for kind in kinds:
                    if name in self._methods[kind]:
                        return self._methods[kind][name]
                # `valve.open()` does what its class says; `valve.file.open()` is another's.
                if not isinstance(value, ast.Attribute) and any(
                    name in self._own[kind] for kind in kinds
                ):
                    return ""
                return name if _READS.match(name) else ""
        return ""

    def _is_text(self, node: ast.AST | None) -> bool:
        """Whether an expression, or the statement that has bound it, makes a text a stream."""
        if isinstance(node, ast.Name) and node.id in self._binders:
            node = getattr(self._binders[node.id].node, "value", None)
        return isinstance(node, ast.Call) and _last_name(node) in _TEXTS

    def _kinds(self, name: str) -> Iterable[str]:
        """The classes of the notebook that an object may be of, or that a name means."""
        if name in ("self", "cls"):
            return self._methods
        binder = self._binders.get(name)
        made_of = binder.names.reads if binder is not None else set[str]()
        return [kind for kind in self._methods if kind == name or kind in made_of]


def _calls(tree: ast.AST, *, inner: bool) -> Iterator[ast.Call]:
    """The calls in a tree; those in the bodies of functions only if wanted."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, _FUNCTIONS) and not inner:
            continue
        if isinstance(child, ast.Call):
            yield child
        yield from _calls(child, inner=inner)


def _last_name(call: ast.Call) -> str:
    """The last name of what is called."""
    return str(getattr(call.func, "attr", "") or getattr(call.func, "id", ""))


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Call | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""
