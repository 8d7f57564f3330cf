"""Components: what a node can run, and how.

component   one component, as a value
library     the place where they are kept, by name
shell       command lines with variables
languages   which command runs a file
config      what package.json and pyproject.toml say          (reads files)
project     a project's configuration and directories         (reads and writes files)
shelf       the projects that were loaded, in a library
"""

from .component import Component, InProcess, Program, Source
from .config import Config
from .library import DISCOVERY, Library
from .project import Look, Project
from .shelf import Shelf
from .shell import command_line

__all__ = [
    "DISCOVERY",
    "Component",
    "Config",
    "InProcess",
    "Library",
    "Look",
    "Program",
    "Project",
    "Shelf",
    "Source",
    "command_line",
]
