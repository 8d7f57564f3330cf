"""Which command runs a file, by its extension; and what its language is called. Pure.

Commands and names are those of msgflo, but for Python: a file runs with what is installed here,
unless it is written for msgflo's own library and that is there.
"""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Callable, Mapping

PYTHON = ".py"
MSGFLO_PYTHON = "msgflo-python #FILENAME #ROLE"
OWN_PYTHON = (
    f"{shlex.quote(sys.executable)} -P -m msgflo_lab.program "
    "--component=#COMPONENT -- #FILENAME #ROLE"
)
"""`-P`: a file of the folder that it runs in must not pass for a module of Python's. Behind `--`, a
role may begin with a dash."""

DEFAULT_HANDLERS: Mapping[str, str] = {
    ".yml": "msgflo-register --role #ROLE:#FILENAME",
    ".js": "msgflo-nodejs --name #ROLE #FILENAME",
    ".coffee": "msgflo-nodejs --name #ROLE #FILENAME",
    PYTHON: OWN_PYTHON,
    ".json": "noflo-runtime-msgflo --name #ROLE --graph #COMPONENT --iips #IIPS",
    ".fbp": "noflo-runtime-msgflo --name #ROLE --graph #COMPONENT --iips #IIPS",
}

PROGRAMS: Mapping[str, str] = {
    "msgflo-register": "it comes with npm's msgflo",
    "msgflo-nodejs": "it comes with npm's msgflo-nodejs",
    "msgflo-python": "it comes with PyPI's msgflo",
    "noflo-runtime-msgflo": "it comes with npm's noflo-runtime-msgflo",
}
"""Programs of the MsgFlo world, and where they come from."""

_EXTENSIONS: Mapping[str, str] = {
    "python": "py",
    "coffeescript": "coffee",
    "javascript": "js",
    "c++": "cpp",
    "rust": "rs",
    "yaml": "yml",
}
_LANGUAGES = {f".{extension}": language for language, extension in _EXTENSIONS.items()}
_FOR_MSGFLO = re.compile(r"^\s*(?:import\s+msgflo\b(?!_)|from\s+msgflo(?:\.\w+)*\s+import)", re.M)


def extension_of(language: str) -> str:
    """The extension of files in a language, with its dot; a language that nobody knows is one."""
    word = language.strip().lower()
    return f".{_EXTENSIONS.get(word, word)}"


def language_of(extension: str) -> str:
    """What files of an extension are written in."""
    return _LANGUAGES.get(extension, extension.removeprefix("."))


def handler_of(
    extension: str, code: str, handlers: Mapping[str, str], which: Callable[[str], str | None]
) -> str:
    """The command that runs a file; "" if there is none.

    Args:
        handlers: Of the project, which come first.
        which: Finds a program.
    """
    command = handlers.get(extension) or DEFAULT_HANDLERS.get(extension, "")
    if command == OWN_PYTHON and _FOR_MSGFLO.search(code) and which("msgflo-python"):
        return MSGFLO_PYTHON
    return command
