"""The graph that people edit: immutable values and a stream of changes."""

from .changes import (
    Change,
    EdgeAdded,
    EdgeRemoved,
    InitialRemoved,
    InitialSet,
    NodeAdded,
    NodeChanged,
    NodeRemoved,
    NodeRenamed,
)
from .entries import Edge, Initial, Node
from .junction import Junction
from .model import Graph

__all__ = [
    "Change",
    "Edge",
    "EdgeAdded",
    "EdgeRemoved",
    "Graph",
    "Initial",
    "InitialRemoved",
    "InitialSet",
    "Junction",
    "Node",
    "NodeAdded",
    "NodeChanged",
    "NodeRemoved",
    "NodeRenamed",
]
