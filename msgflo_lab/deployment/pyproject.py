"""`pyproject.toml` of a project: what it needs, and that its files are components. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from .labels import label
from .model import Broker

_TEXT = """\
# To install what it needs: `pip install -r requirements.txt`, or `uv run msgflo-lab run .`
[project]
name = {name}
version = "0.1.0"
requires-python = ">={python}"
dependencies = [
{dependencies}]

[tool.uv]
package = false
find-links = ["."]

[tool.ruff]
# Modules beside the components are the project's own.
src = [".", "components"]

# Components are called as their files, without anything in front.
[tool.msgflo]
namespace = ""
# The kind of broker that it was written for.
broker = {broker}
{components}"""


def pyproject(
    name: str,
    python: str,
    requirements: Iterable[str],
    commands: Mapping[str, str],
    broker: Broker,
) -> str:
    """The file.

    Args:
        name: Of the project, for people.
        python: The least version, `3.11`.
        requirements: Distributions, each with its version.
        commands: Of components that are no files, by name.
    """
    dependencies = "".join(f"  {_quoted(each)},\n" for each in requirements)
    components = "".join(f"{_quoted(key)} = {_quoted(text)}\n" for key, text in commands.items())
    return _TEXT.format(
        name=_quoted(label(name)),
        python=python,
        broker=_quoted(broker),
        dependencies=dependencies,
        components=f"\n[tool.msgflo.components]\n{components}" if components else "",
    )


def _quoted(text: str) -> str:
    """A text in TOML: its basic strings are those of JSON, but for one control character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
