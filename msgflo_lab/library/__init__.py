"""Components: what a node can run, and how. Pure values, and the place where they are kept."""

from .component import Component, InProcess, Program, Source
from .library import Library

__all__ = ["Component", "InProcess", "Library", "Program", "Source"]
