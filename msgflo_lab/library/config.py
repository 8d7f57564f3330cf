"""What a project says of its components: `package.json`, `pyproject.toml`.

`parse` is pure; `read` and `find` read files. A file counts as a whole or not at all.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import InvalidConfig
from ..files import why
from .limits import CONFIG_MOST, VALUE_MOST
from .shell import replaced, used

NAMES = ("package.json", "pyproject.toml")
KEYS = ("namespace", "repository", "variables", "components", "handlers")


@dataclass(frozen=True, slots=True)
class Config:
    """A project's configuration.

    Attributes:
        folder: What its commands run in.
        namespace: What stands before the names of its files' components; or "".
        variables: By name; what one says of others is put in already.
        components: Commands by the component's name, as it is written.
        handlers: Commands by extension (`.py`), beside or in place of the usual ones.
        broker: The kind that it was made for, `mqtt` or `amqp`; or "".
    """

    folder: Path
    namespace: str = ""
    repository: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    components: Mapping[str, str] = field(default_factory=dict)
    handlers: Mapping[str, str] = field(default_factory=dict)
    broker: str = ""


def parse(document: Any, file: Path) -> Config:
    """Read a document that was a file.

    Raises:
        InvalidConfig: Something in it is not as it should be.
    """
    is_python = file.suffix == ".toml"
    _check(document, dict, file, "")
    where = "tool.msgflo" if is_python else "msgflo"
    section = _inside(document, "tool", "msgflo") if is_python else document.get("msgflo")
    if section is None:
        section, where = ({}, where) if is_python else (document, "")
    _check(section, dict, file, where)
    package = _inside(document, "project", "name") if is_python else document.get("name")
    values = {key: section.get(key) for key in KEYS}
    prefix = f"{where}." if where else ""
    namespace = values["namespace"] if values["namespace"] is not None else package or ""
    # npm's own key of this name may also be a mapping.
    repository = values["repository"] or document.get("repository") or ""
    if isinstance(repository, dict):
        repository = repository.get("url", "")
    _check(namespace, str, file, f"{prefix}namespace")
    _check(repository, str, file, f"{prefix}repository")
    broker = section.get("broker", "") if where else ""
    _check(broker, str, file, f"{prefix}broker")
    tables = {key: _texts(values[key], file, f"{prefix}{key}") for key in KEYS[2:]}
    for extension in tables["handlers"]:
        if not extension.startswith(".") or len(extension) < 2:
            raise InvalidConfig(
                "is no extension with its dot, like `.py`", file, f"{prefix}handlers.{extension}"
            )
    variables = _resolved(tables["variables"], file, f"{prefix}variables")
    return Config(
        folder=file.parent,
        namespace=namespace.strip("/"),
        repository=repository,
        variables=variables,
        components={k: replaced(v, variables) for k, v in tables["components"].items()},
        handlers={k: replaced(v, variables) for k, v in tables["handlers"].items() if v},
        broker=broker,
    )


def read(file: Path) -> Config:
    """Read a file.

    Raises:
        InvalidConfig: It cannot be read, or is not as it should be.
    """
    return parse(_document(file), file)


def find(folder: Path) -> list[Path]:
    """The files of a folder that say something of components.

    Raises:
        InvalidConfig: One of them cannot be read.
    """
    return [file for name in NAMES if (file := folder / name).is_file() and _speaks(file)]


def _speaks(file: Path) -> bool:
    document = _document(file)
    if file.suffix == ".toml":
        return _inside(document, "tool", "msgflo") is not None
    # Every package has a name and a repository; these keys alone are about something else.
    keys = ("msgflo", "namespace", "variables", "components", "handlers")
    return isinstance(document, dict) and any(key in document for key in keys)


def _document(file: Path) -> Any:
    try:
        if file.stat().st_size > CONFIG_MOST:
            raise InvalidConfig(f"is larger than {CONFIG_MOST:,} bytes", file)
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeError) as error:
        raise InvalidConfig(f"cannot be read: {why(error)}", file) from None
    try:
        return tomllib.loads(text) if file.suffix == ".toml" else json.loads(text)
    except (ValueError, RecursionError) as error:
        kind = "TOML" if file.suffix == ".toml" else "JSON"
        raise InvalidConfig(f"is not {kind}: {error}", file) from None


def _inside(document: Any, *path: str) -> Any:
    for key in path:
        document = document.get(key) if isinstance(document, dict) else None
    return document


def _texts(table: Any, file: Path, key: str) -> dict[str, str]:
    """A table of texts; what is null there is not there."""
    if table is None:
        return {}
    _check(table, dict, file, key)
    for name, value in table.items():
        if not name:
            raise InvalidConfig("has an entry without a name", file, key)
        if value is not None:
            _check(value, str, file, f"{key}.{name}")
    return {name: value for name, value in table.items() if value is not None}


def _check(value: Any, kind: type, file: Path, key: str) -> None:
    if not isinstance(value, kind):
        wanted = "text" if kind is str else "a table (an object)"
        raise InvalidConfig(
            f"is to be {wanted}, not {json.dumps(value, default=str)[:60]}", file, key
        )


def _resolved(variables: Mapping[str, str], file: Path, key: str) -> dict[str, str]:
    """Variables with what they say of each other put in. Their names are upper case, as used."""
    said = {name.upper(): value for name, value in variables.items()}
    done: dict[str, str] = {}

    def resolve(name: str, users: tuple[str, ...]) -> str:
        if name in users:
            raise InvalidConfig("is a part of itself", file, f"{key}.{name}")
        if name not in done:
            parts = {part: resolve(part, (*users, name)) for part in used(said[name], said)}
            done[name] = replaced(said[name], parts)
            if len(done[name]) > VALUE_MOST:
                raise InvalidConfig(f"is longer than {VALUE_MOST:,}", file, f"{key}.{name}")
        return done[name]

    return {name: resolve(name, ()) for name in said}
