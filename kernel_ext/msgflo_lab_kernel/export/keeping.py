"""Keeps secrets in the notebook: what is known of them now, and what people say is none."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from msgflo_lab.lab import Lab
from msgflo_lab.standalone import BROKER

from ..parsing import Usage
from .cells import cells_of
from .refusing import refuse
from .secrets import Finding, Known, in_command, in_file, in_graph, known_of


class Keeper:
    """Looks into everything before it is written.

    Args:
        allow: What is no secret: names, and places as findings tell them.

    Attributes:
        namespace: What the names of the notebook are, without the lab.
        known: The values that secrets have now.
    """

    def __init__(self, lab: Lab, allow: Collection[str]) -> None:
        self.namespace: Mapping[str, Any] = {}
        with contextlib.suppress(Usage):  # a lab in no notebook has a graph all the same
            values = cells_of(lab).namespace
            self.namespace = {name: each for name, each in values.items() if each is not lab}
        url = lab.subject().url
        password = url.password if url is not None else None
        self._allow = frozenset(allow)
        self._passed: set[str] = set()  # the names of what is allowed somewhere
        self.known: Known = known_of(
            self.namespace, os.environ, {BROKER: password} if password else {}, self._allow
        )

    def allows(self, name: str) -> bool:
        """Whether somebody has said that what is called so is no secret."""
        return name in self._allow

    def told(self, findings: Iterable[Finding]) -> Iterator[str]:
        """A line for each that nobody has allowed."""
        for each in findings:
            if each.is_allowed(self._allow):
                self._passed.add(each.name)
            else:
                yield str(each)

    def file(self, name: str, text: str, namespace: Mapping[str, Any] | None = None) -> list[str]:
        """What is wrong with a file that somebody has written; see `in_file`."""
        return list(self.told(in_file(name, text, self.known, namespace)))

    def command(self, words: Iterable[str], role: str) -> list[str]:
        """What is wrong with the command of a program."""
        return list(self.told(in_command(words, f"the command of {role}", self.known)))

    def made(self, files: Mapping[str, str]) -> list[str]:
        """What is known to be secret, in files that are made of all that has been looked into."""
        return [
            line
            for path, text in files.items()
            for line in self.told(
                each.at(f"in {path}", path, each.line)
                for each in self.known.within(text)
                if each.name not in self._passed
            )
        ]

    def refuse_graph(
        self, lab: Lab, what: str, *, packets: bool = True, metadata: bool = True
    ) -> None:
        """See `in_graph`.

        Raises:
            CannotTravel: The graph has a secret.
        """
        found = in_graph(lab.graph, self.known, packets=packets, metadata=metadata)
        self.refuse(self.told(found), what)

    def refuse(self, problems: Iterable[str], what: str) -> None:
        """Raises CannotTravel if there are any.

        Args:
            what: What would have been written.
        """
        refuse(what, problems, since="there would be in it")
