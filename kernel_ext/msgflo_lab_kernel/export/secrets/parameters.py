"""What functions and classes call what they are given by its place.

By their code, or, for those that are there in the notebook, by their signatures: these know what
is inherited, and what a library has.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any

Parameters = Mapping[str, list[str]]
"""By what is called (`login`, or `mail.login` for one that is there), the names of its positional
parameters."""
_USUAL: Parameters = {
    "login": ["user", "password"],
    "username_pw_set": ["username", "password"],
    "PlainCredentials": ["username", "password"],
    "HTTPBasicAuth": ["username", "password"],
    "HTTPDigestAuth": ["username", "password"],
    "HTTPProxyAuth": ["username", "password"],
    "BasicAuth": ["username", "password"],
    "DigestAuth": ["username", "password"],
}
"""Of Python's mail and FTP, of paho-mqtt, pika, requests, httpx and aiohttp, which are often made
where nobody can look at them: in a handler."""
SURE: Parameters = {
    "SecretStr": ["secret"],
    "SecretBytes": ["secret"],
    "Fernet": ["secret_key"],
    "hmac.new": ["secret_key"],
    "hmac.digest": ["secret_key"],
    "username_pw_set": ["username", "password"],
}
"""What is given a secret, whatever it calls that itself: `SecretStr(secret_value)`."""
_MOST = 20
"""Classes above a class that are followed."""


def parameters_of(trees: Iterable[ast.AST]) -> dict[str, list[str]]:
    """Those of all functions and classes that are defined there, by their last names."""
    nodes = [node for tree in trees for node in ast.walk(tree)]
    classes = {node.name: node for node in nodes if isinstance(node, ast.ClassDef)}
    found: dict[str, list[str]] = {**_USUAL}
    own: set[str] = set()
    for node in nodes:
        match node:
            case ast.FunctionDef(name=name, args=args) | ast.AsyncFunctionDef(name=name, args=args):
                if name not in own:  # several classes may have a method of that name
                    found[name] = _positional(args)
            case ast.Assign(
                targets=[ast.Name(id=name)],
                value=ast.Call(func=func, args=[_, fields, *_]),
            ) if last_of(func) in ("namedtuple", "make_dataclass", "NamedTuple"):
                found[name] = _fields(fields)
            case _:
                continue
        own.add(name)
    for name, node in classes.items():
        found[name] = _made_with(node, classes, found)
    return found


def signatures_in(trees: Iterable[ast.AST], namespace: Mapping[str, Any]) -> dict[str, list[str]]:
    """Those of what is called there and is there now, by their whole names.

    Args:
        namespace: What names are; nothing of it is called, and no property is asked.
    """
    found: dict[str, list[str]] = {}
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.Call) and node.args and (name := whole_of(node.func)) not in found:
            names = _signature(_there(name, namespace))
            if names is not None:
                found[name] = names
    return found


def last_of(node: ast.expr) -> str:
    """The last part of a name: `connect` of `lab.client.connect`; "" if it is none."""
    return whole_of(node).rpartition(".")[2] or (
        node.attr if isinstance(node, ast.Attribute) else ""
    )


def whole_of(node: ast.expr) -> str:
    """A name with its dots; "" if it is none."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=name):
            before = whole_of(value)
            return f"{before}.{name}" if before else ""
    return ""


def _there(name: str, namespace: Mapping[str, Any]) -> object:
    """What a name with dots is; None if that cannot be told without running something."""
    first, *rest = name.split(".")
    value: object = namespace.get(first)
    for each in rest:
        if isinstance(value, ModuleType):
            value = vars(value).get(each)
            continue
        is_instance = not isinstance(value, type)
        value = inspect.getattr_static(value, each, None)
        if is_instance and inspect.isfunction(value):
            value = value.__get__(object())  # its first parameter is taken
        elif isinstance(value, staticmethod | classmethod):
            value = value.__get__(None, object)
    return value


def _signature(value: object) -> list[str] | None:
    if not callable(value):
        return None
    try:
        given = inspect.signature(value).parameters.values()
    except (ValueError, TypeError):  # some of C have none
        return None
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [each.name for each in given if each.kind in kinds]


def _made_with(
    node: ast.ClassDef,
    classes: Mapping[str, ast.ClassDef],
    known: Parameters,
    deep: int = _MOST,
) -> list[str]:
    """What a class is called with: what `__init__` takes, or its fields, inherited ones first."""
    for each in node.body:
        match each:
            case ast.FunctionDef(name="__init__" | "__new__", args=args):
                return _positional(args)
    fields: dict[str, None] = {}
    for base in reversed(node.bases):
        name = last_of(base)
        if name in classes and deep and classes[name] is not node:
            fields |= dict.fromkeys(_made_with(classes[name], classes, known, deep - 1))
        elif name not in classes:
            fields |= dict.fromkeys(known.get(name, ()))
    for each in node.body:
        match each:
            case ast.AnnAssign(target=ast.Name(id=name)) if "ClassVar" not in ast.dump(
                each.annotation
            ):
                fields[name] = None
    return list(fields)


def _positional(args: ast.arguments) -> list[str]:
    names = [each.arg for each in (*args.posonlyargs, *args.args)]
    return names[1:] if names[:1] in (["self"], ["cls"]) else names


def _fields(node: ast.expr) -> list[str]:
    """The fields of `namedtuple("N", "a b")`, or of a list of names, or of names with types."""
    match node:
        case ast.Constant(value=str(text)):
            return text.replace(",", " ").split()
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            firsts = [
                each.elts[0] if isinstance(each, ast.Tuple) and each.elts else each
                for each in elements
            ]
            return [str(getattr(each, "value", "")) for each in firsts]
    return []
