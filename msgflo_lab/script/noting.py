"""What it means that a name stands somewhere: it is read or bound, now or later, here or outside.

Pure. A name is read now, later (when what is defined here is called), both (in a generator
expression), or as a hint only (in an annotation that is text).
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from .flow import Flow
from .known import Known
from .memory import memories_of, memory_of
from .names import Names
from .references import References
from .scopes import Kind, Scope

LAZY = sys.version_info >= (3, 14)
"""Annotations are evaluated when somebody asks for them (PEP 649)."""


class Noting(Flow):
    """Notes the names that it is led to."""

    def __init__(
        self, are_annotations_text: bool, stars: Mapping[str, Iterable[str]], known: Known
    ) -> None:
        self.scope = self._module = Scope(Kind.MODULE)
        self._are_annotations_text = are_annotations_text
        self._stars = stars
        self._known = known
        self._names = Names()
        self._lambdas: dict[ast.Lambda, Scope] = {}
        self._noted = References(self._module)
        self._is_now = True
        self._is_later = False
        self._is_annotation = False
        self._also: list[set[str]] = []  # what else takes the names that are read now
        self._line = 0  # of a text that is read as an annotation

    # Names

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Store):
            self.bind(node.id)
            return
        self._read(node.id, node)
        if isinstance(node.ctx, ast.Del):
            self.bind(node.id)
            self.scope.binding.certain.discard(self.scope.mangled(node.id))

    def bind(self, name: str) -> None:
        scope = self.scope.binding
        name = scope.mangled(name)
        if name in scope.nonlocals:
            self._noted.bind_outer(scope.home(name), scope)
        elif scope is not self._module and name not in scope.outer:
            scope.certain.add(name)
        elif self._is_now:
            self._names.may_bind.add(name)
            self._module.certain.add(name)
        else:
            self._names.later_binds.add(name)

    def _read(self, name: str, node: ast.AST, path: Sequence[str] | None = ()) -> None:
        """A name is read, and of its object what some attributes lead to.

        Args:
            path: The attributes; None if what a module remembers is of no account.
        """
        name = self.scope.mangled(name)
        for origin in self._origins(name) if path is not None else ():
            whole = {memory_of(".".join((origin, *path)))} if path else memories_of(origin)
            for memory in whole:
                self._note_read(memory, node)
        if self.scope.home(name) is self._module:
            self._note_read(name, node)

    def _origins(self, name: str) -> frozenset[str]:
        """The modules, or what is in them, that a name may stand for here."""
        found = self._known.inner.get(name, frozenset())
        if self.scope.home(name) is self._module:
            found |= self._known.origins.get(name, frozenset())
        return found

    def _note_read(self, name: str, node: ast.AST) -> None:
        names = self._names
        if self._is_now and name not in self._module.certain:
            for each in (names.reads, *self._also):
                each.add(name)
        if self._is_later:
            names.later.add(name)
        if not self._is_now and not self._is_later:
            names.hints.add(name)
        names.lines.setdefault(name, self._line or getattr(node, "lineno", 0))

    @contextmanager
    def _when(self, *, is_now: bool, is_later: bool) -> Iterator[None]:
        before = self._is_now, self._is_later
        self._is_now, self._is_later = is_now, is_later
        try:
            yield
        finally:
            self._is_now, self._is_later = before

    @contextmanager
    def _for(self, names: set[str]) -> Iterator[None]:
        """Names that are read now are added to these as well."""
        self._also.append(names)
        try:
            yield
        finally:
            self._also.pop()

    @contextmanager
    def _inside(self, scope: Scope) -> Iterator[None]:
        self.scope, before = scope, self.scope
        try:
            yield
        finally:
            self.scope = before

    # Annotations

    def _annotation(self, node: ast.expr | None, *, is_evaluated: bool = True) -> None:
        if node is None:
            return
        with self._annotating(True):
            if is_evaluated and not self._are_annotations_text and not LAZY:
                self.visit(node)
            else:
                with self._when(is_now=False, is_later=False):
                    self.visit(node)

    @contextmanager
    def _annotating(self, is_annotation: bool) -> Iterator[None]:
        self._is_annotation, before = is_annotation, self._is_annotation
        try:
            yield
        finally:
            self._is_annotation = before

    def visit_Constant(self, node: ast.Constant) -> None:
        if not self._is_annotation or not isinstance(node.value, str):
            return
        try:
            inner = ast.parse(node.value.strip(), mode="eval").body
        except (SyntaxError, ValueError):
            return
        before, self._line = self._line, node.lineno
        with self._when(is_now=False, is_later=False):
            self.visit(inner)
        self._line = before
