"""What a network can be written as, and how files of it are called."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from .. import asyncapi
from ..asyncapi import End, Server
from ..errors import InvalidName
from ..graph import Graph
from ..graph.mermaid import mermaid_of
from ..names import shown
from ..network import NetworkView
from ..picture.composer import compose
from ..picture.dot import dot_of
from ..picture.svg import svg
from ..transport import BrokerUrl


class Form(StrEnum):
    """What a network is written as."""

    FBP = "fbp"
    JSON = "json"
    SVG = "svg"
    MERMAID = "mermaid"
    DOT = "dot"
    ASYNCAPI = "asyncapi"


ENDINGS = {
    ".fbp": Form.FBP,
    ".json": Form.JSON,
    ".svg": Form.SVG,
    ".mmd": Form.MERMAID,
    ".mermaid": Form.MERMAID,
    ".dot": Form.DOT,
    ".gv": Form.DOT,
    ".asyncapi.yaml": Form.ASYNCAPI,
    ".asyncapi.yml": Form.ASYNCAPI,
    ".asyncapi.json": Form.ASYNCAPI,
}
LAYOUT = ".layout.json"
"""Beside a graph; nobody exports or imports it by itself."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A network that is to be written.

    Attributes:
        view: As if everybody were there.
        ends: Its ports, with their queues.
        url: Of the broker, if there is one.
    """

    graph: Graph
    view: NetworkView
    ends: Sequence[End] = ()
    url: BrokerUrl | None = None


def ending_of(path: Path) -> str:
    """The ending of a file's name that says its form: the longest that is known; "" for none."""
    name = path.name.lower()
    found = [each for each in (*ENDINGS, LAYOUT) if name.endswith(each)]
    return max(found, key=len, default="")


def form_of(path: Path) -> Form:
    """What a file that is called so is.

    Raises:
        InvalidName: Its name ends in nothing that is known.
    """
    form = ENDINGS.get(ending_of(path))
    if form is None:
        raise InvalidName(
            f"`{shown(path.name)}` cannot be written: the end of its name should be one of "
            f"{', '.join(ENDINGS)}"
        )
    return form


def document(form: Form, subject: Subject, *, as_json: bool = False) -> str:
    """What others read of a network: a picture, or a document. Graphs are in `graph_files`.

    Args:
        as_json: JSON instead of YAML, where both are usual.
    """
    match form:
        case Form.SVG:
            return svg(compose(subject.view)) + "\n"
        case Form.MERMAID:
            return mermaid_of(subject.graph)
        case Form.DOT:
            return dot_of(subject.view, subject.graph.groups.values())
        case Form.ASYNCAPI:
            said = asyncapi.document(
                subject.view, subject.graph, subject.ends, server_of(subject.url)
            )
            if as_json:
                return json.dumps(said, indent=2, ensure_ascii=False) + "\n"
            return asyncapi.dumps(said)
    raise ValueError(f"{form} is a graph")


def server_of(url: BrokerUrl | None) -> Server | None:
    """What a document tells of a broker: nothing secret."""
    if url is None:
        return None
    host = url.host or "localhost"
    host = f"[{host}]" if ":" in host else host
    return Server(
        protocol=url.scheme,
        host=host if url.port is None else f"{host}:{url.port}",
        vhost=url.path,
        needs_user=url.user is not None,
        options=url.options,
    )
