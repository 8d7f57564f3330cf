"""Which command runs a file, by its extension; and what its language is called. Pure.

Commands and names are those of msgflo, but for Python: a file runs with what is installed here.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping

PYTHON = ".py"
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
    "msgflo-python": "it comes with msgflo-lab, and with PyPI's msgflo",
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


def extension_of(language: str) -> str:
    """The extension of files in a language, with its dot; a language that nobody knows is one."""
    word = language.strip().lower()
    return f".{_EXTENSIONS.get(word, word)}"


def language_of(extension: str) -> str:
    """What files of an extension are written in."""
    return _LANGUAGES.get(extension, extension.removeprefix("."))


def handler_of(extension: str, handlers: Mapping[str, str]) -> str:
    """The command that runs a file; "" if there is none.

    Args:
        handlers: Of the project, which come first.
    """
    return handlers.get(extension) or DEFAULT_HANDLERS.get(extension, "")
