"""Statements that lead one way or another: what is bound for certain behind them.

Pure. `Flow` goes through blocks in the order in which Python runs them, and knows at each place
what has been bound on every way there; what to do at names is for `reading`, built upon it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from .scopes import Scope


class Flow(ast.NodeVisitor):
    """Visits statements and expressions in the order of their execution."""

    scope: Scope

    def bind(self, name: str) -> None:
        """A name is bound here."""
        raise NotImplementedError

    def view(self, target: ast.AST, value: ast.AST) -> None:
        """A target becomes a value, or a part of it."""
        raise NotImplementedError

    @contextmanager
    def perhaps(self) -> Iterator[None]:
        """What is bound in here is not certain behind it."""
        scope = self.scope.binding
        before = set(scope.certain)
        try:
            yield
        finally:
            scope.certain &= before

    def block(self, body: Sequence[ast.AST]) -> None:
        """Statements, one after another."""
        for node in body:
            self.visit(node)

    def _branches(self, *blocks: Sequence[ast.AST]) -> None:
        """One of several blocks; what all of them bind is certain."""
        scope = self.scope.binding
        before = set(scope.certain)
        ends = []
        for block in blocks:
            scope.certain = set(before)
            self.block(block)
            ends.append(scope.certain)
        scope.certain = set.intersection(*ends)

    def visit_If(self, node: ast.If) -> None:
        self.visit(node.test)
        self._branches(node.body, node.orelse)

    def visit_While(self, node: ast.While) -> None:
        self.visit(node.test)
        for block in (node.body, node.orelse):
            with self.perhaps():
                self.block(block)

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self.visit(node.iter)
        with self.perhaps():
            self.view(node.target, node.iter)
            self.visit(node.target)
            self.block(node.body)
        with self.perhaps():
            self.block(node.orelse)

    def visit_AsyncFor(self, node: ast.AsyncFor) -> None:
        self.visit_For(node)

    def visit_With(self, node: ast.With | ast.AsyncWith) -> None:
        self._item(node.items[0])
        with self.perhaps():  # the first may keep errors of what follows to itself
            for item in node.items[1:]:
                self._item(item)
            self.block(node.body)

    def visit_AsyncWith(self, node: ast.AsyncWith) -> None:
        self.visit_With(node)

    def _item(self, item: ast.withitem) -> None:
        self.visit(item.context_expr)
        if item.optional_vars is not None:
            self.view(item.optional_vars, item.context_expr)
            self.visit(item.optional_vars)

    def visit_Try(self, node: Any) -> None:
        handlers = [[handler] for handler in node.handlers]
        self._branches([*node.body, *node.orelse], *handlers)
        self.block(node.finalbody)

    visit_TryStar = visit_Try

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.type is not None:
            self.visit(node.type)
        if node.name is not None:
            self.bind(node.name)
        self.block(node.body)
        if node.name is not None:
            self.scope.binding.certain.discard(node.name)

    def visit_Match(self, node: ast.Match) -> None:
        self.visit(node.subject)
        for case in node.cases:
            with self.perhaps():
                self.visit(case.pattern)
                if case.guard is not None:
                    self.visit(case.guard)
                self.block(case.body)

    def visit_MatchAs(self, node: ast.MatchAs) -> None:
        self.generic_visit(node)
        if node.name is not None:
            self.bind(node.name)

    def visit_MatchStar(self, node: ast.MatchStar) -> None:
        if node.name is not None:
            self.bind(node.name)

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        self.generic_visit(node)
        if node.rest is not None:
            self.bind(node.rest)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self.visit(node.test)
        for branch in (node.body, node.orelse):
            with self.perhaps():
                self.visit(branch)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        self.visit(node.values[0])
        with self.perhaps():
            self.block(node.values[1:])

    def visit_Compare(self, node: ast.Compare) -> None:
        self.visit(node.left)
        self.visit(node.comparators[0])
        with self.perhaps():
            self.block(node.comparators[1:])

    def visit_Assert(self, node: ast.Assert) -> None:
        self.visit(node.test)
        with self.perhaps():
            self.block([node.msg] if node.msg is not None else [])
