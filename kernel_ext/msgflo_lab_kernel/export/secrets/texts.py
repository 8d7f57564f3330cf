"""Secrets in files of any kind that somebody else has written. Pure."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import PurePath
from typing import Any

from .called import secret_of
from .finding import Finding
from .known import Known
from .parameters import parameters_of, signatures_in
from .pieces import given_of
from .spelled import secrets_in

_PYTHON = ".py"
_ENDINGS = ".cfg .conf .env .ini .md .properties .sh .toml .txt .yaml .yml"
_SETTINGS = frozenset(_ENDINGS.split())
"""Files where a text needs no quotation marks."""
_DEFINE = re.compile(r"^\s*#\s*define\s+(\w+)\s+")
"""How C gives a name to a text."""


def in_file(
    name: str, text: str, known: Known, namespace: Mapping[str, Any] | None = None
) -> Iterator[Finding]:
    """Those in a file, each with its line.

    Args:
        name: What it is called; its ending says what it is.
        namespace: Of a module that is loaded, its names.
    """
    for each in _in_text(name, text, known, namespace or {}):
        found = each.at(f"in {name}", name, each.line)
        yield replace(found, is_python=PurePath(name).suffix == _PYTHON)


def _in_text(name: str, text: str, known: Known, namespace: Mapping[str, Any]) -> Iterator[Finding]:
    ending = PurePath(name).suffix
    if ending == _PYTHON and (tree := _parsed(text)) is not None:
        parameters = {**parameters_of([tree]), **signatures_in([tree], namespace)}
        yield from secrets_in(text, parameters, given_of([tree]), known)
        return
    for number, line in enumerate(text.split("\n"), 1):
        line = _DEFINE.sub(r"\1 = ", line)
        if found := secret_of(line, is_code=ending not in _SETTINGS):
            yield Finding(found, number)
    yield from known.within(text)


def _parsed(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return None
